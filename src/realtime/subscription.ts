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
  /** Nothing that is kept for this one is sent any more; then this. */
  gone(subscription: Subscription, token: string, reason: string): void
  /** It has ended, and what is kept for it is not sent: it may not be seen any more, or can't be judged. */
  ended(subscription: Subscription, code: 'not-found' | 'failed', message: string): void
}

export interface SubscriptionOptions {
  readonly id: string
  readonly events?: ReadonlySet<Operation>
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
  #held?: Message[]
  #skip?: Skip

  constructor({id, events}: SubscriptionOptions, sink: Sink, view: View) {
    this.id = id
    this.sink = sink
    this.view = view
    this.#events = events
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
    if (left) this.sink.change(this, left)
  }

  /** What waited is not told: it is to be read anew anyway. */
  gone(token: string, reason: string): void {
    if (this.isOver) return
    if (this.#held) {
      this.#held = []
      this.isInterrupted = true
    }
    this.#skip = undefined
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
    return this.#skip && left ? left.at(this.#skip.mark(left.moment.token)) : left
  }
}
