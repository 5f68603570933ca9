// An address in; a client of `pgext serve` out: changes of tables, their rows, channels and named queries, over a connection that mends itself.
import {Channel} from './channel.ts'
import {Line} from './line.ts'
import type {ClientError, ConnectOptions, RowOf, Status, TableName, TableOptions, Untyped} from './model.ts'
import type {Json, Row} from './protocol.ts'
import {Query} from './query.ts'
import {Table} from './table.ts'

export type {Channel} from './channel.ts'
export type {Collection} from './collection.ts'
export type {Change, ConnectOptions, Delete, Gone, Insert, Status, TableOptions, Truncate, Update, Warning} from './model.ts'
export {ClientError} from './model.ts'
export type {Query} from './query.ts'
export type {Table} from './table.ts'

/** The names of tables and their rows are those of the types that `pgext types` writes: `connect<Database>(url)`. */
export class Client<D = Untyped> {
  readonly #line: Line

  constructor(url: string, options: ConnectOptions = {}) {
    const {href} = new URL(url, (globalThis as any).location?.href)
    this.#line = new Line(href.replace(/^http/, 'ws'), options)
  }

  get status(): Status {
    return this.#line.status
  }

  /** `error`: those that no table, channel or query of its own was told of. */
  on(event: 'status', listener: (status: Status) => void): this
  on(event: 'error', listener: (error: ClientError) => void): this
  on(event: 'status' | 'error', listener: (value: any) => void): this {
    this.#line.on(event, listener)
    return this
  }

  off(event: 'status' | 'error', listener: (value: any) => void): this {
    this.#line.off(event, listener)
    return this
  }

  /** Subscribed to for as long as somebody listens. */
  table<T extends TableName<D>, C extends keyof RowOf<D, T> & string = keyof RowOf<D, T> & string>(
    name: T,
    options: TableOptions<C> = {},
  ): Table<Pick<RowOf<D, T>, C>> {
    return new Table(this.#line, name, options)
  }

  channel<T = Json>(name: string): Channel<T> {
    return new Channel(this.#line, name)
  }

  /** One of the server's `queries/*.sql`. */
  query<R = Row>(name: string, params?: Readonly<Record<string, Json>>): Query<R> {
    return new Query(this.#line, name, params)
  }

  /** Ends all that was asked for, and the connection. */
  close(): void {
    this.#line.close()
  }
}

/**
 * @param url `wss://api.example.com/realtime`, or where the page came from: `/realtime`
 *
 *     const client = connect('/', {token: () => fetch('/token').then((answer) => answer.text())})
 *     const tasks = client.table('tasks', {filter: 'done=is.false'}).snapshot()
 *     tasks.on('change', (rows) => show(rows))
 */
export function connect<D = Untyped>(url: string, options?: ConnectOptions): Client<D> {
  return new Client(url, options)
}
