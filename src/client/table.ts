// A table's name and what of it is wanted in; its changes out, for as long as somebody listens: over lost connections, and never with a silent gap.
import {Collection} from './collection.ts'
import type {Line} from './line.ts'
import type {Change, ClientError, Delete, Gone, Insert, Moment, TableOptions, Truncate, Update, Warning} from './model.ts'
import type {Answer, Request} from './protocol.ts'
import {Wish} from './wish.ts'

export interface TableEvents<R> {
  INSERT: Insert<R>
  UPDATE: Update<R>
  DELETE: Delete<R>
  TRUNCATE: Truncate<R>
  /** each change */
  '*': Change<R>
  /** all that one transaction changed; of a large one a part, the last of which says so */
  transaction: Moment & {readonly changes: readonly Change<R>[]; readonly last: boolean}
  subscribed: {readonly columns: readonly string[]; readonly key: readonly string[]}
  /** the rows as they stood, where they were asked for; again when something may have been missed */
  snapshot: readonly R[]
  gone: Gone
  warning: Warning
  error: ClientError
}

/** Milliseconds between two snapshots. */
const LEAST = 1000

export class Table<R> extends Wish<TableEvents<R>> implements AsyncIterable<Change<R> | Gone> {
  readonly #options: TableOptions
  readonly #isWhole: boolean
  /** of the last message that was dealt with */
  #since?: string
  /** who saw what, when that was */
  #sight?: string
  /** @internal who is told of errors in its place */
  failed?: (error: ClientError) => boolean
  #rows: R[] = []
  #begun = 0
  #timer?: ReturnType<typeof setTimeout>

  constructor(line: Line, name: string, {snapshot, ...options}: TableOptions) {
    super(line, name)
    this.#options = options
    this.#isWhole = snapshot ?? false
  }

  /** Its rows, always up to date. */
  snapshot(): Collection<R> {
    const {events: _, ...options} = this.#options
    return new Collection(new Table<R>(this.line, this.name, {...options, snapshot: true}))
  }

  [Symbol.asyncIterator](): AsyncIterator<Change<R> | Gone> {
    return this.follow(['*', 'gone'])
  }

  /** @internal Begins with a snapshot anew; not more than once a second, be it lost ever so often. */
  again(): void {
    this.#since = undefined
    this.#timer ??= setTimeout(
      () => {
        this.#timer = this.#since = undefined
        this.#begun = Date.now()
        this.line.again(this)
      },
      Math.min(Math.max(this.#begun + LEAST - Date.now(), 0), LEAST),
    )
  }

  /** @internal */
  request(id: string): Request {
    const since = this.#since
    this.#rows = []
    const where = since ? {since, sight: this.#sight} : this.#isWhole ? {snapshot: true} : {}
    return {type: 'subscribe', id, table: this.name, ...this.#options, ...where}
  }

  /** @internal */
  hear(answer: Answer): void {
    switch (answer.type) {
      case 'subscribed':
        // of one that goes on, what was missed follows; a snapshot has a token of its own
        if (!this.#isWhole) this.#since ??= answer.token
        this.#sight = answer.sight
        this.emit('subscribed', answer)
        break
      case 'snapshot':
        for (const row of answer.rows) this.#rows.push(row as R)
        if (!answer.last) break
        this.#since = answer.token
        this.emit('snapshot', this.#rows.splice(0))
        break
      case 'change':
        this.#since = answer.token
        this.#change(answer)
        break
      case 'reached':
        this.#since = answer.token
        break
      case 'gone':
        this.#lose(answer.reason, answer.token)
        break
      case 'warning':
        this.emit('warning', answer)
    }
  }

  /** @internal */
  override fail(error: ClientError): boolean {
    if (!this.failed) return super.fail(error)
    this.end()
    return this.failed(error)
  }

  /** @internal */
  override lost(isOther: boolean): void {
    if (isOther && this.#since) this.#lose('the token is of somebody else than before')
  }

  protected override end(): void {
    clearTimeout(this.#timer)
    this.#timer = this.#since = undefined
    super.end()
  }

  #change({transaction, time, last, changes: told}: Answer & {type: 'change'}): void {
    const changes = told.map((change) => ({...change, transaction, time}) as Change<R>)
    for (const change of changes) {
      this.emit(change.op, change as never)
      this.emit('*', change)
    }
    this.emit('transaction', {transaction, time, last, changes})
  }

  #lose(reason: string, token?: string): void {
    this.#since = token
    this.emit('gone', {op: 'gone', reason})
    if (this.#isWhole && token) this.again()
  }
}
