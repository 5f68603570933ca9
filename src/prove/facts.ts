// A session and the names of tables in, all that planting must know of them and of the tables they reference out.
import type {Db} from '../postgres/db.ts'
import {quoteNames} from '../postgres/quote.ts'

export interface TableName {
  readonly schema: string
  readonly name: string
}

export interface Column {
  readonly number: number
  readonly name: string
  /** as PostgreSQL prints it, with its modifier */
  readonly type: string
  readonly typeId: number
  readonly notNull: boolean
  readonly hasDefault: boolean
  /** a generated column's expression */
  readonly generated: string | null
  /** the columns that expression reads */
  readonly from: readonly number[] | null
}

export interface Check {
  readonly name: string
  readonly expression: string
  readonly columns: readonly number[]
}

export interface Unique {
  readonly name: string
  readonly columns: readonly number[]
  readonly nullsEqual: boolean
}

export interface Foreign {
  readonly name: string
  readonly columns: readonly number[]
  readonly to: number
  readonly toColumns: readonly number[]
}

export interface Table extends TableName {
  readonly oid: number
  /** quoted */
  readonly sql: string
  readonly columns: readonly Column[]
  readonly checks: readonly Check[]
  /** unique indexes and exclusion constraints */
  readonly uniques: readonly Unique[]
  readonly foreigns: readonly Foreign[]
}

export interface Type {
  readonly oid: number
  readonly name: string
  /** pg_type.typtype: b, c, d, e, r, m, p */
  readonly kind: string
  readonly isArray: boolean
  /** the base of a domain, the element of an array, the bound of a range */
  readonly of: number | null
  readonly notNull: boolean
  readonly labels: readonly string[] | null
  readonly fields: readonly number[] | null
  /** a domain's rules, as printed */
  readonly checks: readonly string[] | null
}

export interface Node extends TableName {
  readonly oid: number
  readonly kind: 'r' | 'p' | 'f'
  readonly parent: number | null
  /** h, l or r, of a partitioned table */
  readonly strategy: string | null
}

/** Every table of the database and who references whom: small, so it is read whole. */
export interface Graph {
  readonly nodes: ReadonlyMap<number, Node>
  readonly foreigns: ReadonlyMap<number, readonly Foreign[]>
  readonly partitions: ReadonlyMap<number, readonly Node[]>
}

const NODES = `
  select c.oid::int8, n.nspname as schema, c.relname as name, c.relkind as kind, p.partstrat as strategy,
    case when c.relispartition then i.inhparent::int8 end as parent
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_partitioned_table p on p.partrelid = c.oid
  left join pg_catalog.pg_inherits i on i.inhrelid = c.oid and c.relispartition
  where c.relkind in ('r', 'p', 'f') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  order by c.oid`

// a key that references a partitioned table has a row of its own for each of its partitions: only the first counts
const FOREIGNS = `
  select f.conrelid::int8 as table, f.conname as name, f.conkey as columns, f.confrelid::int8 as to, f.confkey as "toColumns"
  from pg_catalog.pg_constraint f
  left join pg_catalog.pg_constraint above on above.oid = f.conparentid
  where f.contype = 'f' and (above.oid is null or above.conrelid <> f.conrelid)
  order by f.conrelid, f.oid`

export async function graphOf(db: Db): Promise<Graph> {
  const [nodes, foreigns] = await lists(db, [NODES, FOREIGNS])
  return {
    nodes: new Map((nodes as Node[]).map((node) => [node.oid, node])),
    foreigns: byTable(foreigns!),
    partitions: byTable(nodes!.filter((node) => node.parent).map((node) => ({...node, table: node.parent}))),
  }
}

export async function factsOf(db: Db, graph: Graph, oids: readonly number[]) {
  if (oids.length === 0) return {tables: new Map<number, Table>(), types: new Map<number, Type>()}
  const some = `(${oids.join(', ')})`
  const [columns, checks, uniques, types] = await lists(db, [
    columnsOf(some),
    checksOf(some),
    uniquesOf(some, db.server.major),
    typesOf(some),
  ])
  const [c, k, u] = [byTable(columns!), byTable(checks!), byTable(uniques!)]
  const tables = new Map<number, Table>()
  for (const oid of oids) {
    const {schema, name} = graph.nodes.get(oid)!
    tables.set(oid, {
      oid,
      schema,
      name,
      sql: quoteNames(schema, name),
      columns: c.get(oid) ?? [],
      checks: k.get(oid) ?? [],
      uniques: u.get(oid) ?? [],
      foreigns: graph.foreigns.get(oid) ?? [],
    })
  }
  return {tables, types: new Map((types as Type[]).map((type) => [type.oid, type]))}
}

async function lists(db: Db, queries: readonly string[]): Promise<any[][]> {
  const script = queries.map((query) => `select coalesce(json_agg(row_to_json(q)), '[]')::text as rows from (${query}) q`)
  return (await db.script(script.join(';\n'))).map((rows) => JSON.parse(rows[0]!.rows))
}

function byTable(rows: readonly any[]): Map<number, any[]> {
  const found = new Map<number, any[]>()
  for (const row of rows) {
    const list = found.get(row.table)
    if (list) list.push(row)
    else found.set(row.table, [row])
  }
  return found
}

