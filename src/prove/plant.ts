// A throwaway database and the names of tables in; rows planted in them and in all they reference, every constraint obeyed, out.
import type {Db} from '../postgres/db.ts'
import {type Cluster, clustersOf, merged, type Value, type Variable, variable} from './choices.ts'
import {type Check, type Column, factsOf, graphOf, type Table, type TableName, type Type} from './facts.ts'
import {insertRows} from './insert.ts'
import {type Demand, foreignVariables, type Row} from './keys.ts'
import {isUnicode, poolsOf} from './pools.ts'
import {quiet} from './quiet.ts'
import {reach, unitsOf} from './reach.ts'
import {openTrial, type Trial, type Tried} from './trial.ts'
import {type Wishes, wishesOf} from './wishes.ts'

export interface Planted {
  /** tables that were named and now hold rows */
  readonly filled: readonly string[]
  readonly unplanted: readonly {readonly table: string; readonly why: string}[]
  /** every table that may hold rows now, the referenced ones included */
  readonly tables: readonly TableName[]
}

export interface PlantOptions {
  /** constants of the rules to come, by 'schema.table': rows that obey them too are welcome */
  readonly hints?: ReadonlyMap<string, readonly string[]>
}

export async function plant(db: Db, tables: readonly TableName[], options: PlantOptions = {}): Promise<Planted> {
  const graph = await graphOf(db)
  const {units, all, named, cannot} = reach(graph, tables)
  const facts = await factsOf(db, graph, [...new Set([...all, ...named])])
  const loud = await quiet(
    db,
    all.map((oid) => facts.tables.get(oid)!),
  )
  const trial = await openTrial(db)
  const rows = new Map<number, Row[]>()
  const why = new Map<number, string>()
  const demands = new Map<number, Demand>()
  const field: Field = {
    ...facts,
    trial,
    demands,
    wishes: wishesOf(graph, facts.tables, options.hints),
    unicode: await isUnicode(db),
    pools: new Map(),
  }
  const rowsOf = (oid: number): readonly Row[] | undefined => {
    const parts = unitsOf(graph, graph.nodes.get(oid))
    return parts.some((part) => !rows.has(part)) ? undefined : parts.flatMap((part) => rows.get(part)!)
  }
  try {
    const waiting = new Set(all)
    while (waiting.size > 0) {
      const layer = nextLayer([...waiting], facts.tables, (oid) => rowsOf(oid) !== undefined)
      const grown = await plantLayer(
        layer.map((oid) => facts.tables.get(oid)!),
        field,
        rowsOf,
      )
      for (const {table, rows: planted, problem} of grown) {
        rows.set(table.oid, planted)
        if (problem) why.set(table.oid, problem)
        waiting.delete(table.oid)
        demand(table, planted, rowsOf, field)
      }
    }
  } finally {
    await trial.end()
    await loud()
  }
  const empty = [...units].filter(([, parts]) => parts.length > 0 && !parts.some((part) => rows.get(part)!.length > 0))
  const bare = new Set([...empty.map(([table]) => table), ...cannot.map(({table}) => table)])
  return {
    filled: [...units.keys()].filter((table) => !bare.has(table)),
    unplanted: [
      ...cannot,
      ...empty.map(([table, parts]) => ({table, why: why.get(parts[0]!) ?? 'no row was found that obeys its constraints'})),
    ],
    tables: all.map((oid) => ({schema: facts.tables.get(oid)!.schema, name: facts.tables.get(oid)!.name})),
  }
}

/** Tables whose references all stand; where none is left, a cycle is opened at the one that can best do without. */
function nextLayer(waiting: readonly number[], tables: ReadonlyMap<number, Table>, stands: (oid: number) => boolean): number[] {
  const missing = (oid: number) => tables.get(oid)!.foreigns.filter((foreign) => foreign.to !== oid && !stands(foreign.to))
  const ready = waiting.filter((oid) => missing(oid).length === 0)
  if (ready.length > 0) return ready
  const cost = (oid: number) => {
    const must = new Set(tables.get(oid)!.columns.flatMap((column) => (column.notNull ? [column.number] : [])))
    return missing(oid).reduce((sum, foreign) => sum + (foreign.columns.every((column) => must.has(column)) ? 1000 : 1), 0)
  }
  const costs = new Map(waiting.map((oid) => [oid, cost(oid)]))
  return [waiting.reduce((best, oid) => (costs.get(oid)! < costs.get(best)! ? oid : best))]
}

