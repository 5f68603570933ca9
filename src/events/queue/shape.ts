// What the queue says of a table's columns in, a shape out, and the order in which a row's text has them.
import type {Shape} from '../model.ts'

/** A shape as it was recorded (templates/pg_events/2-shape.sql): of a partition the columns stand in its own order. */
export interface Recorded {
  readonly shape: Shape
  /** Where each of the shape's columns stands in the text of a row; undefined: in the same order. */
  readonly order?: readonly number[]
}

type Told = readonly [name: string, type: number, key: boolean, place: number | null]

export function readShape(text: string): Recorded {
  const {relid, schema, table, columns} = JSON.parse(text) as {relid: number; schema: string; table: string; columns: Told[]}
  const known = columns.flatMap(([name, type, key, place], at) =>
    place === null ? [] : [{column: {name, type, key}, place, at}],
  )
  const sorted = known.toSorted((a, b) => a.place - b.place)
  const isSame = columns.length === sorted.length && sorted.every(({at}, index) => at === index)
  return {
    shape: {relid, schema, table, columns: sorted.map(({column}) => column)},
    order: isSame ? undefined : sorted.map(({at}) => at),
  }
}
