// A table's foreign keys and the rows that stand in the tables they reference in; variables whose choices are such references out.
import {type Value, type Variable, variable} from './choices.ts'
import type {Foreign, Table} from './facts.ts'

/** A row that stands, by column name. */
export type Row = ReadonlyMap<string, Value>

/** Rows that another table, planted earlier in a cycle, already references. */
export interface Demand {
  readonly columns: readonly number[]
  readonly tuples: readonly (readonly Value[])[]
}

export interface Around {
  /** undefined: not planted yet, as it stands in a cycle */
  rows(table: number): readonly Row[] | undefined
  columnName(table: number, column: number): string
  values(column: number): readonly Value[]
}

const MOST = 24

type Tuple = ReadonlyMap<number, Value>

/** References, tied together where they share a column (a tenant's number in many keys). */
export function foreignVariables(table: Table, around: Around): Variable[] {
  const groups: Foreign[][] = []
  for (const foreign of table.foreigns) {
    const touching = groups.filter((group) =>
      group.some((other) => other.columns.some((column) => foreign.columns.includes(column))),
    )
    for (const group of touching) groups.splice(groups.indexOf(group), 1)
    groups.push([...touching.flat(), foreign])
  }
  return groups.map((group) => referencesOf(table, group, around))
}

function referencesOf(table: Table, group: readonly Foreign[], around: Around): Variable {
  const columns = [...new Set(group.flatMap((foreign) => foreign.columns))]
  const nullable = new Set(table.columns.filter((column) => !column.notNull).map((column) => column.number))
  // those whose rows are known first: the others follow them
  const known = [...group].sort((a, b) => Number(isOpen(a, table, around)) - Number(isOpen(b, table, around)))
  let tuples: Tuple[] = [new Map()]
  for (const foreign of known) {
    const next = tuples.flatMap((tuple) => [
      ...referring(foreign, tuple, table, around),
      ...withoutIt(foreign, tuple, nullable, group),
    ])
    tuples = distinct(next, columns).slice(0, MOST * 4)
  }
  const filled = tuples.map((tuple) =>
    columns.map((column) => (tuple.has(column) ? tuple.get(column)! : (around.values(column)[0] ?? null))),
  )
  const nulls = (values: readonly Value[]) => values.filter((value) => value === null).length
  const valid = filled.filter((values) => values.every((value, n) => value !== null || nullable.has(columns[n]!)))
  const sorted = valid.map((values, n) => ({values, n})).sort((a, b) => nulls(a.values) - nulls(b.values) || a.n - b.n)
  const kept = sorted.length > MOST ? [...sorted.slice(0, MOST - 1), sorted.at(-1)!] : sorted
  return variable(
    columns,
    kept.map(({values}) => values),
  )
}

/** No rows to choose from yet: its own table, or one later in a cycle. */
function isOpen(foreign: Foreign, table: Table, around: Around): boolean {
  return foreign.to === table.oid || around.rows(foreign.to) === undefined
}

function referring(foreign: Foreign, tuple: Tuple, table: Table, around: Around): Tuple[] {
  if (isOpen(foreign, table, around)) return foretold(foreign, tuple, table, around)
  const names = foreign.toColumns.map((column) => around.columnName(foreign.to, column))
  return around.rows(foreign.to)!.flatMap((row) => {
    const values = names.map((name) => row.get(name) ?? null)
    return values.includes(null) ? [] : (joined(tuple, foreign.columns, values) ?? [])
  })
}

/** Keys that rows will have: of its own rows by their first values, of another table by what is then demanded of it. */
function foretold(foreign: Foreign, tuple: Tuple, table: Table, around: Around): Tuple[] {
  const own = foreign.to === table.oid
  return [0, 1, 2].flatMap((n) => {
    const values = foreign.columns.map(
      (column, at) => tuple.get(column) ?? around.values(own ? foreign.toColumns[at]! : column)[n] ?? null,
    )
    return values.includes(null) ? [] : (joined(tuple, foreign.columns, values) ?? [])
  })
}

function withoutIt(foreign: Foreign, tuple: Tuple, nullable: ReadonlySet<number>, group: readonly Foreign[]): Tuple[] {
  const shared = (column: number) => group.some((other) => other !== foreign && other.columns.includes(column))
  const free = foreign.columns.filter((column) => nullable.has(column) && !tuple.has(column))
  const own = free.filter((column) => !shared(column))
  const cleared = own.length > 0 ? own : free
  if (cleared.length === 0) return []
  return [new Map([...tuple, ...cleared.map((column) => [column, null] as const)])]
}

function joined(tuple: Tuple, columns: readonly number[], values: readonly Value[]): Tuple[] | undefined {
  const next = new Map(tuple)
  for (const [n, column] of columns.entries()) {
    if (next.has(column) && next.get(column) !== values[n]) return undefined
    next.set(column, values[n]!)
  }
  return [next]
}

function distinct(tuples: readonly Tuple[], columns: readonly number[]): Tuple[] {
  const seen = new Map<string, Tuple>()
  for (const tuple of tuples) {
    const key = JSON.stringify(columns.map((column) => tuple.get(column)))
    if (!seen.has(key)) seen.set(key, tuple)
  }
  return [...seen.values()]
}

/** References to the table's own rows, put right once those are known: to NULL where it may be, else to the row itself. */
export function closeOwn(table: Table, rows: readonly Map<number, Value>[]): void {
  const nullable = new Set(table.columns.filter((column) => !column.notNull).map((column) => column.number))
  for (const foreign of table.foreigns.filter((foreign) => foreign.to === table.oid)) {
    const keyOf = (row: ReadonlyMap<number, Value>, columns: readonly number[]) =>
      columns.map((column) => row.get(column) ?? null)
    const keys = new Set(rows.map((row) => JSON.stringify(keyOf(row, foreign.toColumns))))
    for (const row of rows) {
      const values = keyOf(row, foreign.columns)
      if (values.includes(null) || keys.has(JSON.stringify(values))) continue
      const free = foreign.columns.filter((column) => nullable.has(column))
      if (free.length > 0) for (const column of free) row.set(column, null)
      else foreign.columns.forEach((column, n) => void row.set(column, row.get(foreign.toColumns[n]!) ?? null))
    }
  }
}
