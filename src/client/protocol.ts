// What clients and servers say to each other, version 1: one JSON object a frame. docs/protocol.md tells it in words.

export const PROTOCOL = 1

/** As in PostgREST: `room=eq.42&body=like.*x*`. */
export type FilterText = string

export type Operation = 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE'

/** A value as JSON has it. `bigint` and `numeric` are strings, dates and times ISO 8601 in UTC. */
export type Json = string | number | boolean | null | readonly Json[] | {readonly [name: string]: Json}

export type Row = Readonly<Record<string, Json>>

/** What a client says. `id` is the client's own: answers to a subscription, listener or query bear it. */
export type Request =
  | {readonly type: 'auth'; readonly token: string}
  | {
      readonly type: 'subscribe'
      /** default: the table's name as it was given */
      readonly id?: string
      /** `task` (of schema public) or `sales.order` */
      readonly table: string
      readonly events?: readonly Operation[]
      readonly filter?: FilterText
      /** default: all that the role may SELECT and pg_events lists */
      readonly columns?: readonly string[]
      /** the token of the last message that was dealt with */
      readonly since?: string
      /** as `subscribed` told it then: with `since`, so that `gone` says where something else may be seen now */
      readonly sight?: string
      /** begins with the rows as they are, then their changes, nothing missed or told twice */
      readonly snapshot?: boolean
    }
  | {readonly type: 'listen'; readonly id?: string; readonly channel: string}
  | {readonly type: 'publish'; readonly id?: string; readonly channel: string; readonly payload: Json}
  | {readonly type: 'query'; readonly id: string; readonly name: string; readonly params?: Readonly<Record<string, Json>>}
  | {readonly type: 'unsubscribe'; readonly id: string}
  /** All changes up to the last message with this token are dealt with: who says so is sent no more than it deals with. */
  | {readonly type: 'ack'; readonly token: string}
  | {readonly type: 'ping'; readonly id?: string}

/** One row's change as this subscriber sees it: a row that comes into sight is an INSERT, one that leaves it a DELETE with its key alone. */
export interface RowChange {
  readonly op: Operation
  readonly key: Row | null
  readonly row: Row | null
  readonly old?: Row
  readonly changed: readonly string[] | null
  readonly unchanged?: readonly string[]
  readonly partition?: {readonly schema: string; readonly table: string}
}

/** What a server says. */
export type Answer =
  | {readonly type: 'hello'; readonly protocol: number; readonly server: string}
  | {
      readonly type: 'auth'
      readonly role: string
      /** ISO 8601; absent: it does not expire */
      readonly expires?: string
      /** seconds until then, for clients whose clock is another one */
      readonly expiresIn?: number
    }
  | {readonly type: 'expired'}
  | {
      readonly type: 'subscribed'
      readonly id: string
      readonly token: string
      readonly columns: readonly string[]
      readonly key: readonly string[]
      /** of privileges, policies and claims: another one when they are others */
      readonly sight: string
    }
  | {readonly type: 'listening'; readonly id: string; readonly channel: string}
  | {readonly type: 'published'; readonly id?: string}
  | {readonly type: 'unsubscribed'; readonly id: string}
  /** A part of the rows as they stood; the last one says so, and has the token to resume from. */
  | {
      readonly type: 'snapshot'
      readonly id: string
      readonly rows: readonly Row[]
      readonly last: boolean
      readonly token?: string
    }
  /** All that one transaction changed, for this subscription; a large one comes in several, of which the last says so. */
  | {
      readonly type: 'change'
      readonly id: string
      readonly token: string
      readonly transaction: string
      readonly time: string
      readonly last: boolean
      readonly changes: readonly RowChange[]
    }
  /** Nothing came up to here that this subscription was not told: now and then, while it is told nothing else. */
  | {readonly type: 'reached'; readonly id: string; readonly token: string}
  | {
      readonly type: 'notify'
      readonly id: string
      readonly channel: string
      readonly payload: Json
      readonly token?: string
      readonly time?: string
    }
  | {
      readonly type: 'rows'
      readonly id: string
      readonly rows: readonly Row[]
      readonly key: readonly string[]
      readonly version: number
    }
  /** What has changed since the version before: rows by key, in the order they now stand. */
  | {
      readonly type: 'delta'
      readonly id: string
      readonly version: number
      readonly upserted: readonly Row[]
      readonly removed: readonly Row[]
      /** keys of all rows in their order; absent where it follows from what stood before */
      readonly order?: readonly Row[]
    }
  | {readonly type: 'warning'; readonly id?: string; readonly code: string; readonly message: string}
  /** This client does not keep up: it is closed with 4408, and may go on from the token. */
  | {readonly type: 'lagging'; readonly token: string | null}
  /** Something may have been missed: read anew. The subscription goes on from the token. */
  | {readonly type: 'gone'; readonly id: string; readonly token: string; readonly reason: string}
  | {readonly type: 'error'; readonly id?: string; readonly code: ErrorCode; readonly message: string; readonly hint?: string}
  | {readonly type: 'pong'; readonly id?: string}

export type ErrorCode =
  | 'bad-message'
  | 'bad-filter'
  /** of a query: it has others, or PostgreSQL can't read them as their types; this subscription has ended */
  | 'bad-params'
  | 'bad-token'
  | 'unauthorized'
  | 'id-taken'
  | 'id-unknown'
  | 'limit'
  /** no such table, channel or query, or not permitted: nobody is told which */
  | 'not-found'
  /** a policy, filter or query raised an error: this subscription has ended */
  | 'failed'
  | 'unavailable'

/** Codes of closing, beside those of the websocket protocol. */
export const CLOSE = {
  badMessage: 4400,
  unauthorized: 4401,
  expired: 4403,
  lagging: 4408,
  changedIdentity: 4409,
  tooMany: 4429,
  draining: 4503,
} as const
