// Every table of a database and the names of some in, where rows are to be planted for them out.
import type {Graph, Node, TableName} from './facts.ts'

export interface Reach {
  /** for each named table, the tables whose rows stand for its own */
  readonly units: ReadonlyMap<string, readonly number[]>
  /** all tables to plant, those referenced included */
  readonly all: readonly number[]
  /** referenced tables in order to know their columns */
  readonly named: readonly number[]
  readonly cannot: readonly {readonly table: string; readonly why: string}[]
}

/** How many partitions of a partitioned table get rows on its behalf. */
const PARTITIONS = 2

export function reach(graph: Graph, tables: readonly TableName[]): Reach {
  const byName = new Map([...graph.nodes.values()].map((node) => [`${node.schema}.${node.name}`, node]))
  const units = new Map<string, readonly number[]>()
  const cannot: {table: string; why: string}[] = []
  const all = new Set<number>()
  const named = new Set<number>()
  const walk = (oid: number): void => {
    if (all.has(oid)) return
    all.add(oid)
    for (const foreign of graph.foreigns.get(oid) ?? []) {
      named.add(foreign.to)
      for (const unit of unitsOf(graph, graph.nodes.get(foreign.to))) walk(unit)
    }
  }
  for (const {schema, name} of tables) {
    const table = `${schema}.${name}`
    const node = byName.get(table)
    if (!node || units.has(table)) continue
    const found = unitsOf(graph, node)
    units.set(table, found)
    if (found.length === 0) cannot.push({table, why: node.kind === 'f' ? 'it is a foreign table' : 'it has no partition'})
    found.forEach(walk)
  }
  return {units, all: [...all], named: [...named], cannot}
}

/** Where rows go: a plain table itself; under hash partitioning the whole, as only PostgreSQL knows which part; else the first partitions. */
export function unitsOf(graph: Graph, node: Node | undefined): number[] {
  if (!node || node.kind === 'f') return []
  const above = node.parent ? graph.nodes.get(node.parent) : undefined
  if (above?.strategy === 'h') return unitsOf(graph, above)
  if (node.kind === 'r') return [node.oid]
  const parts = graph.partitions.get(node.oid) ?? []
  if (parts.length === 0) return []
  if (node.strategy === 'h') return [node.oid]
  const found: number[] = []
  for (const part of parts) {
    if (found.length >= PARTITIONS) break
    found.push(...unitsOf(graph, graph.nodes.get(part.oid)))
  }
  return found.slice(0, PARTITIONS)
}
