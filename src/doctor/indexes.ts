// Indexes in; those that are not used, that there are twice, and that foreign keys lack, out.
import {quoteName, quoteNames} from '../postgres/quote.ts'
import type {Finding, Fix, Look} from './model.ts'
import {beside, briefly, type InTable, long, notMember, SEEN, tableOf, tableSubject, tables} from './sql.ts'

interface InIndex extends InTable {
  readonly index: string
  /** the schema of the index: of a TOAST table's another */
  readonly space?: string
  /** 'I': of a partitioned table */
  readonly kind: string
}

const indexOf = ({space, schema, index}: InIndex): string => quoteNames(space ?? schema, index)
const indexSubject = (row: InIndex) => [...tableSubject(row), {kind: 'index', name: [row.schema, row.index]}]

/** What REINDEX and CREATE INDEX CONCURRENTLY leave behind when they are cut off. */
const LEFTOVER = String.raw`'_cc(new|old)\d*$'`

/** One that is being built is invalid, too. */
const BUILDING = `exists (select from pg_stat_progress_create_index p join pg_locks l on l.pid = p.pid and l.relation = i.indrelid and l.locktype = 'relation'
  and l.database = (select oid from pg_database where datname = current_database()))`

const invalid: Look = {
  at: 'indexes',
  sql: ({schemas}) => `
    select n.nspname::text as schema, c.relname::text as "table", ix.nspname::text as space, ic.relname::text as index, ic.relkind as kind,
      ic.relname ~ ${LEFTOVER} as leftover, i.indisunique as "unique"
    from pg_index i
    join pg_class ic on ic.oid = i.indexrelid
    join pg_namespace ix on ix.oid = ic.relnamespace
    left join pg_class o on o.reltoastrelid = i.indrelid
    join pg_class c on c.oid = coalesce(o.oid, i.indrelid) and c.relpersistence <> 't'
    join pg_namespace n on n.oid = c.relnamespace and n.oid in (${schemas})
    where not (i.indisvalid and i.indisready and i.indislive) and not ${BUILDING} and ${notMember('pg_class', 'c.oid')}
    order by 1, 2, 4`,
  tell(row: InIndex & {leftover: boolean; unique: boolean}): Finding {
    const [index, table] = [indexOf(row), tableOf(row)]
    const told = {id: 'invalid-index', level: 'warning', object: index, subject: indexSubject(row)} as const
    if (row.kind === 'I') {
      const message = `index of ${table} is invalid: not every partition has its part of it`
      const hint = `make the index on each partition that lacks it, then ALTER INDEX ${index} ATTACH PARTITION …`
      return {...told, message, hint, fixes: []}
    }
    if (row.leftover) {
      const message = `left over on ${table} by an index that was built concurrently and cut off`
      return {...told, message, fixes: [long(`DROP INDEX CONCURRENTLY ${index}`, beside(table))]}
    }
    const message = `index of ${table} is invalid: no query uses it, and every write keeps it up`
    const hint = row.unique ? 'where rows break it, it stays invalid: find them first' : undefined
    const fixes = [long(`REINDEX INDEX CONCURRENTLY ${index}`, beside(table))]
    return {...told, message, fixes, ...(hint && {hint})}
  },
}

/** All there is to know of an index that another might do the work of. Parts of a partitioned index go with it. */
const all = (schemas: string, major: number): string => `
  select i.indexrelid as oid, i.indrelid as "on", i.indkey, i.indclass, i.indcollation, i.indoption, i.indnatts, i.indnkeyatts, i.indisunique,
    i.indimmediate, ic.relam, ic.relkind, ic.reloptions, n.nspname, c.relname as tablename, ic.relname, m.amname,
    ${major >= 15 ? 'i.indnullsnotdistinct' : 'false'} as alike,
    case when i.indexprs is not null then pg_get_expr(i.indexprs, i.indrelid) end as exprs,
    case when i.indpred is not null then pg_get_expr(i.indpred, i.indrelid) end as pred,
    k.conname, not (i.indisprimary or i.indisexclusion or i.indisreplident or i.indisclustered or ic.relispartition
      or coalesce(k.contype <> 'u' or k.condeferrable, false)
      or exists (select from pg_constraint f where f.contype = 'f' and f.conindid = i.indexrelid)) as free
  from ${tables(schemas, "'r', 'p', 'm'")}
  join pg_index i on i.indrelid = c.oid and i.indisvalid and i.indisready and i.indislive
  join pg_class ic on ic.oid = i.indexrelid
  join pg_am m on m.oid = ic.relam
  left join pg_constraint k on k.conindid = i.indexrelid and k.conrelid = i.indrelid and k.contype in ('p', 'u', 'x')`