interface Field {
  readonly types: ReadonlyMap<number, Type>
  readonly tables: ReadonlyMap<number, Table>
  readonly trial: Trial
  readonly demands: Map<number, Demand>
  readonly wishes: Wishes
  readonly unicode: boolean
  /** values already judged */
  readonly pools: Map<string, string[]>
}

async function plantLayer(layer: readonly Table[], field: Field, rowsOf: (oid: number) => readonly Row[] | undefined) {
  const pools = await poolsOf(layer, field)
  const drafts = layer.map((table) => {
    const around = {
      rows: rowsOf,
      columnName: (oid: number, n: number) => field.tables.get(oid)!.columns.find((column) => column.number === n)!.name,
      values: (n: number) => pools.get(table.oid)!.get(n) ?? [],
    }
    return {table, ...clustersOf(table, variablesOf(table, field, around))}
  })
  const searches = drafts.flatMap(({clusters}) => clusters)
  const found = await field.trial.attempt<number[][]>(searches.map(({sql}) => sql))
  const solved = new Map(searches.map((cluster, n) => [cluster, found[n]!]))
  for (const [cluster, {code}] of solved) if (code) solved.set(cluster, await oneByOne(cluster, field.trial))
  const ready = drafts.map(({table, free, clusters}) => {
    const variables = [...free]
    let problem: string | undefined
    for (const cluster of clusters) {
      const {rows, message} = solved.get(cluster)!
      if (rows) variables.push(merged(cluster, rows))
      // PostgreSQL could not look at the rules apart from the table: rows are tried as they come
      else variables.push(...cluster.members)
      if (!rows)
        problem = message ?? `no values were found that obey ${cluster.checks.map((check: Check) => check.name).join(', ')}`
    }
    return {table, variables, problem}
  })
  return insertRows(ready, field.trial)
}

async function oneByOne(cluster: Cluster, trial: Trial): Promise<Tried<number[][]>> {
  const found = await trial.attempt<number[][]>(cluster.each())
  const rows = found.flatMap((tried) => tried.rows ?? [])
  return rows.length > 0 ? {rows} : (found.find((tried) => tried.message) ?? {})
}

type Around = Parameters<typeof foreignVariables>[1]

function variablesOf(table: Table, field: Field, around: Around): Variable[] {
  const demanded = field.demands.get(table.oid)
  const keys = foreignVariables(table, around).filter((v) => !demanded?.columns.some((column) => v.columns.includes(column)))
  if (demanded) keys.push(variable(demanded.columns, demanded.tuples))
  const taken = new Set(keys.flatMap((v) => v.columns))
  const plain = table.columns.filter((column) => !column.generated && !taken.has(column.number))
  return [...keys, ...plain.flatMap((column) => plainVariable(column, around.values(column.number), field.types))]
}

function plainVariable(column: Column, values: readonly Value[], types: ReadonlyMap<number, Type>): Variable[] {
  const type = types.get(column.typeId)
  const choices = column.notNull || type?.notNull ? [...values] : [...values, null]
  if (values.length === 0 && column.hasDefault) return []
  return [
    variable(
      [column.number],
      choices.map((value) => [value]),
      type?.labels?.length ?? 5,
    ),
  ]
}

/** What a table planted early in a cycle has referenced, the later one must hold. */
function demand(table: Table, planted: readonly Row[], rowsOf: (oid: number) => readonly Row[] | undefined, field: Field): void {
  for (const foreign of table.foreigns) {
    if (foreign.to === table.oid || rowsOf(foreign.to) !== undefined || field.demands.has(foreign.to)) continue
    const names = foreign.columns.map((n) => table.columns.find((column) => column.number === n)!.name)
    const tuples = planted.map((row) => names.map((name) => row.get(name) ?? null)).filter((tuple) => !tuple.includes(null))
    const distinct = [...new Map(tuples.map((tuple) => [JSON.stringify(tuple), tuple])).values()]
    if (distinct.length > 0) field.demands.set(foreign.to, {columns: foreign.toColumns, tuples: distinct})
  }
}
