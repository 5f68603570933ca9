// What a statement reaches and what pg_events declares in; the tables whose changes it hears of, and what it would never hear of, out.
import {type Declared, readDeclared} from '../../events/declared.ts'
import type {Asking} from '../../events/link.ts'
import {nameOf, type Reached} from './reach.ts'

/** Columns whose changes matter, of a table by the oid that its changes bear (of a partition its root's). */
export type Watched = ReadonlyMap<number, Watch>

export interface Watch {
  readonly oid: number
  readonly schema: string
  readonly table: string
  readonly columns: ReadonlySet<string> | 'all'
}

export interface Cover {
  readonly watched: Watched
  /** nobody is told of their changes */
  readonly missed: readonly Missed[]
}

export interface Missed {
  readonly relation: Reached
  /** it may be added to pg_events */
  readonly line?: string
}

export async function readCover(db: Asking, relations: readonly Reached[]): Promise<Cover> {
  const declared = await readDeclared(db)
  const tables = relations.filter(({kind}) => kind === 'r' || kind === 'p')
  const families = await db.query<{oid: number; above: number[]; leaves: number[][]; permanent: boolean}>(FAMILIES, [
    tables.map(({oid}) => oid),
  ])
  const known = new Map(families.map((family) => [family.oid, family]))
  const watched = new Map<number, Watch>()
  const missed: Missed[] = []
  for (const relation of relations) {
    const family = known.get(relation.oid)
    const roots = family && rootsOf(declared, family)
    for (const root of roots ?? []) watch(watched, root, declared, relation)
    if (!roots) missed.push({relation, ...(family?.permanent && !isSystem(relation) && {line: lineFor(declared, relation)})})
  }
  return {watched, missed}
}

/** A partition is its topmost declared ancestor's; a partitioned table that is not declared may be so by its partitions. */
const FAMILIES = `
  select c.oid, c.relpersistence = 'p' and c.relkind in ('r', 'p') as permanent,
    (select pg_catalog.json_agg(a.relid::pg_catalog.oid::pg_catalog.int8) from (select c.oid as relid union select relid from pg_catalog.pg_partition_ancestors(c.oid)) a)
      as above,
    (select pg_catalog.json_agg((select pg_catalog.json_agg(a.relid::pg_catalog.oid::pg_catalog.int8) from pg_catalog.pg_partition_ancestors(p.relid) a))
      from pg_catalog.pg_partition_tree(c.oid) p where p.isleaf) as leaves
  from pg_catalog.pg_class c where c.oid = any ($1::oid[])`

/** undefined: there are rows in it that nobody is told of changes of */
function rootsOf({tables}: Declared, {above, leaves}: {above: number[]; leaves: number[][] | null}): Set<number> | undefined {
  const own = above.find((oid) => tables.has(oid))
  if (own !== undefined) return new Set([own])
  if (!leaves || leaves.length === 0) return undefined
  const roots = leaves.map((ancestors) => ancestors?.find((oid) => tables.has(oid)))
  return roots.includes(undefined) ? undefined : new Set(roots as number[])
}

function watch(watched: Map<number, Watch>, oid: number, {tables}: Declared, {columns}: Reached): void {
  const {schema, table} = tables.get(oid)!
  const before = watched.get(oid)?.columns ?? new Set<string>()
  watched.set(oid, {
    oid,
    schema,
    table,
    columns: columns === 'all' || before === 'all' ? 'all' : new Set([...before, ...columns]),
  })
}

export const isSystem = ({schema}: {readonly schema: string}): boolean =>
  schema === 'information_schema' || schema.startsWith('pg_')

const lineFor = ({tables}: Declared, relation: Reached): string =>
  tables.size === 0
    ? `CREATE PUBLICATION pg_events FOR TABLE ${nameOf(relation)};`
    : `ALTER PUBLICATION pg_events ADD TABLE ${nameOf(relation)};`
