// The words of costs: what one statement locks, writes anew and reads.

/** PostgreSQL's table-level locks, weakest first (manual, 13.3.1). */
export const LOCK_MODES = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const

export type LockMode = (typeof LOCK_MODES)[number]

/** What one statement does to relations that were there before it; names as SQL would have them, `public.orders`. */
export interface Cost {
  /**
   * The strongest lock on each. From SHARE UPDATE EXCLUSIVE up, since weaker ones are those of every SELECT and UPDATE; an index
   * or a column's sequence only where its table is not locked as strongly.
   */
  readonly locks: ReadonlyMap<string, LockMode>
  /** tables whose rows are all written anew */
  readonly rewrites: ReadonlySet<string>
  /** locked tables that are read from end to end meanwhile */
  readonly scans: ReadonlySet<string>
  /** it runs code whose locks nobody can tell beforehand (DO, CALL, SELECT f()) */
  readonly unknown?: true
  /** PostgreSQL was seen to do so on a copy; otherwise it is what its statements are known to do */
  readonly measured?: true
}