/** Of b's columns as many as a has: the same, in the same way. */
const SAME = ['indkey', 'indclass', 'indcollation', 'indoption']
  .map((name) => `a.${name}[0:a.indnkeyatts - 1] = b.${name}[0:a.indnkeyatts - 1]`)
  .join(' and ')

const OPTIONS = (of: string): string =>
  `array(select t.attoptions::text from pg_attribute t where t.attrelid = ${of}.oid order by t.attnum)`

/** All but its name is the same; what guards more stays, and of two that guard the same the older one. */
const TWICE = `a.indnkeyatts = b.indnkeyatts and a.indnatts = b.indnatts and a.indkey = b.indkey and ${SAME}
  and a.exprs is not distinct from b.exprs and a.pred is not distinct from b.pred
  and (a.amname = 'btree' or a.reloptions is not distinct from b.reloptions)
  and case when a.indisunique then b.indisunique and b.indimmediate and a.alike = b.alike and (a.oid > b.oid or not b.free or b.conname is not null)
    else b.indisunique or not b.free or a.oid > b.oid end`

/** A key that there is twice. */
const KEYED = `a.conname is not null and b.conname is not null and a.indisunique and b.indisunique and b.indimmediate and a.alike = b.alike
  and a.indnkeyatts = b.indnkeyatts and a.indnatts = b.indnatts and a.indkey = b.indkey and ${SAME} and (a.oid > b.oid or not b.free)`

/** What a finds, b finds: a is its beginning. */
const BEGINS = `a.amname = 'btree' and not a.indisunique and a.exprs is null and a.indnatts = a.indnkeyatts and a.indnkeyatts < b.indnkeyatts and ${SAME}
  and a.pred is not distinct from b.pred`

interface Other extends InIndex {
  readonly by: string
  readonly constraint: string | null
  readonly how: 'twice' | 'keyed' | 'begins'
}

const others: Look = {
  at: 'indexes',
  sql: ({schemas, server}) => `
    with x as materialized (${all(schemas, server.major)})
    select distinct on (a.nspname, a.tablename, a.relname) a.nspname::text as schema, a.tablename::text as "table", a.relname::text as index, a.relkind as kind,
      b.relname::text as by, a.conname::text as constraint, how
    from x a join x b on a."on" = b."on" and a.indkey[0] = b.indkey[0] and a.oid <> b.oid and a.relam = b.relam,
      lateral (select case when ${KEYED} then 'keyed' when a.conname is not null then null when ${TWICE} then 'twice' when ${BEGINS} then 'begins' end) h (how)
    where a.free and how is not null and ${OPTIONS('a')} = (${OPTIONS('b')})[1:a.indnatts]
    order by a.nspname, a.tablename, a.relname, how desc, b.oid`,
  tell(row: Other): Finding {
    const [index, table, by] = [indexOf(row), tableOf(row), quoteName(row.by)]
    const told = {object: index, subject: indexSubject(row)}
    if (row.how === 'keyed') {
      const drop: Fix = {
        sql: `ALTER TABLE ${table} DROP CONSTRAINT ${quoteName(row.constraint!)}`,
        locks: briefly(table),
        decide: 'statements may name this constraint: ON CONFLICT ON CONSTRAINT',
      }
      return {id: 'duplicate-index', level: 'info', ...told, message: `a key of ${table} that ${by} is, too`, fixes: [drop]}
    }
    const fixes = [dropped(row, index, table)]
    if (row.how === 'twice') {
      const message = `index of ${table} that does nothing which ${by} does not`
      return {id: 'duplicate-index', level: 'warning', ...told, message, fixes}
    }
    const message = `index of ${table} that is the beginning of ${by}`
    return {id: 'redundant-index', level: 'info', ...told, message, fixes}
  },
}

const dropped = ({kind}: InIndex, index: string, table: string): Fix =>
  kind === 'I'
    ? {sql: `DROP INDEX ${index}`, locks: briefly(`${table} and its partitions`)}
    : long(`DROP INDEX CONCURRENTLY ${index}`, beside(table))

interface Unindexed extends InTable {
  readonly name: string
  readonly kind: string
  readonly refers: string
  readonly acts: boolean
  /** an index begins with one of its columns */
  readonly partly: boolean
  readonly columns: readonly string[]
  /** of a partitioned table, those that lack it */
  readonly parts: readonly InTable[]
}

const COLUMNS = `array(select a.attname::text from unnest(k.conkey) with ordinality u (number, place)
  join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number order by u.place)`

