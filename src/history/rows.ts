// A session in, how many rows each table has and a hash of them, and where each sequence stands, out.
import type {Db} from '../postgres/db.ts'
import {quoteNames} from '../postgres/quote.ts'

/** By name; tables without rows, and sequences that nobody has used, are left out. */
export type Held = ReadonlyMap<string, {readonly rows: number; readonly hash: string}>

const TABLES = `
  select n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'S') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'pgext')
  order by 1, 2`

export async function heldIn(db: Db): Promise<Held> {
  const held = new Map<string, {rows: number; hash: string}>()
  for (const {schema, name, kind} of await db.query(TABLES)) {
    const table = quoteNames(schema, name)
    const sql =
      kind === 'S'
        ? `select is_called::int as rows, last_value::text as hash from ${table}`
        : `select pg_catalog.count(*)::int as rows, coalesce(pg_catalog.md5(pg_catalog.string_agg(t::text, e'\\n' order by t::text)), '') as hash from only ${table} t`
    const [row] = await db.query(sql)
    if (row!.rows > 0) held.set(kind === 'S' ? `sequence ${table}` : table, {rows: row!.rows, hash: row!.hash})
  }
  return held
}

/** Tables and sequences that the one has otherwise than the other; `near`: in their values alone, which may be times or made at random. */
export function unlike(one: Held, other: Held): {readonly lost: readonly string[]; readonly near: readonly string[]} {
  const names = [...new Set([...one.keys(), ...other.keys()])].filter((name) => one.get(name)?.hash !== other.get(name)?.hash)
  const isNear = (name: string) => one.get(name)?.rows === other.get(name)?.rows
  return {lost: names.filter((name) => !isNear(name)), near: names.filter(isNear)}
}
