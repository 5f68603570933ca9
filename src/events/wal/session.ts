// How to open a session, and what is done with it first, in; the one that stands out, or the next, where that one is lost.
import {setTimeout as sleep} from 'node:timers/promises'
import type {Db} from '../../postgres/db.ts'
import {isGone} from '../../postgres/error.ts'
import {type Opening, openIn, watch} from '../watched.ts'
import type {Place} from './consumer.ts'
import {isPassing, lastingError, stoppedError} from './passing.ts'

export interface Opened {
  readonly db: Db
  /** of a named consumer */
  readonly place?: Place
}

export interface SessionOptions {
  readonly open: Opening
  readonly begin: (db: Db) => Promise<Place | undefined>
  /** milliseconds */
  readonly patience: number
  /** milliseconds */
  readonly silence: number
  readonly signal: AbortSignal
}

/** milliseconds that cancelling may take */
const FAREWELL = 2000

export class Session {
  readonly #options: SessionOptions
  #opened?: Promise<Opened>
  /** of which it may not be known yet whether it stands */
  #db?: Db

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /** The one that stands, or a new one, which whoever needs it waits for. */
  open(): Promise<Opened> {
    if (this.#opened) return this.#opened
    const opened = this.#open().catch((error) => {
      this.#forget(opened)
      throw error
    })
    this.#opened = opened
    return opened
  }

  /** A session that failed is not asked again; with it goes the right to read. */
  async once<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
    const opening = this.open()
    const opened = await opening
    try {
      return await work(opened)
    } catch (error) {
      if (isGone(error)) {
        this.#forget(opening)
        void opened.db.close()
      }
      throw error
    }
  }

  /** Over as many sessions as it takes. */
  async ask<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
    const {patience, signal} = this.#options
    for (const until = performance.now() + patience; ; await sleep(100, undefined, {signal})) {
      try {
        return await this.once(work)
      } catch (error) {
        if (signal.aborted) throw stoppedError()
        if (!isPassing(error) || performance.now() > until) throw lastingError(error)
      }
    }
  }

  /** What runs is cancelled: a slot that is being made waits for other transactions, and would be left behind. */
  async close(): Promise<void> {
    const db = this.#db
    if (db) await Promise.race([db.cancel(), sleep(FAREWELL, undefined, {ref: false})])
    await db?.close()
  }

  /** Several may find out late that one is lost, and another may stand by then: two of them would wait for each other's lock. */
  #forget(opened: Promise<Opened>): void {
    if (this.#opened === opened) this.#opened = undefined
  }

  async #open(): Promise<Opened> {
    const {open, begin, silence, signal} = this.#options
    const db = await openIn(silence, open, signal)
    this.#db = db
    try {
      if (signal.aborted) throw stoppedError()
      const watched = await watch(db, open, silence)
      const place = await begin(watched)
      return {db: watched, ...(place && {place})}
    } catch (error) {
      await db.close()
      throw error
    }
  }
}
