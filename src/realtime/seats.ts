// A viewer in; a session in which PostgreSQL takes us for it out, for one transaction that writes nothing.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName, quoteText} from '../postgres/quote.ts'
import type {Viewer} from './model.ts'

export interface SeatOptions {
  readonly open: () => Promise<Db>
  /** sessions at most; 4 */
  readonly most?: number
  /** milliseconds for each statement; 5000 */
  readonly timeout?: number
}

export class Seats {
  readonly #options: Required<SeatOptions>
  readonly #free: Db[] = []
  readonly #waiting: ((db: Db | undefined) => void)[] = []
  #count = 0
  #isClosed = false

  constructor(options: SeatOptions) {
    this.#options = {most: 4, timeout: 5000, ...options}
  }

  /**
   * As PostgREST has it: role and claims are the transaction's.
   * @param begin `repeatable read` where several statements have to see the same
   */
  async as<T>(
    viewer: Viewer,
    work: (db: Db) => Promise<T>,
    begin: 'read committed' | 'repeatable read' = 'read committed',
  ): Promise<T> {
    return this.#with(async (db) => {
      // asked as one: a role that may not be entered ends it before anything is read
      await db.script(`begin isolation level ${begin} read only; set local statement_timeout = ${this.#options.timeout};
        set local search_path = ${db.server.path || "''"}; set local role ${quoteName(viewer.role)};
        select pg_catalog.set_config('request.jwt.claims', ${quoteText(viewer.text)}, true)`)
      return work(db)
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const wake of this.#waiting.splice(0)) wake(undefined)
    await Promise.all(this.#free.splice(0).map((db) => db.close()))
  }

  async #with<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const db = await this.#take()
    let isWhole = false
    try {
      const result = await work(db)
      await db.script('commit')
      isWhole = true
      return result
    } catch (error) {
      isWhole = await db.script('rollback').then(
        () => true,
        () => false,
      )
      throw error
    } finally {
      this.#give(db, isWhole)
    }
  }

  async #take(): Promise<Db> {
    if (this.#isClosed) throw stopped()
    const free = this.#free.pop()
    if (free) return free
    if (this.#count < this.#options.most) {
      this.#count++
      return this.#options.open().catch((error) => {
        this.#lose()
        throw error
      })
    }
    const db = await new Promise<Db | undefined>((resolve) => this.#waiting.push(resolve))
    if (this.#isClosed) throw stopped()
    return db ?? this.#take()
  }

  #give(db: Db, isWhole: boolean): void {
    if (this.#isClosed || !isWhole) {
      void db.close().catch(() => {})
      this.#lose()
      return
    }
    const next = this.#waiting.shift()
    if (next) next(db)
    else this.#free.push(db)
  }

  /** Whoever waits for a session may open one. */
  #lose(): void {
    this.#count--
    this.#waiting.shift()?.(undefined)
  }
}

const stopped = (): PgextError => new PgextError('stopped', 'the server is closing')
