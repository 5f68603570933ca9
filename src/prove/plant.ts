// A throwaway database and the names of tables in; rows planted in them and in all they reference, every constraint obeyed, out.
import type {Db} from '../postgres/db.ts'
import {type Cluster, clustersOf, merged, rulesOf, type Value, type Variable, variable} from './choices.ts'
import {type Check, type Column, factsOf, graphOf, type Table, type TableName, type Type} from './facts.ts'
import {insertRows} from './insert.ts'
import {type Demand, foreignVariables, type Row} from './keys.ts'
import {literalsIn} from './literals.ts'
import {quiet} from './quiet.ts'
import {reach, unitsOf} from './reach.ts'
import {openTrial, type Trial, type Tried} from './trial.ts'
import {valuesOf} from './values.ts'

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
  const trial = await openTrial(db)
  const loud = await quiet(
    db,
    all.map((oid) => facts.tables.get(oid)!),
  )
  const rows = new Map<number, Row[]>()
  const why = new Map<number, string>()
  const demands = new Map<number, Demand>()
  const field = {
    ...facts,
    trial,
    demands,
    hints: options.hints ?? new Map(),
    unicode: await isUnicode(db),
    pools: new Map<string, string[]>(),
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
    await loud()
    await trial.end()
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
  readonly hints: ReadonlyMap<string, readonly string[]>
  readonly unicode: boolean
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

/** Values for every column, all judged by PostgreSQL in one go. */
async function poolsOf(layer: readonly Table[], field: Field): Promise<Map<number, Map<number, readonly string[]>>> {
  const wanted = layer.flatMap((table) => {
    const inKey = new Set([
      ...table.uniques.flatMap((unique) => unique.columns),
      ...table.foreigns.flatMap((f) => [...f.columns, ...(f.to === table.oid ? f.toColumns : [])]),
    ])
    const hints = field.hints.get(`${table.schema}.${table.name}`) ?? []
    return table.columns.flatMap((column) => {
      if (column.generated) return []
      const rules = rulesOf(table).filter(
        (check) => check.columns.includes(column.number) || readByGenerated(table, check, column.number),
      )
      const near = rules.map((check) => literalsIn(check.expression)).concat(hints.map((hint) => literalsIn(hint)))
      const literals = {texts: near.flatMap((l) => l.texts), numbers: near.flatMap((l) => l.numbers)}
      const many = rules.length > 0 || inKey.has(column.number)
      const key = JSON.stringify([column.type, many, inKey.has(column.number), literals])
      return [{table, column, key, wanted: {near: literals, many}, calm: inKey.has(column.number)}]
    })
  })
  const fresh = new Map(wanted.filter(({key}) => !field.pools.has(key)).map((want) => [want.key, want]))
  const texts = [...fresh].flatMap(([key, {column, wanted, calm}]) => {
    const values = valuesOf(column.typeId, field.types, wanted).filter((text) => field.unicode || isAscii(text))
    // a key begins with small numbers, so that keys of other types can hold them too
    const ordered = calm && values.length > 6 ? [...values].sort((a, b) => Number(isFar(a)) - Number(isFar(b))) : values
    return ordered.map((text) => ({key, text, type: column.type}))
  })
  const cast = await field.trial.cast(texts)
  for (const key of fresh.keys()) field.pools.set(key, [])
  texts.forEach(({key}, n) => {
    const value = cast[n]
    const pool = field.pools.get(key)!
    if (value !== null && value !== undefined && !pool.includes(value)) pool.push(value)
  })
  const pools = new Map<number, Map<number, readonly string[]>>(layer.map((table) => [table.oid, new Map()]))
  for (const {table, column, key} of wanted) pools.get(table.oid)!.set(column.number, field.pools.get(key)!)
  return pools
}

function readByGenerated(table: Table, check: Check, column: number): boolean {
  return table.columns.some((other) => other.generated && other.from?.includes(column) && check.columns.includes(other.number))
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

async function isUnicode(db: Db): Promise<boolean> {
  return (await db.query(`select pg_catalog.current_setting('server_encoding') as encoding`))[0]!.encoding === 'UTF8'
}

const isAscii = (text: string): boolean => [...text].every((c) => c.charCodeAt(0) < 128)

const isFar = (text: string): boolean => Math.abs(Number(text)) > 1000
