// A viewer in; a session in which PostgreSQL takes us for it out, for one transaction that writes nothing and leaves nothing behind.
import type {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {Pool} from './live/pool.ts'
import {enter} from './live/transaction.ts'
import type {Viewer} from './model.ts'

export interface SeatOptions {
  readonly open: () => Promise<Db>
  /** sessions at most; 4 */
  readonly most?: number
  /** milliseconds for each statement; 5000 */
  readonly timeout?: number
}

export class Seats {
  readonly #pool: Pool
  readonly #timeout: number

  constructor({open, most = 4, timeout = 5000}: SeatOptions) {
    this.#pool = new Pool(open, most)
    this.#timeout = timeout
  }

  /**
   * As PostgREST has it: role and claims are the transaction's. It is rolled back: what functions set for the session is not the next one's.
   * @param begin `repeatable read` where several statements have to see the same
   */
  as<T>(
    viewer: Viewer,
    work: (db: Db) => Promise<T>,
    begin: 'read committed' | 'repeatable read' = 'read committed',
  ): Promise<T> {
    return this.#pool.use(async (db) => {
      try {
        // waited for: a session that could not take the role must run nothing
        await db.script(`begin isolation level ${begin} read only; ${enter(viewer, this.#timeout)}`)
        return await work(db)
      } finally {
        await db.script('rollback')
      }
    })
  }

  /** Somebody waits for one. */
  get isWanted(): boolean {
    return this.#pool.isWanted
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}

/** By PostgreSQL, of what was asked: another time it would say the same. What took too long (57014) would again. */
export const isSaid = ({sqlstate}: PgextError): boolean =>
  sqlstate !== undefined && (sqlstate === '57014' || !/^(08|53|57|58)/.test(sqlstate))
