// The words of this room: a query that is kept up to date, what it depends on, when it is run again, and who is told.
import type {PgextError} from '../../errors.ts'
import type {Values} from '../../events/event.ts'
import type {Operation} from '../../events/model.ts'
import type {Row} from '../../postgres/db.ts'
import type {Viewer} from '../model.ts'

/**
 * A *statement* is one SELECT. It *reaches* tables: those that it names, those behind views, and those that policies read. A *standing* query
 * is a statement with parameters that is kept up to date for one or many *subscribers*, who need not know of each other. It is *triggered* by a
 * change that may have changed its *result*, and then *run*: at once, or when its throttle lets it. A *rule* says which changes trigger it.
 */

export interface Limits {
  /** rows of one result; more are an error */
  readonly rows: number
  /** of one result, or of several that are asked for together: reading is broken off, and what was read is forgotten */
  readonly bytes: number
  /** milliseconds that a run may take */
  readonly run: number
  /** milliseconds that a refresh function may take, with all that it asks */
  readonly refresh: number
  /** standing queries that are run by one statement */
  readonly batch: number
  /** sessions to the database */
  readonly sessions: number
}

export const LIMITS: Limits = {rows: 10_000, bytes: 16_777_216, run: 10_000, refresh: 1000, batch: 100, sessions: 4}

export const THROTTLE = 500

/** A value of a column, any of several, or `:result/column`: any that this column has in the last result. */
export type Wanted = string | number | boolean | null | readonly (string | number | boolean | null)[]

/** Tables by name (`orders`, `sales.orders`); of each the columns that a changed row must have these values in, before or after it. */
export type RefreshMap = Readonly<Record<string, Readonly<Record<string, Wanted>>>>

export interface ChangeTold {
  readonly op: Exclude<Operation, 'TRUNCATE'>
  /** `orders` of schema public, `sales.orders` */
  readonly table: string
  /** the row after the change; of DELETE the row that was, as far as it is known */
  readonly row: Values
  /** what an UPDATE changed, by column; null where the row before it is not known; empty for INSERT and DELETE */
  readonly changes: Readonly<Record<string, readonly [before: Values[string], after: Values[string]]>> | null
}

/** Asks the database, as who the query runs as, and read-only. */
export interface Asker {
  query<R extends Row = Row>(sql: string, parameters?: readonly unknown[]): Promise<R[]>
}

/** `true`: run the query again; `false`: not because of this change; `'tracked'`: what would be done without a function. */
export type RefreshFunction = (
  db: Asker,
  result: readonly Values[],
  change: ChangeTold,
) => boolean | 'tracked' | Promise<boolean | 'tracked'>

export type Refresh = RefreshMap | RefreshFunction

/** What is asked for. */
export interface Query {
  readonly sql?: string
  /** of a file in `queries/`; instead of `sql` */
  readonly name?: string
  /** $1, $2, …; by their names where a file names them */
  readonly params?: readonly unknown[] | Readonly<Record<string, unknown>>
  /** least milliseconds between two runs */
  readonly throttleMs?: number
  readonly refresh?: Refresh
  /** columns of the result that tell its rows apart; without them, a primary key that the result has */
  readonly key?: readonly string[]
  /** tables that nobody is told of changes of are no error: what they hold is taken to stay as it is */
  readonly static?: boolean
  /** tables that its functions read, which nobody can see */
  readonly reads?: readonly string[]
}

export interface Subscriber extends Query {
  /** the subscriber's own name for it: messages bear it */
  readonly id: string
  /** without one it runs as the session's own role */
  readonly viewer?: Viewer
  /** `rows`, `delta` or `warning` of the protocol, as JSON text */
  readonly send: (message: string) => void
  /** This run, or the beginning, has failed. It goes on: the next change runs it again. */
  readonly onError: (error: PgextError) => void
}

export interface Handle {
  /** Another query in its place, for the same subscriber: what came before is not told any more. */
  replace(query: Query): void
  /** All rows once more: where what was told could not be handed on. */
  repeat(): void
  close(): void
}
