// How to open a session in; a few of them out, which are opened when they are needed, and made anew when one is lost.
import {PgextError} from '../../errors.ts'
import type {Asking} from '../../events/link.ts'
import {SESSION} from '../../events/session.ts'
import type {Db, Row} from '../../postgres/db.ts'

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
    try {
      return await work(db)
    } catch (error) {
      if (!isLost(error)) throw error
      await db.close().catch(() => {})
      this.#lost.add(db)
      throw error
    } finally {
      await this.#give(db)
    }
  }

  query<R extends Row = Row>(sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
    return this.use((db) => db.query<R>(sql, parameters))
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const wake of this.#waiting.splice(0)) wake()
    await Promise.all(this.#idle.splice(0).map((db) => db.close()))
  }

  readonly #lost = new WeakSet<Db>()

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
      const db = await this.#open()
      await prepare(db)
      return db
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

export const closedError = (): PgextError => new PgextError('stopped', 'reading was stopped')

/** Values are printed as those of events are; names are looked up as a plain session of the role does. */
async function prepare(db: Db): Promise<void> {
  const {statement_timeout: _, client_encoding: __, ...settings} = SESSION
  const all = Object.entries({...settings, search_path: db.server.path ?? '"$user", public'})
  const calls = all.map((_, at) => `pg_catalog.set_config($${2 * at + 1}, $${2 * at + 2}, false)`)
  await db.query(`select ${calls.join(', ')}`, all.flat())
}
