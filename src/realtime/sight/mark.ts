// A database in; marks of all that decides who sees what, out: one is another one when something of it has changed.
import type {Asking} from '../../events/link.ts'
import type {Reads} from './reads.ts'
import type {Table} from './table.ts'

/** By what it is of: `roles`, `schemas`, `events`, `names`; `table 16384` and `function 16400`, each with all that belongs to it; `power 16400 member`, whether a role may call it; `labels`, `bodies`. */
export type Marks = ReadonlyMap<string, string>

/** What is looked at, beside roles, schemas and what is realtime. */
export interface Domain {
  /** oids of tables and views */
  readonly relations: readonly number[]
  /** oids */
  readonly functions: readonly number[]
  /** that look */
  readonly roles: readonly string[]
  /** one of the functions may call any other: all are looked at */
  readonly isOpaque: boolean
}

/** Columns rather than xmin where PostgreSQL writes to a row for reasons of its own. */
const query = (hasSchemas: boolean, isOpaque: boolean): string => `
  select 'roles' as what, pg_catalog.md5(coalesce((select pg_catalog.string_agg(pg_catalog.concat_ws(' ', r.oid, r.rolname, r.rolsuper, r.rolinherit, r.rolbypassrls), ';' order by r.oid)
    from pg_catalog.pg_roles r), '') || coalesce((select pg_catalog.string_agg(m::pg_catalog.text, ';' order by m::pg_catalog.text) from pg_catalog.pg_auth_members m), '')) as mark
  union all
  select 'schemas', pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(' ', n.oid, n.nspname, n.nspowner, n.nspacl), ';' order by n.oid))
    from pg_catalog.pg_namespace n where n.nspname !~ '^pg_(toast_)?temp_'
  union all
  select 'events', pg_catalog.md5(coalesce(pg_catalog.string_agg(e.oid || ' ' || e.xmin, ';' order by e.oid), '')) from (
    select p.oid, p.xmin from pg_catalog.pg_publication p where p.pubname = 'pg_events'
    union all select r.oid, r.xmin from pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = r.prpubid and p.pubname = 'pg_events'
    ${hasSchemas ? "union all select s.oid, s.xmin from pg_catalog.pg_publication_namespace s join pg_catalog.pg_publication p on p.oid = s.pnpubid and p.pubname = 'pg_events'" : ''}) e
  union all
  select 'names', pg_catalog.md5(coalesce((select pg_catalog.string_agg(f.oid || ' ' || f.xmin, ';' order by f.oid) from pg_catalog.pg_proc f
      where f.proname = any ($3::pg_catalog.text[]) and f.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace), '')
    || coalesce((select pg_catalog.string_agg(t.oid || ' ' || t.xmin, ';' order by t.oid) from pg_catalog.pg_type t
      where t.typname = any ($3::pg_catalog.text[]) and t.typnamespace <> 'pg_catalog'::pg_catalog.regnamespace), '')
    || coalesce((select pg_catalog.string_agg(o.oid || ' ' || o.xmin, ';' order by o.oid) from pg_catalog.pg_operator o
      where o.oprname = any ($3::pg_catalog.text[]) and o.oprnamespace <> 'pg_catalog'::pg_catalog.regnamespace), '')
    || coalesce((select pg_catalog.string_agg(c.oid || ' ' || c.xmin, ';' order by c.oid) from pg_catalog.pg_cast c where c.oid >= 16384), ''))
  union all
  select 'labels', pg_catalog.md5(coalesce((select pg_catalog.string_agg(e.oid || ' ' || e.enumlabel, ';' order by e.oid) from pg_catalog.pg_enum e), ''))
  union all
  select 'table ' || c.oid, pg_catalog.md5(pg_catalog.concat_ws(' ', c.relname, c.relnamespace, c.relowner, c.relacl, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.relispartition, c.reloptions,
      (select pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attnum, a.attname, a.atttypid, a.attcollation, a.attacl, a.attisdropped), ';' order by a.attnum)
        from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0),
      (select pg_catalog.string_agg(p.oid || ' ' || p.xmin, ';' order by p.oid) from pg_catalog.pg_policy p where p.polrelid = c.oid),
      (select pg_catalog.string_agg(pg_catalog.concat_ws(' ', i.indexrelid, i.indkey), ';' order by i.indexrelid)
        from pg_catalog.pg_index i where i.indrelid = c.oid and (i.indisprimary or i.indisreplident)),
      (select pg_catalog.string_agg(r.oid || ' ' || r.xmin, ';' order by r.oid) from pg_catalog.pg_rewrite r where r.ev_class = c.oid)))
    from pg_catalog.pg_class c where c.oid = any ($1::pg_catalog.oid[])
  union all
  select 'function ' || f.oid, pg_catalog.md5(f.xmin::pg_catalog.text) from pg_catalog.pg_proc f where f.oid = any ($2::pg_catalog.oid[])
  union all
  select 'power ' || f.oid || ' ' || r.rolname, pg_catalog.has_function_privilege(r.oid, f.oid, 'EXECUTE')::pg_catalog.text
    from pg_catalog.pg_proc f cross join pg_catalog.pg_roles r where f.oid = any ($2::pg_catalog.oid[]) and r.rolname = any ($4::pg_catalog.text[])${isOpaque ? BODIES : ''}`

/** Whatever a body in quotes calls, it calls by name. */
const BODIES = `
  union all
  select 'bodies', pg_catalog.md5(coalesce(pg_catalog.string_agg(f.oid || ' ' || f.xmin, ';' order by f.oid), '')) from pg_catalog.pg_proc f
    where f.oid >= 16384 and f.pronamespace not in (select n.oid from pg_catalog.pg_namespace n where n.nspname ~ '^pg_temp_')`

/** @param names of functions, types and operators that are taken to be PostgreSQL's own, unless somebody makes one beside it; casts are looked at as well */
export async function readMarks(
  db: Asking,
  {relations, functions, roles, isOpaque}: Domain,
  major: number,
  names: readonly string[],
): Promise<Marks> {
  const rows = await db.query(query(major >= 15, isOpaque), [relations, functions, names, roles])
  return new Map(rows.map(({what, mark}) => [what, mark]))
}

/** What is another one, or gone. What was not looked at before is no change. */
export function changesOf(before: Marks, now: Marks): ReadonlySet<string> {
  return new Set([...before].flatMap(([what, mark]) => (now.get(what) === mark ? [] : [what])))
}

/** Of tables that are watched, and of others of which it is only known what they read. */
export function domainOf(reads: ReadonlyMap<number, Reads>, tables: readonly Table[]): Domain {
  const relations = [
    ...[...reads].flatMap(([relid, {relations}]) => [relid, ...relations]),
    ...tables.flatMap(({relid, reach}) => [relid, ...reach.reads.relations]),
  ]
  const functions = [
    ...[...reads.values()].flatMap(({functions}) => [...functions.keys()]),
    ...tables.flatMap((table) => [...table.functions]),
  ]
  return {
    relations: [...new Set(relations)].sort(),
    functions: [...new Set(functions)].sort(),
    roles: [...new Set(tables.flatMap(({bound}) => bound))].sort(),
    isOpaque: tables.some(({isOpaque}) => isOpaque),
  }
}
