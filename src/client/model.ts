// The words of the client: what is asked of it, what it says, and what the types that `pgext types` writes mean for it.
import {CLOSE, type ErrorCode, type Operation, type Row} from './protocol.ts'

export interface ConnectOptions {
  /**
   * A JWT, or what makes one: it is asked again before the last one expires, and whenever the connection is made anew. Without one the server
   * decides what strangers may see.
   */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>)
  /** Where there is no global one, as in Node 20: `import WebSocket from 'ws'` */
  readonly WebSocket?: new (
    url: string,
    protocols?: string | string[],
  ) => WebSocketLike
  /** Milliseconds until the connection is made again, by how often that has failed and the code of the last close; up to 30 s, at random. */
  readonly delay?: (attempt: number, code?: number) => number
}

/** What browsers, Node 22 and `ws` all have. */
export interface WebSocketLike {
  readonly readyState: number
  onmessage: any
  onclose: any
  onerror: any
  send(data: string): void
  close(code?: number): void
}

/** `waiting` for the next attempt; `closed`: by the page, or because the server refused the one token that there is. */
export type Status = 'connecting' | 'open' | 'waiting' | 'closed'

/** What the server answered instead of what was asked for. */
export class ClientError extends Error {
  readonly code: ErrorCode | 'closed'
  /** what to do about it */
  readonly hint?: string

  constructor(code: ErrorCode | 'closed', message: string, {hint, cause}: {hint?: string; cause?: unknown} = {}) {
    super(message, {cause})
    this.name = 'ClientError'
    this.code = code
    this.hint = hint
  }
}

/** Any time up to a bound that doubles, so that clients do not come back all at once; a server that was told to go is soon there again. */
export function delayOf(attempt: number, code?: number): number {
  return Math.random() * (code === CLOSE.draining ? 3000 : Math.min(30_000, 500 * 2 ** attempt))
}

/** No types are given: any name will do. */
export interface Untyped {
  readonly untyped: never
}

/** `tasks` of schema public, `sales.orders` of others. */
export type TableName<D> = D extends Untyped
  ? string
  :
      | (D extends {public: {Tables: infer T}} ? keyof T & string : never)
      | {[S in keyof D & string]: D[S] extends {Tables: infer T} ? `${S}.${keyof T & string}` : never}[keyof D & string]

/** A row as it is told. */
export type RowOf<D, T extends string> = D extends Untyped
  ? Row
  : D extends {public: {Tables: {[N in T]: {Row: infer R}}}}
    ? Told<R>
    : T extends `${infer S}.${infer N}`
      ? D extends {[K in S]: {Tables: {[K in N]: {Row: infer R}}}}
        ? Told<R>
        : never
      : never

/** `bigint` and `numeric` come as strings, which the types do not tell from other numbers. */
export type Told<R> = {[C in keyof R]: ToldValue<R[C]>}
type ToldValue<V> = V extends number ? number | string : V extends readonly number[] ? readonly (number | string)[] : V

export interface TableOptions<C extends string = string> {
  /** as PostgREST has it: `room=eq.42&body=like.*x*` */
  readonly filter?: string
  /** all that may be seen, unless said otherwise */
  readonly columns?: readonly C[]
  readonly events?: readonly Operation[]
  /** Begins with the rows as they are (event `snapshot`), and anew whenever something may have been missed. */
  readonly snapshot?: boolean
}

/** What all changes of a transaction have in common. */
export interface Moment {
  readonly transaction: string
  /** ISO 8601 */
  readonly time: string
}

interface Common<R> extends Moment {
  /** what tells the row from others; null where the table has no key */
  readonly key: Partial<R> | null
  /** columns that are missing in `row`, as they were not sent: an UPDATE left them as they were */
  readonly unchanged?: readonly string[]
}

/** The row is there, or came into sight. */
export interface Insert<R> extends Common<R> {
  readonly op: 'INSERT'
  readonly row: R
}

export interface Update<R> extends Common<R> {
  readonly op: 'UPDATE'
  readonly row: R
  /** as far as it is known */
  readonly old?: Partial<R>
  /** null: any may have */
  readonly changed: readonly string[] | null
}

/** The row is gone, or out of sight. */
export interface Delete<R> extends Common<R> {
  readonly op: 'DELETE'
  readonly row: null
  readonly old?: Partial<R>
}

export interface Truncate<R> extends Common<R> {
  readonly op: 'TRUNCATE'
  readonly row: null
  /** the one that was emptied, where it was not the whole table */
  readonly partition?: {readonly schema: string; readonly table: string}
}

export type Change<R> = Insert<R> | Update<R> | Delete<R> | Truncate<R>

/** You may have missed something: read anew. What comes next comes without a gap. */
export interface Gone {
  readonly op: 'gone'
  readonly reason: string
}

export interface Warning {
  readonly code: string
  readonly message: string
}
