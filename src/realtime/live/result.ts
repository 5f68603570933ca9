// Rows as PostgreSQL wrote them in; what a subscriber is told of them out, whole or as what has changed since: JSON of which nothing was parsed.
import {rowJson, type Writer, type Writers} from '../../events/json.ts'
import type {Shape} from '../../events/model.ts'
import type {Column} from '../../postgres/describe.ts'

type Values = readonly (string | null)[]

/** How rows are written: made once for each statement. */
export class Format {
  readonly columns: readonly Column[]
  readonly #writers: Writers
  readonly #shape: Shape

  constructor(columns: readonly Column[], writers: Writers) {
    this.columns = columns
    this.#writers = writers
    this.#shape = {relid: 0, schema: '', table: '', columns: columns.map(({name, type}) => ({name, type, key: false}))}
  }

  row(values: Values): string {
    return rowJson(this.#made(), values)
  }

  /** The columns at these places alone. */
  part(values: Values, at: readonly number[]): string {
    const made = this.#made()
    return rowJson(
      at.map((at) => made[at]!),
      at.map((at) => values[at]),
    )
  }

  #made(): readonly Writer[] {
    return this.#writers.of(this.#shape)
  }
}

export class Result {
  /** JSON of each */
  readonly rows: readonly string[]
  readonly format: Format
  /** places of the columns that tell its rows apart; undefined: nothing does */
  readonly key?: readonly number[]
  /** rows by the JSON of their key, in order */
  readonly #byKey?: ReadonlyMap<string, string>

  #parsed?: readonly Record<string, any>[]

  private constructor(
    rows: readonly string[],
    format: Format,
    keyed?: {key: readonly number[]; byKey: ReadonlyMap<string, string>},
  ) {
    this.rows = rows
    this.format = format
    this.key = keyed?.key
    this.#byKey = keyed?.byKey
  }

  /** @param keys of which the first that does tell them apart is taken */
  static of(rows: readonly Values[], format: Format, keys: readonly (readonly number[])[]): Result {
    const written = rows.map((row) => format.row(row))
    for (const key of keys) {
      const byKey = new Map(rows.map((row, at) => [format.part(row, key), written[at]!]))
      if (byKey.size === rows.length) return new Result(written, format, {key, byKey})
    }
    return new Result(written, format)
  }

  /** Of rows whose order means nothing: those that were there keep their places. */
  inOrderOf(before: Result): Result {
    const [now, then] = [this.#byKey, before.#byKey]
    if (!now || !then || `${this.key}` !== `${before.key}`)
      return `${this.rows.toSorted()}` === `${before.rows.toSorted()}` && `${this.key}` === `${before.key}` ? before : this
    const order = [...then.keys()].filter((key) => now.has(key)).concat([...now.keys()].filter((key) => !then.has(key)))
    const byKey = new Map(order.map((key) => [key, now.get(key)!]))
    return new Result([...byKey.values()], this.format, {key: this.key!, byKey})
  }

  /** As objects. */
  values(): readonly Record<string, any>[] {
    this.#parsed ??= this.rows.map((row) => JSON.parse(row))
    return this.#parsed
  }

  equals({rows, key}: Result): boolean {
    return rows.length === this.rows.length && `${key}` === `${this.key}` && rows.every((row, at) => row === this.rows[at])
  }

  /** The fields of a `rows` message. */
  whole(version: number): string {
    const key = (this.key ?? []).map((at) => this.format.columns[at]!.name)
    return `"rows":[${this.rows.join(',')}],"key":${JSON.stringify(key)},"version":${version}`
  }

  /** The fields of a `delta` message; undefined where it is best told whole. */
  since(before: Result, version: number): string | undefined {
    const [now, then] = [this.#byKey, before.#byKey]
    if (!now || !then || `${this.key}` !== `${before.key}`) return undefined
    const upserted = [...now].filter(([key, row]) => then.get(key) !== row)
    const removed = [...then.keys()].filter((key) => !now.has(key))
    if (upserted.length + removed.length > now.size) return undefined
    // where those that stay keep their places, and new ones come last, the order follows
    const order = [...then.keys()].filter((key) => now.has(key)).concat(upserted.flatMap(([key]) => (then.has(key) ? [] : [key])))
    let at = 0
    const follows = [...now.keys()].every((key) => key === order[at++])
    return [
      `"version":${version}`,
      `"upserted":[${upserted.map(([, row]) => row).join(',')}]`,
      `"removed":[${removed.join(',')}]`,
      ...(follows ? [] : [`"order":[${[...now.keys()].join(',')}]`]),
    ].join(',')
  }
}
