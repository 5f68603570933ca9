// A database in; how large the tables are that a plan locks, and which of them hold nothing, out.
import {idOf} from '../diff/id.ts'
import type {ObjectId, Step} from '../diff/model.ts'
import type {Size} from './model.ts'
import type {Known} from './sides.ts'
import type {Target} from './target.ts'

const SIZES = `
  select w.name, pg_catalog.pg_table_size(c.oid)::float8 as bytes, c.reltuples::float8 as rows
  from pg_catalog.json_array_elements_text($1::text::json) w (name)
  join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(w.name) and c.relkind in ('r', 'm')`

export async function sizesOf(steps: readonly Step[], target: Target | undefined): Promise<Map<string, Size>> {
  const names = [...new Set(steps.flatMap(({cost}) => [...(cost?.locks.keys() ?? [])]))]
  if (!target || names.length === 0) return new Map()
  const {connect} = await import('../postgres/native.ts')
  const db = await connect(target.url)
  try {
    const rows = await db.query<{name: string; bytes: number; rows: number}>(SIZES, [JSON.stringify(names)])
    return new Map(rows.map(({name, bytes, rows}) => [name, {bytes, ...(rows >= 0 && {rows})}]))
  } finally {
    await db.close()
  }
}

const EMPTY = `
  select n.nspname as schema, c.relname as name, c.relkind = 'm' as materialized
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and case when c.relkind in ('r', 'm') then pg_catalog.pg_relation_size(c.oid) = 0
    when c.relkind = 'p' then not exists (
      select from pg_catalog.pg_partition_tree(c.oid) t where t.isleaf and pg_catalog.pg_relation_size(t.relid) > 0) end`

/** Tables where long work holds somebody up: those with rows; all, where the plan is for a database that nobody can look at yet. */
export async function busyIn(live: Known['live']): Promise<(table: ObjectId) => boolean> {
  if (!live) return () => true
  const {connect} = await import('../postgres/native.ts')
  const db = await connect(live.url)
  const rows = await db.query<{schema: string; name: string; materialized: boolean}>(EMPTY).finally(() => db.close())
  const empty = new Set(
    rows.map(({schema, name, materialized}) => idOf(materialized ? 'materialized view' : 'table', [schema, name])),
  )
  return (table) => !empty.has(table)
}