const columnsOf = (tables: string): string => `
  select a.attrelid::int8 as table, a.attnum as number, a.attname as name, pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
    a.atttypid::int8 as "typeId", a.attnotnull as "notNull", a.atthasdef or a.attidentity <> '' as "hasDefault",
    case when a.attgenerated <> '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end as generated,
    case when a.attgenerated <> '' then array(select p.refobjsubid from pg_catalog.pg_depend p where p.classid = 'pg_attrdef'::regclass
      and p.objid = d.oid and p.refobjid = a.attrelid and p.refobjsubid not in (0, a.attnum)
      union select p.refobjsubid from pg_catalog.pg_depend p where p.classid = 'pg_class'::regclass and p.objid = a.attrelid
      and p.objsubid = a.attnum and p.refclassid = 'pg_class'::regclass and p.refobjid = a.attrelid and p.refobjsubid > 0) end as from
  from pg_catalog.pg_attribute a
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated <> ''
  where a.attrelid in ${tables} and a.attnum > 0 and not a.attisdropped
  order by a.attrelid, a.attnum`

const checksOf = (tables: string): string => `
  select conrelid::int8 as table, conname as name, pg_catalog.pg_get_expr(conbin, conrelid) as expression, coalesce(conkey, '{}') as columns
  from pg_catalog.pg_constraint where contype = 'c' and conrelid in ${tables}
  union all
  select c.oid::int8, 'partition bound', pg_catalog.pg_get_partition_constraintdef(c.oid), coalesce(k.columns, '{}')
  from pg_catalog.pg_class c left join (
    select part.oid, array_agg(distinct mine.attnum) as columns
    from pg_catalog.pg_class part cross join lateral pg_catalog.pg_partition_ancestors(part.oid) up (at)
    join pg_catalog.pg_partitioned_table p on p.partrelid = up.at
    join pg_catalog.pg_attribute its on its.attrelid = p.partrelid
      and (its.attnum = any (p.partattrs) or exists (select from pg_catalog.pg_depend d where p.partexprs is not null
        and d.classid = 'pg_class'::regclass and d.objid = p.partrelid and d.refobjid = p.partrelid
        and (d.refobjsubid = its.attnum or (d.objsubid = its.attnum and d.deptype = 'i'))))
    join pg_catalog.pg_attribute mine on mine.attrelid = part.oid and mine.attname = its.attname and mine.attnum > 0
    where part.relispartition and part.oid in ${tables}
    group by part.oid) k on k.oid = c.oid
  where c.relispartition and c.oid in ${tables} and pg_catalog.pg_get_partition_constraintdef(c.oid) is not null`

const uniquesOf = (tables: string, major: number): string => `
  select i.indrelid::int8 as table, c.relname as name, ${major >= 15 ? 'i.indnullsnotdistinct' : 'false'} as "nullsEqual",
    array(select k from pg_catalog.unnest(i.indkey::int2[]) with ordinality u (k, n) where k > 0 and n <= i.indnkeyatts
      union select d.refobjsubid::int2 from pg_catalog.pg_depend d
        where i.indexprs is not null and d.classid = 'pg_class'::regclass and d.objid = i.indexrelid and d.refobjid = i.indrelid and d.refobjsubid > 0
    ) as columns
  from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
  where (i.indisunique or i.indisexclusion) and i.indrelid in ${tables}`

const typesOf = (tables: string): string => `
  with recursive used (oid) as (
    select atttypid from pg_catalog.pg_attribute where attrelid in ${tables} and attnum > 0 and not attisdropped
    union
    select part.oid from used join pg_catalog.pg_type t on t.oid = used.oid
    cross join lateral (
      select t.typbasetype where t.typtype = 'd'
      union all select t.typelem where t.typinput = 'array_in'::regproc
      union all select r.rngsubtype from pg_catalog.pg_range r where t.oid in (r.rngtypid, r.rngmultitypid)
      union all select a.atttypid from pg_catalog.pg_attribute a where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    ) part (oid)
  )
  select t.oid::int8, pg_catalog.format_type(t.oid, null) as name, t.typtype as kind, t.typinput = 'array_in'::regproc as "isArray",
    case when t.typtype = 'd' then t.typbasetype::int8 when t.typinput = 'array_in'::regproc then t.typelem::int8
      else (select r.rngsubtype::int8 from pg_catalog.pg_range r where t.oid in (r.rngtypid, r.rngmultitypid)) end as of,
    t.typnotnull as "notNull",
    case when t.typtype = 'e' then array(select enumlabel from pg_catalog.pg_enum where enumtypid = t.oid order by enumsortorder) end as labels,
    case when t.typtype = 'c' then array(select a.atttypid::int8 from pg_catalog.pg_attribute a
      where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped order by a.attnum) end as fields,
    case when t.typtype = 'd' then array(select pg_catalog.pg_get_expr(conbin, 0) from pg_catalog.pg_constraint where contypid = t.oid and contype = 'c') end as checks
  from used join pg_catalog.pg_type t on t.oid = used.oid`
