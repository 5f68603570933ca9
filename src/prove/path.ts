// A session in; its search_path made one that finds what functions look for when rows are written or read, and empty again.
import type {Db} from '../postgres/db.ts'

/** The database's own, or one that has their own schema; even SELECT runs functions: those of a table's indexes and of its partition key. */
export const WIDER = `
  reset search_path;
  select pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', nullif(pg_catalog.current_setting('search_path'), ''),
    pg_catalog.string_agg(distinct pg_catalog.quote_ident(n.nspname), ', ')), false)
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

export const NARROW = "set search_path = ''"

export async function widen(db: Db): Promise<void> {
  await db.script(WIDER)
}

export async function narrow(db: Db): Promise<void> {
  await db.script(NARROW)
}
