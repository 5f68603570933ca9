// One wish of one socket: what it is told passes here, and waits here while it is shown what was before.
import type {Operation} from '../events/model.ts'
import type {Message} from './message.ts'
import type {Skip} from './skip.ts'
import type {View} from './view.ts'

/** Messages that wait while somebody is shown what was before. */
const MOST_HELD = 10_000

/** Where a socket takes what it is told; it is never waited for. */
export interface Sink {
  change(subscription: Subscription, message: Message): void
  /** Nothing came up to this token that it was not told. False: it can't take that now. */
  reached(subscription: Subscription, token: string): boolean
  /** Nothing that is kept for this one is sent any more; then this. */
  gone(subscription: Subscription, token: string, reason: string): void
  /** It has ended, and what is kept for it is not sent: it may not be seen any more, or can't be judged. */
  ended(subscription: Subscription, code: 'not-found' | 'failed', message: string): void
}

export interface SubscriptionOptions {
  readonly id: string
  readonly events?: ReadonlySet<Operation>
  /** what it goes on from until it is told another one */
  readonly token: string
}

export class Subscription {
  readonly id: string
  readonly sink: Sink
  view: View
  /** it was given up, by whom it was made or because it had to be */
  isOver = false
  /** what it was to be shown of before is not worth showing any more: it was told that it has to read anew */
  isInterrupted = false
  readonly #events?: ReadonlySet<Operation>
  #token: string
  #held?: Message[]
  #skip?: Skip
  /** it was told the beginning of a transaction, and not its end */
  #isAmid = false

  constructor({id, events, token}: SubscriptionOptions, sink: Sink, view: View) {
    this.id = id
    this.sink = sink
    this.view = view
    this.#events = events
    this.#token = token
  }

  wants(operation: Operation): boolean {
    return this.#events?.has(operation) ?? true
  }

  /** From now on what comes waits. */
  hold(): void {
    this.#held ??= []
  }

  /** What is told again comes first, then what waited; `skip` are transactions that were shown already. */
  release(again: readonly Message[], skip?: Skip): void {
    const held = this.#held ?? []
    this.#held = undefined
    this.#skip = this.isInterrupted ? undefined : skip
    for (const message of this.isInterrupted ? held : [...again, ...held]) this.tell(message)
  }

  tell(message: Message): void {
    if (this.isOver) return
    if (this.#held) {
      this.#held.push(message)
      if (this.#held.length > MOST_HELD)
        this.gone(message.moment.token, 'too much has changed while it was shown what was before')
      return
    }
    const left = this.#wanted(message)
    if (!left) return
    this.#token = message.moment.token
    this.sink.change(this, left)
  }

  /** All up to a token was told to everybody, `xid` being the last of it. */
  reach(token: string, xid: string | undefined): void {
    if (this.isOver || this.#held || token === this.#token) return
    if (xid !== undefined && this.#skip?.isOver(xid)) this.#skip = undefined
    if (this.sink.reached(this, this.#skip?.mark(token) ?? token)) this.#token = token
  }

  /** What waited is not told: it is to be read anew anyway. */
  gone(token: string, reason: string): void {
    if (this.isOver) return
    if (this.#held) {
      this.#held = []
      this.isInterrupted = true
    }
    this.#skip = undefined
    this.#token = token
    this.sink.gone(this, token, reason)
  }

  end(code: 'not-found' | 'failed', message: string): void {
    if (this.isOver) return
    this.isOver = true
    this.#held = undefined
    this.sink.ended(this, code, message)
  }

  #wanted(message: Message): Message | undefined {
    const skip = this.#skip
    if (skip?.isOver(message.moment.xid)) this.#skip = undefined
    else if (skip?.sees(message.moment.xid)) return undefined
    const left = this.#events ? message.only(this.#events) : message
    // that it has ended is said where something of it was told
    if (left.changes.length === 0 && !(this.#isAmid && message.moment.last)) return undefined
    this.#isAmid = !message.moment.last
    return this.#skip ? left.at(this.#skip.mark(left.moment.token)) : left
  }
}
