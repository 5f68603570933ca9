// A client's messages in, as they come; units of work out, one at a time: messages up to one that is answered.
import {CALLS} from './message.ts'

/** bytes that a client may send ahead of what runs */
const MOST_HELD = 16 * 1024 * 1024

export class Backlog {
  /** a unit that the engine has, or that waits for another's lock */
  running?: Buffer
  /** whole messages, none of which is answered yet */
  #begun: Buffer[] = []
  /** those that are, in units */
  readonly #units: Buffer[] = []
  /** bytes that the engine has not got yet */
  #held = 0

  /** Of messages that may not be whole yet. */
  came(bytes: number): void {
    this.#held += bytes
  }

  /** A client may send on and on while its statement runs. */
  get isFull(): boolean {
    return this.running !== undefined && this.#held > MOST_HELD
  }

  /** Units that have not begun. */
  get isWaiting(): boolean {
    return this.#units.length > 0
  }

  /** @param isWanted the unit that runs goes on with it: COPY, whose end is answered. True: a unit is whole */
  add(kind: string, message: Buffer, isWanted: boolean): boolean {
    this.#begun.push(message)
    if (!CALLS.has(kind) && !(isWanted && (kind === 'c' || kind === 'f'))) return false
    this.#units.push(Buffer.concat(this.#begun))
    this.#begun = []
    return true
  }

  /** What the engine is to run. */
  next(): Buffer | undefined {
    this.running ??= this.#handOn(this.#units.shift())
    return this.running
  }

  /** What there is for the unit that runs: COPY takes whatever there is. */
  more(): Buffer | undefined {
    return this.#handOn(this.#units.shift() ?? (this.#begun.length > 0 ? Buffer.concat(this.#begun.splice(0)) : undefined))
  }

  /** What has not begun, or waits for a lock; false: there is nothing. */
  drop(): boolean {
    const isThere = this.running !== undefined || this.isWaiting
    if (this.running) this.running = undefined
    else this.#handOn(this.#units.shift())
    return isThere
  }

  /** All but what the engine has. */
  clear(): void {
    this.#units.length = 0
    this.#begun = []
  }

  #handOn(unit: Buffer | undefined): Buffer | undefined {
    this.#held -= unit?.length ?? 0
    return unit
  }
}
