// A table in; its shape as it is now out.
import type {Shape} from '../../src/events/model.ts'
import type {Db} from '../../src/postgres/db.ts'

export async function shapeOf(db: Db, table: string): Promise<Shape> {
  const columns = await db.query(
    `select c.oid as relid, n.nspname as schema, c.relname as "table", a.attname as name, a.atttypid as type,
       coalesce(a.attnum = any (i.indkey::int2[]), false) as key
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     left join pg_index i on i.indrelid = c.oid and i.indisprimary
     where c.oid = $1::regclass order by a.attnum`,
    [table],
  )
  const {relid, schema, table: name} = columns[0]!
  return {relid, schema, table: name, columns: columns.map(({name, type, key}) => ({name, type, key}))}
}
