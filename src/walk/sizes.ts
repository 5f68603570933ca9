// A plan's steps and the target in; how large the tables are that they lock, out.
import type {Step} from '../diff/model.ts'
import type {Size} from './model.ts'
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
