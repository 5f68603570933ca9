// A captured change in, the event that users see out: as JSON text, and as an object.
import {momentText, rowJson, type Writer, type Writers} from './json.ts'
import type {Change, Operation, Row, Shape} from './model.ts'

/** A value as JSON has it. `bigint` and `numeric` are strings, dates and times are ISO 8601 in UTC, `json` columns are parsed. */
export type Value = string | number | boolean | null | readonly Value[] | {readonly [name: string]: Value}

/** Values by the names of their columns. */
export type Values = Readonly<Record<string, Value>>

/** A change of one row, or of a whole table (`TRUNCATE`), as it was committed. */
export interface Event {
  /** Where to go on from when this event is dealt with. */
  readonly token: string
  readonly schema: string
  /** The table's name; of a partition, its root's. */
  readonly table: string
  readonly op: Operation
  /** What tells this row from others: the values of its key. Null where the table has none, and of TRUNCATE. */
  readonly key: Values | null
  /** The row after the change; null of DELETE and TRUNCATE. */
  readonly row: Values | null
  /** The row before an UPDATE or DELETE, as far as it is known (of DELETE at least the key). */
  readonly old?: Values
  /** Columns that an UPDATE changed; null where that is not known (any may have been), and of all that is no UPDATE. */
  readonly changed: readonly string[] | null
  /** Columns that are missing in `row` because they were not sent: the UPDATE left them as they were. */
  readonly unchanged?: readonly string[]
  /** When it was committed (or written, where the database does not keep that): ISO 8601 in UTC. */
  readonly time: string
  /** Id of the transaction. */
  readonly transaction: string
  /** Of TRUNCATE: the one partition that was emptied, where it was not the whole table. */
  readonly partition?: {readonly schema: string; readonly table: string}
}

/** What a change does not say of itself. */
export interface Moment {
  readonly token: string
  /** Id of the transaction. */
  readonly xid: string
  /** As PostgreSQL writes a timestamptz in UTC. */
  readonly time: string
}

/** The event as JSON text, of which nothing was parsed: numbers and JSON have the characters that PostgreSQL wrote. */
export function eventJson(change: Change, {token, xid, time}: Moment, writers: Writers): string {
  const {schema, table} = change.shape
  return [
    `{"token":${JSON.stringify(token)}`,
    `"schema":${JSON.stringify(schema)}`,
    `"table":${JSON.stringify(table)}`,
    ...changeJson(change, writers),
    `"time":${JSON.stringify(momentText(time))}`,
    `"transaction":${JSON.stringify(xid)}`,
    ...partitionJson(change),
  ]
    .join(',')
    .concat('}')
}

/** What a change says of itself: the parts of an object of JSON, from `op` to `unchanged`. */
export function changeJson(change: Change, writers: Writers): string[] {
  const {shape, operation, row, old} = change
  const made = writers.of(shape)
  const changed = changedIn(change)
  const unsent = row ? shape.columns.flatMap(({name}, at) => (row[at] === undefined ? [name] : [])) : []
  return [
    `"op":"${operation}"`,
    `"key":${keyJson(shape, made, row ?? old)}`,
    `"row":${row ? rowJson(made, row) : 'null'}`,
    ...(old ? [`"old":${rowJson(made, old)}`] : []),
    `"changed":${changed ? JSON.stringify(changed) : 'null'}`,
    ...(unsent.length > 0 ? [`"unchanged":${JSON.stringify(unsent)}`] : []),
  ]
}

export const partitionJson = ({partition}: Change): string[] =>
  partition ? [`"partition":${JSON.stringify({schema: partition.schema, table: partition.table})}`] : []

/** The event as an object: what `JSON.parse` makes of its text. */
export function readEvent(json: string): Event {
  return JSON.parse(json)
}

/** Columns that an UPDATE changed; undefined: the row before is not known well enough, or it is no UPDATE. */
export function changedIn({operation, shape: {columns}, row, old}: Change): string[] | undefined {
  if (operation !== 'UPDATE' || !row || !old) return undefined
  const changed: string[] = []
  for (let at = 0; at < columns.length; at++) {
    if (row[at] === old[at] || row[at] === undefined) continue
    if (old[at] === undefined) return undefined
    changed.push(columns[at]!.name)
  }
  return changed
}

export function keyJson({columns}: Shape, writers: readonly Writer[], row?: Row): string {
  if (!row || !columns.some(({key}) => key)) return 'null'
  return rowJson(
    writers,
    row.map((value, at) => (columns[at]!.key ? value : undefined)),
  )
}
