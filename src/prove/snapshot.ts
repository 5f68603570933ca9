// A database and the names of tables in, the text of all their rows out.
import type {Db} from '../postgres/db.ts'
import {quoteName, quoteNames, quoteText} from '../postgres/quote.ts'
import type {Value} from './choices.ts'
import type {TableName} from './facts.ts'

export interface SnapColumn {
  readonly name: string
  readonly type: string
  readonly generated: boolean
  /** read as JSON, as its fields may come and go */
  readonly holdsRow: boolean
}

export interface Shape extends TableName {
  readonly kind: 'r' | 'p'
  /** the partitioned table it is a part of, at the top */
  readonly root: TableName | null
  /** where a foreign table is part of it: its parts that hold rows here */
  readonly parts: readonly TableName[] | null
  /** tables it inherits from or is a part of: what is declared of their columns holds for its own */
  readonly above: readonly TableName[]
  /** columns of the primary key, or of a unique key that takes no NULL */
  readonly key: readonly string[]
  readonly columns: readonly SnapColumn[]
}

export interface TableRows extends Shape {
  /** in the order in which they lie */
  readonly rows: readonly (readonly Value[])[]
}

const MOST = 1000

/** Every named table that holds rows itself, and the partitions of those that don't. */
export async function snapshotRows(db: Db, tables: readonly TableName[]): Promise<TableRows[]> {
  const shapes = (await shapesOf(db, tables, true)).filter((shape) => shape.kind === 'r')
  const rows = await rowsOf(
    db,
    shapes.map((shape) => ({...shape, from: `only ${quoteNames(shape.schema, shape.name)}`, order: 'order by ctid'})),
  )
  return shapes.map((shape, n) => ({...shape, rows: rows[n]!})).filter((table) => table.rows.length > 0)
}

export interface Wanted {
  readonly from: string
  readonly order?: string
  readonly columns: readonly SnapColumn[]
}

export async function rowsOf(db: Db, wanted: readonly Wanted[]): Promise<Value[][][]> {
  const found: Value[][][] = []
  for (let at = 0; at < wanted.length; at += 100) {
    const script = wanted.slice(at, at + 100).map(({from, order = '', columns}) => {
      const list = columns.map(({name, holdsRow}) =>
        holdsRow ? `pg_catalog.to_jsonb(${quoteName(name)})::text` : `${quoteName(name)}::text`,
      )
      return `select coalesce(json_agg(r), '[]')::text as rows from (select array[${list.join(', ')}]::text[] as r from ${from} ${order} limit ${MOST}) q`
    })
    found.push(...(await db.script(script.join(';\n'))).map((rows) => JSON.parse(rows[0]!.rows)))
  }
  return found
}

export async function shapesOf(db: Db, tables: readonly TableName[], parts: boolean): Promise<Shape[]> {
  if (tables.length === 0) return []
  const names = tables.map(({schema, name}) => `(${quoteText(schema)}, ${quoteText(name)})`).join(', ')
  const [row] = await db.query(`
    with recursive named (oid) as (
      select c.oid from (values ${names}) v (schema, name)
      join pg_catalog.pg_namespace n on n.nspname = v.schema
      join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = v.name and c.relkind in ('r', 'p')
      ${parts ? `union select i.inhrelid from named join pg_catalog.pg_class p on p.oid = named.oid and p.relkind = 'p' join pg_catalog.pg_inherits i on i.inhparent = p.oid` : ''}
    ),
    columns as (
      select a.attrelid, a.attnum, a.attname, a.atttypid, format_type(a.atttypid, a.atttypmod) as type, a.attgenerated
      from pg_catalog.pg_attribute a where a.attrelid in (select oid from named) and a.attnum > 0 and not a.attisdropped
    ),
    parts (root, oid) as (
      select distinct atttypid, atttypid from columns
      union select parts.root, x.oid from parts join pg_catalog.pg_type t on t.oid = parts.oid cross join lateral (
        select t.typbasetype where t.typtype = 'd' union all select t.typelem where t.typinput = 'array_in'::regproc) x (oid)
    ),
    composite as (select distinct root from parts join pg_catalog.pg_type t on t.oid = parts.oid and t.typtype = 'c'),
    lists as materialized (
      select attrelid, json_agg(json_build_object('name', attname, 'type', type, 'generated', attgenerated <> '',
        'holdsRow', atttypid in (select root from composite)) order by attnum) as list
      from columns group by attrelid
    )
    select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
      'root', case when c.relispartition then (select json_build_object('schema', rn.nspname, 'name', r.relname) from pg_catalog.pg_class r
        join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace where r.oid = pg_catalog.pg_partition_root(c.oid)) end,
      'parts', (select coalesce(json_agg(json_build_object('schema', ln.nspname, 'name', l.relname)) filter (where l.relkind = 'r'), '[]')
        from pg_catalog.pg_partition_tree(c.oid) p join pg_catalog.pg_class l on l.oid = p.relid join pg_catalog.pg_namespace ln on ln.oid = l.relnamespace
        where c.relkind = 'p' having bool_or(l.relkind = 'f')),
      'above', (with recursive up (oid) as (select inhparent from pg_catalog.pg_inherits where inhrelid = c.oid
          union select i.inhparent from up join pg_catalog.pg_inherits i on i.inhrelid = up.oid)
        select coalesce(json_agg(json_build_object('schema', un.nspname, 'name', u.relname)), '[]') from up
        join pg_catalog.pg_class u on u.oid = up.oid join pg_catalog.pg_namespace un on un.oid = u.relnamespace),
      'key', coalesce((select json_agg(a.attname) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum = any (
        (select i.indkey from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisunique and i.indexprs is null and i.indpred is null
          and not exists (select from pg_catalog.pg_attribute k where k.attrelid = c.oid and k.attnum = any (i.indkey) and not k.attnotnull)
          order by i.indisprimary desc, i.indexrelid limit 1)::int2[])), '[]'),
      'columns', coalesce(lists.list, '[]')) order by c.oid), '[]')::text as found
    from named join pg_catalog.pg_class c on c.oid = named.oid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join lists on lists.attrelid = c.oid`)
  return JSON.parse(row!.found)
}
