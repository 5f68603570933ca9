// How to open a session in; a few of them out, which are opened when they are needed, and made anew when one is lost.
import {PgextError} from '../../errors.ts'
import type {Asking} from '../../events/link.ts'
import {SESSION} from '../../events/session.ts'
import {openIn, SILENCE, watch} from '../../events/watched.ts'
import type {Db, Row} from '../../postgres/db.ts'
import {type Host, visitPglite} from '../../postgres/guest.ts'

export class Pool implements Asking {
  readonly size: number
  readonly #open: () => Promise<Db>
  readonly #idle: Db[] = []
  readonly #waiting: (() => void)[] = []
  #made = 0
  #closed = false

  constructor(open: () => Promise<Db>, size: number) {
    this.#open = open
    this.size = size
  }

  /** `work` has the session for itself. One that was lost is forgotten, and the error is the caller's. */
  async use<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const db = await this.#take()
    this.#busy.add(db)
    try {
      return await (db.hold ? db.hold(work) : work(db))
    } catch (error) {
      if (!isLost(error) && !isTooLarge(error)) throw error
      await db.close().catch(() => {})
      this.#lost.add(db)
      throw error
    } finally {
      this.#busy.delete(db)
      await this.#give(db)
    }
  }

  /** Somebody waits for one. */
  get isWanted(): boolean {
    return this.#waiting.length > 0
  }

  query<R extends Row = Row>(sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
    return this.use((db) => db.query<R>(sql, parameters))
  }

  /** What still runs is cancelled, and its session closed. */
  async close(): Promise<void> {
    this.#closed = true
    for (const wake of this.#waiting.splice(0)) wake()
    await Promise.all([
      ...this.#idle.splice(0).map((db) => db.close()),
      ...[...this.#busy].map((db) => db.cancel().then(() => db.close())),
    ])
  }

  readonly #lost = new WeakSet<Db>()
  readonly #busy = new Set<Db>()

  async #take(): Promise<Db> {
    for (;;) {
      if (this.#closed) throw closedError()
      const db = this.#idle.pop()
      if (db) return db
      if (this.#made < this.size) return this.#make()
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  async #make(): Promise<Db> {
    this.#made++
    try {
      const db = await openIn(SILENCE, this.#open)
      // a network that was cut without a word would hold all of them for ever
      const watched = await watch(db, this.#open)
      await prepare(watched)
      return watched
    } catch (error) {
      this.#made--
      this.#waiting.shift()?.()
      throw error
    }
  }

  async #give(db: Db): Promise<void> {
    const isGone = this.#lost.has(db)
    if (isGone || this.#closed) this.#made--
    else this.#idle.push(db)
    this.#waiting.shift()?.()
    if (this.#closed && !isGone) await db.close()
  }
}

export const isLost = (error: unknown): boolean =>
  error instanceof PgextError && (error.code === 'connection-lost' || error.code === 'connection-failed')

/** What may go well when it is tried again: no session, a deadlock, a lock that was not had in time, a server that is full. */
export const isPassing = (error: unknown): boolean =>
  isLost(error) || (error instanceof PgextError && /^(40|53|55P03$|57P0)/.test(error.sqlstate ?? ''))

/** The session has ended with it. */
export const isTooLarge = (error: unknown): boolean => error instanceof PgextError && error.code === 'too-large'

/** A statement_timeout. */
export const isLate = (error: unknown): boolean => error instanceof PgextError && error.sqlstate === '57014'

const closedError = (): PgextError => new PgextError('stopped', 'reading was stopped')

/** Values are printed as those of events are. */
const {statement_timeout: _, client_encoding: __, ...SETTINGS} = SESSION

/** A PGlite that a program works with itself: its sessions are each for the length of a use. */
export async function visit(host: Host): Promise<Db> {
  const first = await visitPglite(host)
  return visitPglite(host, {...SETTINGS, search_path: first.server.path ?? PATH})
}

const PATH = '"$user", public'

/** Names are looked up as a plain session of the role does. */
async function prepare(db: Db): Promise<void> {
  if (db.hold) return
  const all = Object.entries({...SETTINGS, search_path: db.server.path ?? PATH})
  const calls = all.map((_, at) => `pg_catalog.set_config($${2 * at + 1}, $${2 * at + 2}, false)`)
  await db.query(`select ${calls.join(', ')}`, all.flat())
}
