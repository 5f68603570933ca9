// What was told to whom in; to those who were told nothing for a while, how far everybody is, before what they could go on from is forgotten.
import type {Desk} from './desk.ts'
import type {Feed, FeedOptions} from './feed.ts'

export interface Teller {
  readonly feed: Feed
  readonly desk: Desk
  /** Does it when nothing is being told. */
  between(work: () => void): Promise<void>
}

/** Of what is kept, the part that may come between two times. */
const PART = 4
/** Milliseconds between two times, at least and at most. */
const [LEAST, MOST] = [1000, 60_000]

export class Progress {
  readonly #teller: Teller
  readonly #history: FeedOptions['history']
  readonly #timer: NodeJS.Timeout
  #bytes = 0
  #at = 0

  /** @param history how much is kept to go on from */
  constructor(teller: Teller, history: FeedOptions['history']) {
    this.#teller = teller
    this.#history = history
    const every = Math.max(LEAST, Math.min(MOST, history.milliseconds / PART))
    this.#timer = setInterval(() => void teller.between(() => this.#tell()).catch(() => {}), every).unref()
  }

  /** Something was told. Where much changes, it is forgotten by its size. */
  check(): void {
    if (this.#teller.feed.bytes - this.#bytes > this.#history.bytes / PART && performance.now() - this.#at > LEAST) this.#tell()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #tell(): void {
    const {feed, desk} = this.#teller
    const {token, xid, bytes} = feed
    this.#bytes = bytes
    this.#at = performance.now()
    for (const relid of desk.tables())
      for (const view of desk.viewsOf(relid)) for (const subscription of view.subscriptions) subscription.reach(token, xid)
  }
}
