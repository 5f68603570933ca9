// Places in the log that a reader has come by in; the one that it has to acknowledge, for no more of the log to be kept than it may, out.
import type {Position} from './position.ts'

/** Places that are known, of what may be kept. */
const STEPS = 64

export class Keep {
  /** bytes */
  readonly #most: bigint
  readonly #places: Position[] = []

  constructor(most: number) {
    this.#most = BigInt(Math.floor(most))
  }

  /** Handed over, up to here. */
  add(place: Position): void {
    const before = this.#places.at(-2)
    if (before && place.lsn - before.lsn < this.#most / BigInt(STEPS)) this.#places.pop()
    this.#places.push(place)
  }

  /** undefined: what is kept is little enough. */
  over(reached: bigint): Position | undefined {
    let found: Position | undefined
    while (this.#places[0] && reached - this.#places[0].lsn > this.#most) found = this.#places.shift()
    return found
  }
}
