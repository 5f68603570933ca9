// A database in, what its publication pg_events declares out: tables by the oid that their changes bear, with columns and filter.
import {Excerpt} from './excerpt.ts'
import type {Asking} from './link.ts'

export interface Declared {
  /** By oid. Of a partitioned table its topmost ancestor that is declared, whose name the partitions' changes bear. */
  readonly tables: ReadonlyMap<number, DeclaredTable>
  /** Partitions whose own columns or filter say nothing, as an ancestor of theirs is declared too. */
  readonly overruled: readonly {readonly schema: string; readonly table: string}[]
}

export interface DeclaredTable {
  readonly schema: string
  readonly table: string
  /** undefined: all columns */
  readonly excerpt?: Excerpt
  readonly filter?: Filter
}

export interface Filter {
  /** as PostgreSQL prints it: columns by their bare names, all else qualified */
  readonly sql: string
  /** all that it speaks of, and perhaps others of the table */
  readonly columns: readonly FilterColumn[]
}

export interface FilterColumn {
  readonly name: string
  /** schema and name, where it is not that of the column's type */
  readonly collation?: readonly [schema: string, name: string]
}

/** Lists and filters count for nothing where the table is also published as one of its schema: so PostgreSQL has it. */
const query = (major: number): string => `
  with recursive realtime as (
    select c.oid, n.nspname as schema, c.relname as "table", c.relispartition, r.oid as listing,
      ${
        major < 15
          ? 'null::pg_catalog.int2[] as attributes, null::text as filter'
          : `case when s.oid is null then r.prattrs::pg_catalog.int2[] end as attributes,
      case when s.oid is null then pg_catalog.pg_get_expr(r.prqual, r.prrelid) end as filter`
      }
    from pg_catalog.pg_publication p
    cross join pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_publication_rel r on r.prpubid = p.oid and r.prrelid = c.oid
    left join ${major < 15 ? '(select null::oid as oid)' : 'pg_catalog.pg_publication_namespace'} s
      on ${major < 15 ? 'false' : 's.pnpubid = p.oid and s.pnnspid = c.relnamespace'}
    where p.pubname = 'pg_events' and c.relkind in ('r', 'p') and c.relpersistence = 'p'
      and n.nspname not in ('pgext', 'information_schema') and n.nspname !~ '^pg_'
      and (p.puballtables or r.oid is not null or s.oid is not null)
  ), above as (
    select d.oid, i.inhparent as ancestor from realtime d join pg_catalog.pg_inherits i on i.inhrelid = d.oid where d.relispartition
    union all
    select a.oid, i.inhparent from above a
    join pg_catalog.pg_class c on c.oid = a.ancestor and c.relispartition
    join pg_catalog.pg_inherits i on i.inhrelid = a.ancestor
  )
  select d.oid, d.schema, d."table", d.filter, d.attributes is not null as has_list, b.oid is not null as below,
    case when d.attributes is not null then (select pg_catalog.json_agg(a.attname order by a.attnum)
      from pg_catalog.pg_attribute a where a.attrelid = d.oid and a.attnum = any (d.attributes)) end as columns,
    case when d.filter is not null then (select pg_catalog.json_agg(pg_catalog.json_build_array(a.attname,
        case when a.attcollation <> t.typcollation then m.nspname end, case when a.attcollation <> t.typcollation then l.collname end))
      from pg_catalog.pg_depend e
      join pg_catalog.pg_attribute a on a.attrelid = d.oid and a.attnum = e.refobjsubid
      join pg_catalog.pg_type t on t.oid = a.atttypid
      left join pg_catalog.pg_collation l on l.oid = a.attcollation
      left join pg_catalog.pg_namespace m on m.oid = l.collnamespace
      where e.classid = 'pg_catalog.pg_publication_rel'::pg_catalog.regclass and e.objid = d.listing
        and e.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and e.refobjid = d.oid and e.refobjsubid > 0) end as needed
  from realtime d
  left join (select distinct a.oid from above a join realtime x on x.oid = a.ancestor) b on b.oid = d.oid`

/** A table that was dropped keeps what was declared `before`: changes of it may still be on their way. */
export async function readDeclared(db: Asking, before?: Declared): Promise<Declared> {
  const rows = await db.query(query(await majorOf(db)))
  const tables = new Map(rows.filter(({below}) => !below).map((row): [number, DeclaredTable] => [row.oid, tableOf(row)]))
  const missing = [...(before?.tables ?? [])].filter(([oid]) => !tables.has(oid))
  if (missing.length > 0) {
    const there = await db.query('select oid from pg_catalog.pg_class where oid = any ($1::oid[])', [missing.map(([oid]) => oid)])
    const standing = new Set(there.map(({oid}) => oid as number))
    for (const [oid, table] of missing) if (!standing.has(oid)) tables.set(oid, table)
  }
  const overruled = rows.filter(({below, filter, has_list}) => below && (filter !== null || has_list))
  return {tables, overruled: overruled.map(({schema, table}) => ({schema, table}))}
}

/** Another one whenever tables, lists, filters or schemas were put into the publication or taken out; undefined: the session was closed. */
export async function markOf(db: Asking): Promise<string | undefined> {
  const major = await majorOf(db)
  const of = (catalog: string, column: string) => `
    select 'pg_catalog.${catalog}'::pg_catalog.regclass::oid as catalog, m.oid, m.xmin from pg_catalog.${catalog} m
    join pg_catalog.pg_publication p on p.oid = m.${column} and p.pubname = 'pg_events'`
  const parts = [
    of('pg_publication', 'oid'),
    of('pg_publication_rel', 'prpubid'),
    ...(major < 15 ? [] : [of('pg_publication_namespace', 'pnpubid')]),
  ]
  const [row] = await db.query(`select pg_catalog.md5(pg_catalog.string_agg(m::text, ';' order by m.catalog, m.oid)) as mark
    from (${parts.join(' union all ')}) m`)
  return row && (row.mark ?? '')
}

async function majorOf(db: Asking): Promise<number> {
  const [row] = await db.query(`select current_setting('server_version_num')::int / 10000 as major`)
  return row?.major ?? 0
}

function tableOf({schema, table, filter, has_list, columns, needed}: Record<string, any>): DeclaredTable {
  return {
    schema,
    table,
    ...(has_list && {excerpt: new Excerpt(columns ?? [])}),
    ...(filter !== null && {filter: {sql: filter, columns: unique((needed ?? []).map(columnOf))}}),
  }
}

function columnOf([name, schema, collation]: [string, string | null, string | null]): FilterColumn {
  return {name, ...(schema !== null && collation !== null && {collation: [schema, collation]})}
}

/** PostgreSQL may note a column twice: for the list, and for the filter. */
function unique(columns: readonly FilterColumn[]): FilterColumn[] {
  return [...new Map(columns.map((column) => [column.name, column])).values()]
}
