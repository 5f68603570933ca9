// Transactions that were told of in; whether a snapshot sees all of them out: the log tells of one a moment before other sessions see it.
import type {Snapshot} from './snapshot.ts'

/** Of those that no snapshot has been held against. */
const MOST = 10_000

export class Unseen {
  #sequence = 0
  #told: {readonly sequence: number; readonly xid: string}[] = []

  /** What batches are counted by. */
  get sequence(): number {
    return this.#sequence
  }

  add(xid: string): number {
    this.#sequence++
    if (this.#told.at(-1)?.xid === xid) this.#told.pop()
    this.#told.push({sequence: this.#sequence, xid})
    if (this.#told.length > MOST) this.#told.splice(0, MOST / 2)
    return this.#sequence
  }

  /** The first batch that it does not see. */
  first(snapshot: Snapshot): number {
    this.#told = this.#told.filter(({xid}) => !snapshot.sees(xid))
    return this.#told[0]?.sequence ?? Number.POSITIVE_INFINITY
  }
}
