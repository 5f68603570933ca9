// How to open a session in; queries out that survive a lost connection, since nothing of a reader's is kept by its session.
import {PgextError} from '../errors.ts'
import type {Db, Row} from '../postgres/db.ts'

const TRIES = 8
/** Milliseconds before the first of them, doubled each time, and at most. */
const FIRST = 50
const LONGEST = 5000

/** What can be asked, of a session or of one that is made again when it is lost. */
export type Asking = Pick<Db, 'query'>

export class Link implements Asking {
  readonly #open: () => Promise<Db>
  /** What a new session has to do first: be elected, for one. */
  opened: (db: Db) => Promise<void> = async () => {}
  /** What is to be done when it is closed. */
  closed: () => void = () => {}
  /** What it has to do last, where the session itself goes on. */
  closing: (db: Db) => Promise<void> = async () => {}
  #db?: Db
  #closed = false
  #ended?: Promise<void>
  /** sessions that there have been */
  life = 0
  #wake = () => {}

  constructor(open: () => Promise<Db>) {
    this.#open = open
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /**
   * Nothing (no rows) when this was closed meanwhile.
   * @throws PgextError `connection-lost` or `connection-failed` when it stays so for about half a minute
   */
  async query<R extends Row = Row>(sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
    for (let tries = 0; ; tries++) {
      try {
        return await (await this.db()).query<R>(sql, parameters)
      } catch (error) {
        if (this.#closed) return []
        if (!isLost(error) || tries >= TRIES) throw error
        await this.#db?.close().catch(() => {})
        this.#db = undefined
        await this.sleep(Math.min(LONGEST, FIRST * 2 ** tries))
        if (this.#closed) return []
      }
    }
  }

  async db(): Promise<Db> {
    if (this.#db) return this.#db
    const db = await this.#open()
    try {
      await this.opened(db)
    } catch (error) {
      await db.close()
      throw error
    }
    this.#db = db
    this.life++
    return db
  }

  /** Ends early when this is closed. */
  async sleep(milliseconds: number): Promise<void> {
    if (this.#closed) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  close(): Promise<void> {
    this.#ended ??= this.#end()
    return this.#ended
  }

  async #end(): Promise<void> {
    this.#closed = true
    this.closed()
    this.#wake()
    if (this.#db) await this.closing(this.#db).catch(() => {})
    await this.#db?.close()
  }
}

const isLost = (error: unknown): boolean =>
  error instanceof PgextError && (error.code === 'connection-lost' || error.code === 'connection-failed')
