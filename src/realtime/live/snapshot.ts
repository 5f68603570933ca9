// A snapshot's text in; which transactions it sees out, also of those whose id is known by its last 32 bits alone.

const ERA = 1n << 32n
const HALF = 1n << 31n

export class Snapshot {
  readonly #min: bigint
  readonly #max: bigint
  readonly #running: ReadonlySet<bigint>

  /** `10:20:10,14` */
  constructor(text: string) {
    const [min, max, running] = text.split(':')
    this.#min = BigInt(min!)
    this.#max = BigInt(max!)
    this.#running = new Set(running ? running.split(',').map(BigInt) : [])
  }

  sees(xid: string): boolean {
    const id = this.#whole(BigInt(xid))
    return id < this.#min || (id < this.#max && !this.#running.has(id))
  }

  /** It sees all that the other one does. */
  covers(other: Snapshot): boolean {
    if (this.#max < other.#max) return false
    for (const id of this.#running) if (id < other.#max && !other.#running.has(id)) return false
    return true
  }

  /** Whether a transaction began after it was taken. */
  precedes(xid: string): boolean {
    return this.#whole(BigInt(xid)) >= this.#max
  }

  /** The one of its era that is nearest to now. */
  #whole(id: bigint): bigint {
    if (id >= ERA || this.#max < ERA) return id
    const near = this.#max - (this.#max % ERA) + id
    return near > this.#max + HALF ? near - ERA : near < this.#max - HALF ? near + ERA : near
  }
}
