// What a look has seen in, a snapshot out that stays true whatever happens. After a crash, ids of transactions that had reached no disk are given
// again: to have seen them roll back says nothing of who has them next.
import type {Link} from '../link.ts'

/** All of one moment, but for the log's bytes, which are of a moment after it. */
export interface Seen {
  readonly snapshot: string
  /** the newest transaction whose changes are found */
  readonly newest: string | null
  /** bytes of the log that were written, and that are on disk */
  readonly written: string
  readonly flushed: string
}

export class Horizon {
  readonly #link: Link
  /** ids below `end` are on disk when the log is, up to `lsn`; on the session that said so, as a crash ends it */
  #awaited?: {readonly end: bigint; readonly lsn: bigint; readonly life: number}

  constructor(link: Link) {
    this.#link = link
  }

  /** Transactions above the newest that is known to be on disk count as not begun yet. One whose changes are found is. */
  of(before: string, {snapshot, newest, written, flushed}: Seen): string {
    const [, end, list] = snapshot.split(':') as [string, string, string]
    const [, start] = before.split(':') as [string, string]
    const known = [
      BigInt(start),
      newest === null ? 0n : BigInt(newest) + 1n,
      this.#reached(BigInt(end), BigInt(written), BigInt(flushed)),
    ]
    const top = known.reduce((most, one) => (one > most ? one : most))
    if (top >= BigInt(end)) return snapshot
    const running = list.split(',').filter((xid) => xid !== '' && BigInt(xid) < top)
    return `${running[0] ?? top}:${top}:${running.join(',')}`
  }

  #reached(end: bigint, written: bigint, flushed: bigint): bigint {
    if (flushed >= written) return end
    const awaited = this.#awaited
    const {life} = this.#link
    if (awaited?.life === life && awaited.lsn > flushed) return 0n
    this.#awaited = {end, lsn: written, life}
    return awaited?.life === life ? awaited.end : 0n
  }
}
