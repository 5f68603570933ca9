// The words of this room: who looks, what they may see of a table, and which of them see a change.
import type {PgextError} from '../errors.ts'
import type {Change} from '../events/model.ts'

/**
 * A *socket* is a connection of a client. A *viewer* is a role with claims: what PostgreSQL decides by; sockets with equal ones share it.
 * A *subscription* wants changes of one table, for one viewer. An *image* is one of the two rows of a change: as it was, as it is.
 * *Sight* says which viewers see an image. A subscription that can't be sure to have seen all is told *gone*: read anew.
 */

/** What a token says, as it was verified: nothing is read into it. */
export type Claims = Readonly<Record<string, unknown>>

export interface Viewer {
  /** The role that PostgreSQL asks for; never a superuser, and never one that passes by row-level security. */
  readonly role: string
  readonly claims: Claims
  /** JSON text of the claims: what `request.jwt.claims` is set to. */
  readonly text: string
  /** Equal for equal ones: role and claims. Viewers of one key are one object (`viewer.ts`). */
  readonly key: string
}

/** What a role may see of a realtime table. */
export interface Access {
  readonly relid: number
  readonly schema: string
  readonly table: string
  /** Columns that it may SELECT; all others are as if they were not there. */
  readonly columns: ReadonlySet<string>
  /** Of the key, all of which it may SELECT. */
  readonly key: readonly string[]
  /** Its index is checked late (DEFERRABLE): for a moment two rows may bear the same one (`untangle.ts`). */
  readonly isLate: boolean
  /** Of privileges and policies: another one when they are others. */
  readonly mark: string
  /** How rows are judged: not at all (privileges alone), by a compiled predicate, by one statement for all viewers, by one for each. */
  readonly tier: 'privileges' | 'compiled' | 'set' | 'viewer'
  /** Why it is no cheaper tier, for people: which policy, which part of it. */
  readonly why?: string
  /** Other tables that its policies read, by oid (of a partition its root): when one changes, what was seen is no longer known. */
  readonly reads: ReadonlySet<number>
  /** What can't be promised, for the subscriber: a table that policies read is not in pg_events, a function that may read anything. */
  readonly warnings: readonly string[]
}

/** Who sees one image. */
export interface Seen {
  readonly by: ReadonlySet<Viewer> | 'all'
  /**
   * Of whom nobody can tell, and why: `events-gone` where a value that is needed was not sent (read anew), else an error of theirs alone, as
   * when a policy raises (the subscription ends).
   */
  readonly unknown: ReadonlyMap<Viewer, PgextError>
}

/** Of a change: who sees the row after it, and the row before it; where there is none (or it is not known), undefined. */
export interface Judged {
  readonly row?: Seen
  readonly old?: Seen
}

/** What is told when privileges, policies, roles or memberships have changed. */
export interface Withdrawal {
  /** Tables whose viewers' access is another one now, or may be. */
  readonly tables: ReadonlySet<number>
}

/**
 * Permission, as PostgreSQL has it: privileges and row-level security of a viewer's role, with its claims.
 *
 * Policies of the root count for partitions, as they do for who reads by the root. TRUNCATE has no image: all who have access see it.
 */
export interface Sight {
  /**
   * Viewers are counted: once for each subscription.
   * @returns undefined where there is no such table, it is not realtime, or the role may not see its key: nobody is told which
   */
  join(table: {readonly schema: string; readonly table: string}, viewer: Viewer): Promise<Access | undefined>
  leave(relid: number, viewer: Viewer): void
  /** The access that a viewer who joined has now. */
  access(relid: number, viewer: Viewer): Access | undefined
  /** One for each change, in their order: of the viewers who joined its table. Images are whole rows, before the lists and filters of pg_events. */
  judge(changes: readonly Change[]): Promise<readonly Judged[]>
  /** Called within a second of a change of privileges, policies, roles or memberships, when `access` and `judge` go by it already. */
  withdrawn: (withdrawal: Withdrawal) => void
  /** Looks at once whether something changed: what pgext itself applied. */
  look(): Promise<void>
  close(): Promise<void>
}
