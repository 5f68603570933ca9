// Tables and roles in; what PostgreSQL grants each role of each table, and which policies stand between it and the rows, out.
import type {Asking} from '../../events/link.ts'

/** A column of a table as it is now. */
export interface LawColumn {
  readonly name: string
  /** oid */
  readonly type: number
  /** schema and name, where it has one that is not the database's; arrays forget that of a domain */
  readonly collation?: readonly [schema: string, name: string]
  /** Of the key that tells one row from another. */
  readonly key: boolean
  /** The role may SELECT it. */
  readonly granted: boolean
  /** what it is made of, as PostgreSQL prints and keeps it: the log does not carry all such columns, triggers see none of the virtual ones */
  readonly generated?: {readonly sql: string; readonly tree: string}
}

export interface Policy {
  readonly name: string
  readonly permissive: boolean
  /** as PostgreSQL prints it where search_path is empty: what stands outside pg_catalog is qualified */
  readonly sql: string
  /** the expression as PostgreSQL keeps it */
  readonly tree: string
}

/** Of one table for one role. */
export interface Law {
  readonly relid: number
  readonly schema: string
  readonly table: string
  readonly role: string
  /** the key's index is checked at the end of a statement, or of a transaction */
  readonly isLate: boolean
  readonly columns: readonly LawColumn[]
  /** undefined: no row-level security between this role and the table */
  readonly policies?: readonly Policy[]
}

export interface Pair {
  readonly relid: number
  readonly role: string
}

/** Policies count in PostgreSQL's own order (check_enable_rls, check_role_for_policy): what inherits nothing has nothing of it. */
const QUERY = `
  select c.oid as relid, n.nspname as schema, c.relname as "table", r.rolname as role, i.indimmediate is false as "isLate",
    (select pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, a.atttypid::pg_catalog.int8,
        m.nspname, l.collname,
        coalesce(a.attnum = any (i.indkey::pg_catalog.int2[]), false), pg_catalog.has_column_privilege(r.oid, c.oid, a.attnum, 'SELECT'),
        pg_catalog.pg_get_expr(d.adbin, d.adrelid), d.adbin::pg_catalog.text) order by a.attnum)
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_type t on t.oid = a.atttypid
      left join pg_catalog.pg_collation l on l.oid = a.attcollation and (l.collname <> 'default' or a.attcollation <> t.typcollation)
      left join pg_catalog.pg_namespace m on m.oid = l.collnamespace
      left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated <> ''
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    case when c.relrowsecurity and (c.relforcerowsecurity or not pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE')) then
      (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(p.polname, p.polpermissive,
          pg_catalog.pg_get_expr(p.polqual, p.polrelid), p.polqual::pg_catalog.text) order by p.polname), '[]')
        from pg_catalog.pg_policy p where p.polrelid = c.oid and p.polcmd in ('r', '*') and p.polqual is not null
        and (0 = any (p.polroles) or exists (select from pg_catalog.unnest(p.polroles) g where pg_catalog.pg_has_role(r.oid, g, 'USAGE')))) end as policies
  from rows from (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.text[])) w (relid, role)
  join pg_catalog.pg_class c on c.oid = w.relid and c.relkind in ('r', 'p')
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_roles r on r.rolname = w.role and not r.rolsuper and not r.rolbypassrls
  left join pg_catalog.pg_index i on i.indrelid = c.oid and case c.relreplident when 'i' then i.indisreplident else i.indisprimary end
  where pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')`

/** Only those pairs where the role may see rows at all: some column, and all of the key. */
export async function readLaws(db: Asking, pairs: readonly Pair[]): Promise<Law[]> {
  if (pairs.length === 0) return []
  const rows = await db.query(QUERY, [pairs.map(({relid}) => relid), pairs.map(({role}) => role)])
  return rows
    .map(lawOf)
    .filter(({columns}) => columns.some(({granted}) => granted) && columns.every(({key, granted}) => granted || !key))
}

function lawOf({relid, schema, table, role, isLate, columns, policies}: Record<string, any>): Law {
  return {
    relid,
    schema,
    table,
    role,
    isLate,
    columns: (columns ?? []).map(([name, type, nsp, collation, key, granted, sql, tree]: any[]): LawColumn => {
      return {
        name,
        type,
        key,
        granted,
        ...(collation !== null && {collation: [nsp, collation]}),
        ...(sql !== null && {generated: {sql, tree}}),
      }
    }),
    ...(policies && {
      policies: policies.map(([name, permissive, sql, tree]: any[]): Policy => ({name, permissive, sql, tree})),
    }),
  }
}
