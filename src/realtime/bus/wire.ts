// A batch in, text out, and back: values that nobody sent are 0, since JSON has no hole in a list.
import {PgextError} from '../../errors.ts'
import type {Batch, Change, Column, Message, Operation, Row, Shape} from '../../events/model.ts'

type Value = string | null | 0
type Values = readonly Value[]
type Table = readonly [relid: number, schema: string, table: string, columns: readonly (readonly [string, number, 0 | 1])[]]
/** a change: letter, place of its shape, row, old row, and of TRUNCATE the partition; a message: channel and payload */
type Entry =
  | readonly [letter: string, shape: number, row: Values | 0, old: Values | 0, ...partition: string[]]
  | readonly ['M', channel: string, payload: string]

interface Written {
  readonly xid: string
  readonly time: string
  readonly last: boolean
  readonly shapes: readonly Table[]
  readonly entries: readonly Entry[]
}

const LETTERS: Readonly<Record<Operation, string>> = {INSERT: 'I', UPDATE: 'U', DELETE: 'D', TRUNCATE: 'T'}
const OPERATIONS = new Map(Object.entries(LETTERS).map(([operation, letter]) => [letter, operation as Operation]))

/** What a batch holds; its tokens are the bus' own. */
export function encode({xid, time, last, entries}: Batch): string {
  const places = new Map<Shape, number>()
  const shapes: Table[] = []
  const placeOf = (shape: Shape): number => {
    const known = places.get(shape)
    if (known !== undefined) return known
    places.set(shape, shapes.length)
    return shapes.push(tableOf(shape)) - 1
  }
  const written: Written = {xid, time, last, shapes, entries: entries.map((entry) => writtenOf(entry, placeOf))}
  return JSON.stringify(written)
}

function writtenOf(entry: Change | Message, placeOf: (shape: Shape) => number): Entry {
  if (entry.kind === 'message') return ['M', entry.channel, entry.payload]
  const {operation, shape, row, old, partition} = entry
  const place = partition ? [partition.schema, partition.table] : []
  return [LETTERS[operation], placeOf(shape), valuesOf(row), valuesOf(old), ...place]
}

const tableOf = ({relid, schema, table, columns}: Shape): Table => [
  relid,
  schema,
  table,
  columns.map(({name, type, key}) => [name, type, key ? 1 : 0]),
]

const valuesOf = (row: Row | undefined): Values | 0 => (row ? row.map((value) => (value === undefined ? 0 : value)) : 0)

/** Shapes that were read, by their text: equal ones are one, since much is kept by them. */
const MOST_SHAPES = 2000

export class Decoder {
  readonly #shapes = new Map<string, Shape>()

  /** @throws PgextError what no server of this kind has written */
  decode(text: string, before: string, token: string): Batch {
    const {xid, time, last, shapes, entries} = JSON.parse(text) as Written
    const known = shapes.map((table) => this.#shapeOf(table))
    return {xid, time, last, before, token, entries: entries.map((entry) => readEntry(entry, known))}
  }

  #shapeOf(table: Table): Shape {
    const text = JSON.stringify(table)
    const known = this.#shapes.get(text)
    if (known) return known
    const [relid, schema, name, columns] = table
    const shape: Shape = {relid, schema, table: name, columns: columns.map(columnOf)}
    if (this.#shapes.size >= MOST_SHAPES) this.#shapes.clear()
    this.#shapes.set(text, shape)
    return shape
  }
}

const columnOf = ([name, type, key]: Table[3][number]): Column => ({name, type, key: key === 1})

function readEntry(entry: Entry, shapes: readonly Shape[]): Change | Message {
  if (entry[0] === 'M') return {kind: 'message', channel: entry[1] as string, payload: entry[2] as string}
  const [letter, place, row, old, schema, table] = entry as Exclude<Entry, readonly ['M', string, string]>
  const operation = OPERATIONS.get(letter)
  const shape = shapes[place]
  if (!operation || !shape) throw new PgextError('not-supported', 'the bus holds what this version of pgext does not know')
  return {
    kind: 'change',
    operation,
    shape,
    ...(row && {row: rowOf(row)}),
    ...(old && {old: rowOf(old)}),
    ...(schema !== undefined && table !== undefined && {partition: {schema, table}}),
  }
}

const rowOf = (values: Values): Row => values.map((value) => (value === 0 ? undefined : value))