/** It holds all rows that a key may name: those where one of its columns, or all of them, are not null. */
const WHOLE = `(i.indpred is null or pg_get_expr(i.indpred, i.indrelid) in (
  select '(' || quote_ident(a.attname) || ' IS NOT NULL)' from pg_attribute a where a.attrelid = k.conrelid and a.attnum = any (k.conkey)
  union all select '(' || string_agg('(' || quote_ident(a.attname) || ' IS NOT NULL)', ' AND ' order by u.place) || ')'
    from unnest(k.conkey) with ordinality u (number, place) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number))`

const HAVING = (columns: string): string => `exists (
  select from pg_index i join pg_class ic on ic.oid = i.indexrelid join pg_am m on m.oid = ic.relam and m.amname <> 'brin'
  where i.indrelid = k.conrelid and i.indislive and (i.indisvalid or ic.relname !~ ${LEFTOVER}) and ${columns} and ${WHOLE})`

/** Its leading columns are those of the key, in any order. One that is to be made valid is told of as such. */
const INDEXED = HAVING('i.indnkeyatts >= cardinality(k.conkey) and k.conkey <@ (i.indkey::int2[])[0:cardinality(k.conkey) - 1]')

const unindexed: Look = {
  at: 'foreign keys',
  // a partitioned table has none but on its partitions
  sql: ({schemas}) => `
    with recursive lacking as materialized (
      select k.oid, k.conrelid, cardinality(k.conkey) > 1 and ${HAVING('i.indkey[0] = any (k.conkey)')} as partly
      from pg_constraint k join pg_class c on c.oid = k.conrelid
      where k.contype = 'f' and (c.relkind = 'r' or not exists (select from pg_inherits h where h.inhparent = c.oid)) and not ${INDEXED}
    ), up (oid, conrelid, partly, top) as (
      select l.oid, l.conrelid, l.partly, l.oid from lacking l
      union all select up.oid, up.conrelid, up.partly, k.conparentid from up join pg_constraint k on k.oid = up.top and k.conparentid <> 0
    )
    select ${SEEN}, c.relkind as kind, k.conname::text as name, k.confrelid::regclass::text as refers, ${COLUMNS} as columns,
      bool_and(l.partly) as partly, k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd') as acts,
      json_agg(json_build_object('schema', pn.nspname, 'table', p.relname) order by pn.nspname, p.relname) as parts
    from (select distinct top, conrelid, partly from up) l
    join pg_constraint k on k.oid = l.top and k.conparentid = 0
    join ${tables(schemas)} on c.oid = k.conrelid
    join pg_class p on p.oid = l.conrelid
    join pg_namespace pn on pn.oid = p.relnamespace
    group by k.oid, k.conname, k.conrelid, k.conkey, k.confrelid, k.confdeltype, k.confupdtype, c.relkind, c.relname, n.nspname
    order by 1, 2, 4`,
  tell(row: Unindexed, _, rows: readonly Unindexed[]): Finding {
    const table = tableOf(row)
    const names = longest(row, rows)
    const [key, by] = [row.columns, names].map((columns) => columns.map(quoteName).join(', '))
    const what = row.acts ? 'a row that goes or changes there' : 'a row that is to go there'
    const lack = row.partly ? 'has no index of all its columns' : `has no index: ${what} has all of ${table} read`
    const parts = row.parts.map((part) => concurrently(part, names))
    return {
      id: 'fk-index',
      level: row.acts && !row.partly ? 'warning' : 'info',
      object: quoteNames(row.schema, row.name),
      message: `foreign key (${key}) of ${table} to ${row.refers} ${lack}`,
      fixes:
        row.kind === 'p'
          ? [
              ...parts,
              long(`CREATE INDEX ON ${table} (${by})`, `SHARE on ${table}, for a moment: it takes those of its partitions`),
            ]
          : parts,
      subject: [...tableSubject(row), {kind: 'constraint', name: [row.schema, row.table, row.name]}],
    }
  },
}

/** One index does for all keys of a table that it begins with. */
function longest(row: Unindexed, rows: readonly Unindexed[]): readonly string[] {
  const beginning = rows.filter(
    ({schema, table, columns}) =>
      schema === row.schema &&
      table === row.table &&
      row.columns.every((name) => columns.slice(0, row.columns.length).includes(name)),
  )
  return beginning.reduce((most, {columns}) => (columns.length > most.length ? columns : most), beginning[0]!.columns)
}

const concurrently = (on: InTable, columns: readonly string[]): Fix =>
  long(`CREATE INDEX CONCURRENTLY ON ${tableOf(on)} (${columns.map(quoteName).join(', ')})`, beside(tableOf(on)))

export const INDEXES: readonly Look[] = [invalid, unindexed, others]
