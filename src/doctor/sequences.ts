// Sequences in; those that are near their end, or nearer to that of a column which they fill, out.
import {quoteName, quoteNames} from '../postgres/quote.ts'
import type {Finding, Fix, Look} from './model.ts'
import {BY_OTHERS, type InTable, long, notMember, tableOf} from './sql.ts'

interface Column extends InTable {
  readonly column: string
  readonly type: string
  readonly isIdentity: boolean
  readonly isSmall: boolean
}

interface Used {
  readonly schema: string
  readonly name: string
  readonly share: number
  readonly left: string
  readonly up: boolean
  readonly columns: readonly Column[] | null
}

/** Of relations of other kinds PostgreSQL does not answer that, and it may ask before it joins. */
const MAY = `case when c.relkind = 'S' then has_sequence_privilege(c.oid, 'SELECT, USAGE') end`
/** Where there is something to read. What is unlogged has no rows on a standby. */
const READABLE = `${MAY} and (c.relpersistence = 'p' or not pg_is_in_recovery())`

const SEQUENCES = (schemas: string): string => `pg_sequence s join pg_class c on c.oid = s.seqrelid and c.relpersistence <> 't'
  join pg_namespace n on n.oid = c.relnamespace and n.oid in (${schemas}) and ${notMember('pg_class', 'c.oid')}`

/** The columns it fills: its owner, and those whose default calls it. */
const FILLED = `
  select d.objid as seq, d.refobjid as rel, d.refobjsubid as att from pg_depend d
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') and d.refobjsubid > 0
  union select d.refobjid, a.adrelid, a.adnum from pg_depend d join pg_attrdef a on a.oid = d.objid
  where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass`

const BYTES: Readonly<Record<number, number>> = {21: 16, 23: 32, 20: 64}
const bound = (sign: 1 | -1): string =>
  `case t.atttypid ${Object.entries(BYTES)
    .map(([oid, bits]) => `when ${oid} then ${sign === 1 ? `2::numeric ^ ${bits - 1} - 1` : `-(2::numeric ^ ${bits - 1})`}`)
    .join(' ')} end`

const ending: Look = {
  at: 'sequences',
  sql: ({schemas, limits}) => `
    with s as (
      select c.oid, n.nspname, c.relname, s.seqmin, s.seqmax, s.seqcycle, s.seqincrement > 0 as up,
        case when ${READABLE} then pg_sequence_last_value(c.oid)::numeric end as last
      from ${SEQUENCES(schemas)}
    ), e as (
      select s.oid, least(s.seqmax, min(${bound(1)})) as top, greatest(s.seqmin, max(${bound(-1)})) as bottom,
        bool_or(s.up and ${bound(1)} < s.seqmax or not s.up and ${bound(-1)} > s.seqmin) as narrow,
        json_agg(json_build_object('schema', n.nspname, 'table', r.relname, 'column', t.attname, 'type', t.atttypid::regtype::text,
          'isIdentity', t.attidentity <> '', 'isSmall', t.atttypid in (21, 23))) filter (where t.attname is not null) as columns
      from s
      left join (${FILLED}) f on f.seq = s.oid
      left join pg_attribute t on t.attrelid = f.rel and t.attnum = f.att
      left join pg_class r on r.oid = f.rel
      left join pg_namespace n on n.oid = r.relnamespace
      where s.last is not null
      group by s.oid, s.seqmax, s.seqmin
    )
    select s.nspname::text as schema, s.relname::text as name, round(g.share, 4)::float as share, g.left::text as left, s.up, e.columns
    from s join e using (oid), lateral (select case when s.up then s.last - s.seqmin else s.seqmax - s.last end / greatest(case when s.up then e.top - s.seqmin else s.seqmax - e.bottom end, 1),
      greatest(case when s.up then e.top - s.last else s.last - e.bottom end, 0)) g (share, "left")
    where g.share >= ${limits.sequence} and (not s.seqcycle or e.narrow)
    order by 1, 2`,
  tell({schema, name, share, left, up, columns}: Used): Finding {
    const sequence = quoteNames(schema, name)
    const small = (columns ?? []).filter(({isSmall}) => isSmall)
    const on = columns?.map((one) => `${tableOf(one)}.${quoteName(one.column)} (${one.type})`).join(', ')
    return {
      id: 'sequence-end',
      level: share >= 0.9 ? 'error' : 'warning',
      object: sequence,
      message: `${Math.min(100, Math.floor(share * 100))} % used up, ${left} numbers are left${on ? ` for ${on}` : ''}`,
      fixes: [...small.map(widened), raised(sequence, up, small.length > 0)],
      subject: [
        {kind: 'schema', name: [schema]},
        {kind: 'sequence', name: [schema, name]},
      ],
    }
  },
}

function widened(one: Column): Fix {
  const table = tableOf(one)
  return long(
    `ALTER TABLE ${table} ALTER COLUMN ${quoteName(one.column)} TYPE bigint`,
    `ACCESS EXCLUSIVE on ${table}, while every row is written anew`,
    {decide: 'columns that refer to this one have to become bigint as well, and views that show it are in the way'},
  )
}

function raised(sequence: string, up: boolean, isAfter: boolean): Fix {
  return {
    sql: `ALTER SEQUENCE ${sequence} AS bigint ${up ? 'NO MAXVALUE' : 'NO MINVALUE'}`,
    locks: `SHARE ROW EXCLUSIVE on ${sequence}, for a moment`,
    ...(isAfter && {decide: 'only behind the column: one that is smaller fails where the sequence goes on'}),
  }
}

const closed: Look = {
  at: 'sequences',
  sql: ({schemas}) => `
    select n.nspname::text as schema, count(*)::int as count from ${SEQUENCES(schemas)}
    where not ${MAY} group by 1 order by 1`,
  tell({schema, count}: {schema: string; count: number}, {server}): Finding {
    const name = quoteName(schema)
    return {
      id: 'not-seen',
      level: 'info',
      object: `sequences in ${name}`,
      message: `how far ${count === 1 ? 'a sequence is' : `${count} sequences are`} used up: the role may not read ${count === 1 ? 'it' : 'them'}`,
      fixes: [{sql: `GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${name} TO ${quoteName(server.user)}`, locks: BY_OTHERS}],
      subject: [{kind: 'schema', name: [schema]}],
    }
  },
}

export const SEQUENCE: readonly Look[] = [ending, closed]
