// A snapshot in, whether a transaction was seen by it out: whoever was shown rows under it must not be told of them again.
import {PgextError} from '../errors.ts'
import {Snapshot} from './live/snapshot.ts'

/** Milliseconds for which a transaction that the snapshot saw may come after one that began behind it: both stood in one look at the queue. */
const LATE = 10_000
const SNAPSHOT = /^\d{1,19}:\d{1,19}:(?:\d{1,19}(?:,\d{1,19})*)?$/

export class Skip {
  readonly #text: string
  readonly #snapshot: Snapshot
  #passed?: number

  /** @param text `pg_current_snapshot()` */
  constructor(text: string) {
    if (!SNAPSHOT.test(text))
      throw new PgextError('usage', 'this is no token of an event', {hint: 'give one as it came, unchanged'})
    this.#text = text
    this.#snapshot = new Snapshot(text)
  }

  /** Committed before it was taken. */
  sees(xid: string): boolean {
    return this.#snapshot.sees(xid)
  }

  /** All that it saw has come. */
  isOver(xid: string): boolean {
    if (this.#snapshot.precedes(xid)) this.#passed ??= performance.now()
    return this.#passed !== undefined && performance.now() - this.#passed > LATE
  }

  /** A token to go on from, which still knows what was shown. */
  mark(token: string): string {
    return `${token}~${this.#text}`
  }
}

/** The two parts of what was marked. */
export function unmark(token: string): {readonly token: string; readonly skip?: Skip} {
  const at = token.indexOf('~')
  return at < 0 ? {token} : {token: token.slice(0, at), skip: new Skip(token.slice(at + 1))}
}
