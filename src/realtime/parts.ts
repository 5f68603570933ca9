// What subscriptions are told of a transaction that comes in several parts in; that it has ended, for those who are told nothing of its last part, out.
import type {Writers} from '../events/json.ts'
import {Message, type Moment} from './message.ts'
import type {Subscription} from './subscription.ts'

export class Parts {
  readonly #writers: Writers
  readonly #waiting = new Set<Subscription>()

  constructor(writers: Writers) {
    this.#writers = writers
  }

  tell(subscriptions: Iterable<Subscription>, message: Message): void {
    for (const one of subscriptions) {
      one.tell(message)
      if (!message.moment.last) this.#waiting.add(one)
      else if (this.#waiting.size > 0) this.#waiting.delete(one)
    }
  }

  /** All that is to be told of a part was told. */
  end(moment: Moment): void {
    if (!moment.last || this.#waiting.size === 0) return
    const message = new Message(moment, [], this.#writers)
    for (const one of this.#waiting) one.tell(message)
    this.#waiting.clear()
  }
}
