// How to open a source in; its batches out, kept for a while after they were told, and read on when a source breaks.
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../errors.ts'
import {History} from '../events/history.ts'
import type {Batch, Source} from '../events/model.ts'

export interface FeedOptions {
  /** Opens the source anew: from a token, or from now on. */
  readonly open: (since?: string) => Promise<Source>
  readonly history: {readonly milliseconds: number; readonly bytes: number}
  readonly complain: (error: unknown) => void
  /** What came between two sources nobody knows: `begin` starts anew when nothing is being told. */
  readonly lost: (begin: () => void) => Promise<void>
}

/** Entries that may wait to be told. */
const MOST_WAITING = 10_000
/** Milliseconds until a source that failed is opened again, doubled each time, and at most. */
const [FIRST, LONGEST] = [100, 5000]
/** Milliseconds between two acknowledgements of what is kept no longer. */
const ACKNOWLEDGE = 5000
/** Milliseconds within which what the log told of is to be seen by others. */
const RECENT = 2000

export class Feed {
  readonly #options: FeedOptions
  #source: Source
  #history: History
  #waiting: Batch[] = []
  #entries = 0
  #wake = () => {}
  #room = () => {}
  /** the last token that the source handed over */
  #read: string
  #recent: {readonly xid: string; readonly at: number}[] = []
  /** the transaction that was told of last */
  #xid?: string
  #acknowledging?: NodeJS.Timeout
  #isReading = false
  readonly #ending = new AbortController()
  #ended: Promise<void> = Promise.resolve()

  private constructor(options: FeedOptions, source: Source, history: History) {
    this.#options = options
    this.#source = source
    this.#read = source.start
    this.#history = history
  }

  static async open(options: FeedOptions): Promise<Feed> {
    const source = await options.open()
    const feed = new Feed(options, source, await remember(source, options))
    feed.#ended = feed.#run()
    const acknowledge = () => feed.#keepLess()
    feed.#acknowledging = setInterval(acknowledge, Math.min(ACKNOWLEDGE, options.history.milliseconds + 1)).unref()
    return feed
  }

  /** What was told last. */
  get token(): string {
    return this.#history.newest
  }

  /** The transaction that was told of last; undefined: none was. */
  get xid(): string | undefined {
    return this.#xid
  }

  /** Bytes of changes that were ever told of. */
  get bytes(): number {
    return this.#history.pushed
  }

  get isReading(): boolean {
    return this.#isReading
  }

  get isClosed(): boolean {
    return this.#ending.signal.aborted
  }

  /** Batches after a token, of those that were told; undefined when something of them is gone. */
  since(token: string): readonly Batch[] | undefined {
    return this.#history.since(token)
  }

  /** Transactions that were told of a moment ago: who looks now may not see them yet. */
  recent(): string[] {
    return this.#source.engine === 'wal' ? this.#recent.map(({xid}) => xid) : []
  }

  /** When something is there, or it is closed. */
  async some(): Promise<void> {
    while (this.#waiting.length === 0 && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Whole batches, of about so many entries. */
  take(most: number): Batch[] {
    let count = 0
    let taken = 0
    while (taken < this.#waiting.length && count < most) count += this.#waiting[taken++]!.entries.length
    this.#entries -= count
    this.#room()
    return this.#waiting.splice(0, taken)
  }

  /** All of these were told. */
  told(batches: readonly Batch[]): void {
    const last = batches.at(-1)
    if (!last) return
    const now = Date.now()
    for (const batch of batches) {
      this.#history.push(batch)
      this.#recent.push({xid: batch.xid, at: now})
    }
    const fresh = this.#recent.findIndex(({at}) => now - at < RECENT)
    if (fresh > 0) this.#recent.splice(0, fresh)
    this.#xid = last.xid
    if (!this.#source.past) this.#source.acknowledge(last.token).catch(this.#options.complain)
  }

  async close(): Promise<void> {
    this.#ending.abort()
    clearInterval(this.#acknowledging)
    this.#wake()
    this.#room()
    await this.#source.close()
    await this.#ended
  }

  async #run(): Promise<void> {
    while (!this.isClosed) {
      try {
        this.#isReading = true
        for await (const batch of this.#source.read()) await this.#put(batch)
        if (!this.isClosed) throw new PgextError('connection-lost', 'the source of changes ended')
      } catch (error) {
        this.#isReading = false
        if (!this.isClosed) await this.#reopen(error)
      }
    }
  }

  async #put(batch: Batch): Promise<void> {
    this.#waiting.push(batch)
    this.#entries += batch.entries.length
    this.#read = batch.token
    this.#wake()
    while (this.#entries > MOST_WAITING && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#room = resolve
      })
    }
  }

  /** From where it was read to, if that is still known. */
  async #reopen(error: unknown): Promise<void> {
    this.#options.complain(error)
    await this.#source.close().catch(() => {})
    for (let pause = FIRST; !this.isClosed; pause = Math.min(LONGEST, pause * 2)) {
      await sleep(pause, undefined, {signal: this.#ending.signal}).catch(() => {})
      if (this.isClosed) return
      try {
        const isGone = error instanceof PgextError && error.code === 'events-gone'
        const source = await this.#options.open(isGone ? undefined : this.#read)
        if (this.isClosed) return await source.close()
        if (isGone) {
          const history = await remember(source, this.#options)
          await this.#options.lost(() => this.#begin(source, history))
        }
        this.#source = source
        return
      } catch (again) {
        error = again
        this.#options.complain(again)
      }
    }
  }

  /** Who comes after this one is to have all that this one keeps. */
  #keepLess(): void {
    if (!this.#source.past || !this.#isReading) return
    this.#source.acknowledge(this.#history.edge).catch((error) => {
      if (this.#isReading && !this.isClosed) this.#options.complain(error)
    })
  }

  #begin(source: Source, history: History): void {
    this.#waiting = []
    this.#entries = 0
    this.#read = source.start
    this.#history = history
  }
}

/** What others were told before, where the source keeps it: who was told by another server may come here with its token. */
async function remember(source: Source, {history: bounds}: FeedOptions): Promise<History> {
  let history: History | undefined
  try {
    for await (const batch of source.past?.() ?? []) {
      history ??= new History(bounds, batch.before)
      history.push(batch)
    }
  } catch (error) {
    await source.close().catch(() => {})
    throw error
  }
  return history?.newest === source.start ? history : new History(bounds, source.start)
}
