// A snapshot in, whether a transaction was seen by it out: whoever was shown rows under it must not be told of them again.
import {PgextError} from '../errors.ts'

/** Milliseconds for which a transaction that the snapshot saw may come after one that began behind it: both stood in one look at the queue. */
const LATE = 10_000
const SNAPSHOT = /^(\d{1,19}):(\d{1,19}):((?:\d{1,19}(?:,\d{1,19})*)?)$/

export class Skip {
  readonly #text: string
  readonly #from: bigint
  readonly #to: bigint
  readonly #running: ReadonlySet<bigint>
  #passed?: number

  /** @param text `pg_current_snapshot()` */
  constructor(text: string) {
    const [, from, to, running] = SNAPSHOT.exec(text) ?? []
    if (from === undefined)
      throw new PgextError('usage', 'this is no token of an event', {hint: 'give one as it came, unchanged'})
    this.#text = text
    this.#from = BigInt(from)
    this.#to = BigInt(to!)
    this.#running = new Set(running === '' ? [] : running!.split(',').map(BigInt))
  }

  /** Committed before it was taken. */
  sees(xid: string): boolean {
    const whole = this.#whole(xid)
    return whole < this.#from || (whole < this.#to && !this.#running.has(whole))
  }

  /** It sees all that the other one does. */
  covers(other: Skip): boolean {
    if (this.#to < other.#to) return false
    for (const xid of this.#running) if (xid < other.#to && !other.#running.has(xid)) return false
    return true
  }

  /** All that it saw has come. */
  isOver(xid: string): boolean {
    if (this.#whole(xid) >= this.#to) this.#passed ??= Date.now()
    return this.#passed !== undefined && Date.now() - this.#passed > LATE
  }

  /** A token to go on from, which still knows what was shown. */
  mark(token: string): string {
    return `${token}~${this.#text}`
  }

  /** The WAL has the lower 32 bits: of those that can be meant, the one next to the snapshot. */
  #whole(xid: string): bigint {
    const given = BigInt(xid)
    if (given >= 2n ** 32n) return given
    const near = (this.#to & ~0xffffffffn) + given
    if (near - this.#to > 2n ** 31n) return near - 2n ** 32n
    return this.#to - near > 2n ** 31n ? near + 2n ** 32n : near
  }
}

/** The two parts of what was marked. */
export function unmark(token: string): {readonly token: string; readonly skip?: Skip} {
  const at = token.indexOf('~')
  return at < 0 ? {token} : {token: token.slice(0, at), skip: new Skip(token.slice(at + 1))}
}
