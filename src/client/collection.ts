// The snapshot and the changes of a table in, its rows as they are now out.
import {Emitter} from './emitter.ts'
import {type Change, ClientError, type Warning} from './model.ts'
import type {Table, TableEvents} from './table.ts'

export interface CollectionEvents<R> {
  /** the rows as they are now */
  change: readonly R[]
  warning: Warning
  error: ClientError
}

export class Collection<R> extends Emitter<CollectionEvents<R>> implements AsyncIterable<readonly R[]> {
  readonly #table: Table<R>
  #byKey = new Map<string, R>()
  #rows?: readonly R[] = []
  #key: readonly string[] = []
  #shape = ''
  #isKnown = false

  /** @param table begins with a snapshot, and is the collection's alone */
  constructor(table: Table<R>) {
    super()
    this.#table = table
    this.#table.failed = (error) => this.emit('error', error) || this.stop(error)
    this.#table
      .on('subscribed', (shape) => this.#begin(shape))
      .on('snapshot', (rows) => {
        this.#byKey = new Map(rows.map((row) => [this.#keyOf(row), row]))
        this.#isKnown = true
        this.#tell()
      })
      .on('transaction', ({changes, last}) => {
        if (!this.#isKnown) return
        if (!changes.every((change) => this.#take(change))) this.#again()
        else if (last) this.#tell()
      })
      .on('warning', (warning) => this.emit('warning', warning))
  }

  /** As they are now, in no order that would be promised; the same array until something changes. */
  get rows(): readonly R[] {
    this.#rows ??= [...this.#byKey.values()]
    return this.#rows
  }

  /** Whether they have been told, and nothing of them is in doubt. */
  get isKnown(): boolean {
    return this.#isKnown
  }

  /** The row that has these values in the columns of the key. */
  get(key: Partial<R>): R | undefined {
    return this.#byKey.get(this.#keyOf(key))
  }

  close(): void {
    this.#table.close()
    this.stop()
  }

  /** The rows as they are, whenever they have changed. */
  [Symbol.asyncIterator](): AsyncIterator<readonly R[]> {
    return this.follow(['change'], {isLatest: true, ...(this.#isKnown && {first: this.rows})})
  }

  #begin({key, columns}: TableEvents<R>['subscribed']): void {
    const shape = JSON.stringify([key, columns])
    this.#key = key
    if (key.length === 0)
      this.#table.fail(new ClientError('failed', 'the table has no key by which its rows could be told apart'))
    // it goes on from where it was, but as another one
    else if (this.#isKnown && shape !== this.#shape) this.#again()
    this.#shape = shape
  }

  /** They are not known now. */
  #again(): void {
    this.#isKnown = false
    this.#table.again()
  }

  /** false: what the row is now is not known. */
  #take(change: Change<R>): boolean {
    if (change.op === 'TRUNCATE') {
      this.#byKey.clear()
      return !change.partition
    }
    const key = this.#keyOf(change.key!)
    if (change.op === 'DELETE') this.#byKey.delete(key)
    else {
      const before = this.#byKey.get(key)
      if (change.unchanged && !before) return false
      this.#byKey.set(key, {...before, ...change.row})
    }
    return true
  }

  #keyOf(row: Partial<R>): string {
    return JSON.stringify(this.#key.map((name) => row[name as keyof R]))
  }

  #tell(): void {
    this.#rows = undefined
    this.emit('change', this.rows)
  }
}
