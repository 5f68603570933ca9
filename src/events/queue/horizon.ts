// What a look has seen in, a snapshot out that stays true whatever happens. After a crash, ids of transactions that had reached no disk are given
// again: to have seen them roll back says nothing of who has them next.
import type {Link} from '../link.ts'

/** All of one moment, but for the log's bytes, which are of a moment after it. */
export interface Seen {
  readonly snapshot: string
  /** the newest transaction whose changes are found */
  readonly newest: string | null
  /** bytes of the log that were written, and that are on disk; null where the server does not say */
  readonly logged: string | null
  readonly flushed: string | null
}

/** A transaction, by its newest event. */
interface Found {
  readonly xid: string
  readonly last: bigint
}

export class Horizon {
  readonly #link: Link
  /** the session that all of this was seen on: a crash ends it */
  #life: number
  /** ids below `end`, and what was found until then, are on disk when the log is, up to `lsn` */
  #awaited?: {readonly end: bigint; readonly lsn: bigint; readonly found: readonly Found[]}
  #since: Found[] = []

  constructor(link: Link) {
    this.#link = link
    this.#life = link.life
  }

  /** Transactions above the newest that is known to be on disk count as not begun yet. One whose changes are found is, unless a writer did not wait. */
  of(before: string, {snapshot, newest, logged, flushed}: Seen, found: readonly Found[]): string {
    const [, end, list] = snapshot.split(':') as [string, string, string]
    const [, start] = before.split(':') as [string, string]
    const says = logged !== null && flushed !== null
    const reached = says ? this.#reached(BigInt(end), BigInt(logged), BigInt(flushed), found) : 0n
    const known = [BigInt(start), newest === null ? 0n : BigInt(newest) + 1n, reached]
    const top = known.reduce((most, one) => (one > most ? one : most))
    if (top >= BigInt(end)) return snapshot
    const running = list.split(',').filter((xid) => xid !== '' && BigInt(xid) < top)
    return `${running[0] ?? top}:${top}:${running.join(',')}`
  }

  /**
   * False: a crash took back what had been found, as happens to those who commit with synchronous_commit = off; and others may have their
   * ids by now.
   */
  async stands(): Promise<boolean> {
    if (this.#life === this.#link.life) return true
    const found = [...(this.#awaited?.found ?? []), ...this.#since]
    const [row] = await this.#link.query<{there: string}>(
      `select count(*)::text as there from pgext.event e
       join rows from (pg_catalog.unnest($1::text::pg_catalog.xid8[]), pg_catalog.unnest($2::text::bigint[])) f (xid, last) on e.xid = f.xid and e.id = f.last`,
      [found.map(({xid}) => xid), found.map(({last}) => last)].map((list) => `{${list.join(',')}}`),
    )
    this.#life = this.#link.life
    this.#awaited = undefined
    this.#since = []
    return Number(row!.there) === found.length
  }

  #reached(end: bigint, written: bigint, flushed: bigint, found: readonly Found[]): bigint {
    const awaited = this.#awaited
    if (flushed < written && awaited && awaited.lsn > flushed) {
      this.#since.push(...found)
      return 0n
    }
    this.#awaited = flushed < written ? {end, lsn: written, found: [...this.#since, ...found]} : undefined
    this.#since = []
    return this.#awaited ? (awaited?.end ?? 0n) : end
  }
}
