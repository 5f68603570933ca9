// How to open a session in; queries out that survive a lost connection, since nothing of a reader's is kept by its session.
import {PgextError} from '../errors.ts'
import type {Db, Row} from '../postgres/db.ts'
import {goneError} from '../postgres/error.ts'
import {type Opening, openIn, SILENCE, watch} from './watched.ts'

const TRIES = 8
/** Milliseconds before the first of them, doubled each time, and at most. */
const FIRST = 50
const LONGEST = 5000

/** What can be asked, of a session or of one that is made again when it is lost. */
export type Asking = Pick<Db, 'query'>

export class Link implements Asking {
  readonly #open: Opening
  readonly #silence: number
  readonly #ending = new AbortController()
  /** What a new session has to do first: be elected, for one. The signal ends it. */
  opened: (db: Db, signal: AbortSignal) => Promise<void> = async () => {}
  /** What is to be done when it is closed. */
  closed: () => void = () => {}
  /** What it has to do last, where the session itself goes on. */
  closing: (db: Db) => Promise<void> = async () => {}
  #opening?: Promise<Db>
  /** of which it may not be known yet whether it stands */
  #session?: Db
  #stands = false
  #ended?: Promise<void>
  /** sessions that there have been */
  life = 0
  #wake = () => {}

  /** @param silence milliseconds after which a server that says nothing is asked whether it is at work */
  constructor(open: Opening, silence = SILENCE) {
    this.#open = open
    this.#silence = silence
  }

  get isClosed(): boolean {
    return this.#ending.signal.aborted
  }

  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /**
   * @throws PgextError `connection-lost` or `connection-failed` when it stays so for about half a minute; `stopped` when this was closed
   * meanwhile: no rows would mean something
   */
  async query<R extends Row = Row>(sql: string, parameters: readonly unknown[] = [], isKept = false): Promise<R[]> {
    const rows = await this.run((db) => db.query<R>(sql, parameters, isKept))
    if (!rows) throw stopped()
    return rows
  }

  /** What is done on a session, and from its beginning on another one when that is lost. undefined: this was closed meanwhile. */
  async run<T>(work: (db: Db) => Promise<T>): Promise<T | undefined> {
    for (let tries = 0; ; tries++) {
      const opening = this.db()
      try {
        return await work(await opening)
      } catch (error) {
        if (this.isClosed) return undefined
        if (!isLost(error) || tries >= TRIES) throw error
        await this.#lose(opening)
        await this.sleep(Math.min(LONGEST, FIRST * 2 ** tries))
        if (this.isClosed) return undefined
      }
    }
  }

  /** The one that stands, or a new one, which whoever asks waits for. */
  db(): Promise<Db> {
    if (this.#opening) return this.#opening
    const opening = this.#begin().catch((error) => {
      if (this.#opening === opening) this.#opening = undefined
      throw error
    })
    this.#opening = opening
    return opening
  }

  /** Others may have found out before, and the next one stand already: two that have to be elected would wait for each other. */
  async #lose(opening: Promise<Db>): Promise<void> {
    if (this.#opening !== opening) return
    this.#opening = undefined
    this.#stands = false
    await (await opening).close()
  }

  async #begin(): Promise<Db> {
    const {signal} = this
    const session = await openIn(this.#silence, this.#open, signal)
    this.#session = session
    try {
      if (signal.aborted) throw goneError()
      const db = await watch(session, this.#open, this.#silence)
      await this.opened(db, signal)
      this.#stands = true
      this.life++
      return db
    } catch (error) {
      await session.close()
      throw error
    }
  }

  /** Ends early when this is closed. */
  async sleep(milliseconds: number): Promise<void> {
    if (this.isClosed) return
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
    this.#ending.abort()
    this.closed()
    this.#wake()
    const session = this.#session
    if (session && this.#stands) await this.closing(session).catch(() => {})
    await session?.close()
  }
}

export const stopped = (): PgextError => new PgextError('stopped', 'reading events was stopped')

const isLost = (error: unknown): boolean =>
  error instanceof PgextError && (error.code === 'connection-lost' || error.code === 'connection-failed')
