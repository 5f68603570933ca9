// A table as pgoutput describes it in, its shape out: whose key the catalogs know, where pgoutput says "the whole row".
import type {Db, Row} from '../../postgres/db.ts'
import type {Column, Shape} from '../model.ts'
import type {Relation} from './decode.ts'

/** Columns as they stand now, in the order in which pgoutput sends them. */
const COLUMNS = `
  select c.oid, n.nspname as schema, c.relname as "table", a.attname as name, a.atttypid as type,
    coalesce(a.attnum = any (p.indkey::int2[]), false) as primary,
    case when c.relreplident = 'i' then coalesce(a.attnum = any (r.indkey::int2[]), false) end as identity
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_catalog.pg_index p on p.indrelid = c.oid and p.indisprimary
  left join pg_catalog.pg_index r on r.indrelid = c.oid and r.indisreplident
  where c.oid = $1
  order by a.attnum`

/** Over a session, or the next one where it is lost. */
type Asking = <T>(ask: (db: Db) => Promise<T>) => Promise<T>

export async function shapeOf({relid, schema, table, identity, columns}: Relation, asking: Asking): Promise<Shape> {
  const isSaid = identity === 'd' || identity === 'i'
  const key = isSaid ? undefined : await primaryKey(await asking((db) => db.query(COLUMNS, [relid])), columns)
  return {
    relid,
    schema,
    table,
    columns: columns.map(({name, type, isIdentity}, at): Column => ({name, type, key: key ? key.has(at) : isIdentity})),
  }
}

/** Positions. Columns have been renamed since then where a name is not found: those that still stand are in the same order. */
function primaryKey(now: readonly Row[], columns: Relation['columns']): Set<number> {
  const names = now.filter(({primary}) => primary).map(({name}) => name)
  const found = names.map((name) => columns.findIndex((column) => column.name === name))
  if (!found.includes(-1)) return new Set(found)
  const isSame = now.length === columns.length && now.every(({type}, at) => type === columns[at]!.type)
  return new Set(isSame ? now.flatMap(({primary}, at) => (primary ? [at] : [])) : [])
}

/** Of the table as it stands now; undefined: it is gone. */
export async function presentShape(
  db: Db,
  relid: number,
  known: (relid: number) => Shape | undefined,
): Promise<Shape | undefined> {
  const shape = known(relid)
  if (shape) return shape
  const rows = await db.query(COLUMNS, [relid])
  if (rows.length === 0) return undefined
  return {
    relid,
    schema: rows[0]!.schema,
    table: rows[0]!.table,
    columns: rows.map(({name, type, primary, identity}): Column => ({name, type, key: identity ?? primary})),
  }
}
