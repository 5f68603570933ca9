// A database in; how large the tables are that a plan locks, and which of them hold nothing, out.
import {idOf} from '../diff/id.ts'
import type {ObjectId, Step} from '../diff/model.ts'
import type {PgextError} from '../errors.ts'
import type {Row} from '../postgres/db.ts'
import type {Size} from './model.ts'
import type {Known} from './sides.ts'
import type {Target} from './target.ts'

/** To measure a table means to wait for whoever has it for himself alone, or wants to: of those what the last ANALYZE has seen must do. */
const HELD = `
  held as materialized (
    select l.relation as oid from pg_catalog.pg_locks l
    where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock'
      and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
  )`

const SIZES = `
  with ${HELD}
  select w.name, c.reltuples::float8 as rows,
    case when c.oid in (select oid from held) then c.relpages * pg_catalog.current_setting('block_size')::float8
      else pg_catalog.pg_table_size(c.oid) end::float8 as bytes
  from pg_catalog.json_array_elements_text($1::text::json) w (name)
  join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(w.name) and c.relkind in ('r', 'm')`

/** A lock that somebody takes meanwhile: milliseconds to wait for it, and how often the question is asked again. */
const [TURN, TURNS] = [500, 20]

async function measure<R extends Row>(url: string, sql: string, values: readonly unknown[] = []): Promise<R[]> {
  const {connect} = await import('../postgres/native.ts')
  const db = await connect(url)
  try {
    await db.script(`set lock_timeout = '${TURN}ms'`)
    for (let turn = 1; ; turn++) {
      try {
        return await db.query<R>(sql, values)
      } catch (error) {
        if (turn === TURNS || (error as PgextError).sqlstate !== '55P03') throw error
      }
    }
  } finally {
    await db.close()
  }
}

export async function sizesOf(steps: readonly Step[], target: Target | undefined): Promise<Map<string, Size>> {
  const names = [...new Set(steps.flatMap(({cost}) => [...(cost?.locks.keys() ?? [])]))]
  if (!target || names.length === 0) return new Map()
  const rows = await measure<{name: string; bytes: number; rows: number}>(target.url, SIZES, [JSON.stringify(names)])
  return new Map(rows.map(({name, bytes, rows}) => [name, {bytes, ...(rows >= 0 && {rows})}]))
}

const EMPTY = `
  with ${HELD}
  select n.nspname as schema, c.relname as name, c.relkind = 'm' as materialized
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and case when c.oid in (select oid from held) then false
    when c.relkind in ('r', 'm') then pg_catalog.pg_relation_size(c.oid) = 0
    when c.relkind = 'p' then not exists (
      select from pg_catalog.pg_partition_tree(c.oid) t
      where t.isleaf and case when t.relid in (select oid from held) then true else pg_catalog.pg_relation_size(t.relid) > 0 end) end`

/** Tables where long work holds somebody up: those with rows; all, where the plan is for a database that nobody can look at yet. */
export async function busyIn(live: Known['live']): Promise<(table: ObjectId) => boolean> {
  if (!live) return () => true
  const rows = await measure<{schema: string; name: string; materialized: boolean}>(live.url, EMPTY)
  const empty = new Set(
    rows.map(({schema, name, materialized}) => idOf(materialized ? 'materialized view' : 'table', [schema, name])),
  )
  return (table) => !empty.has(table)
}
