// What a subscriber says of when to run again in, checked against the tables; conditions that changed rows are held against out.
import {PgextError} from '../../errors.ts'
import type {Row} from '../../postgres/db.ts'
import {quoteNames} from '../../postgres/quote.ts'
import type {Watch} from './cover.ts'
import type {Refresh, RefreshFunction, RefreshMap, Wanted} from './model.ts'
import type {Pool} from './pool.ts'
import type {Prepared} from './prepared.ts'

export interface Rule {
  /** by the oid of a table: all must be met by one image of a row; tables that are not in it go by the columns that the query reads */
  readonly conditions: ReadonlyMap<number, readonly Condition[]>
  readonly call?: RefreshFunction
}

export interface Condition {
  readonly column: string
  /** how its values are compared: conditions of one column and sort are looked up together */
  readonly sort: string
  /** texts of equal values are equal when this is done to them */
  readonly plain: (text: string) => string
  /** as `plain` leaves them; undefined: those of the result's column at `from` */
  readonly values?: ReadonlySet<string | null>
  readonly from?: number
}

export const NO_RULE: Rule = {conditions: new Map()}

const RESULT = ':result/'

export async function readRule(pool: Pool, refresh: Refresh | undefined, prepared: Prepared): Promise<Rule> {
  if (!refresh) return NO_RULE
  if (typeof refresh === 'function') return {...NO_RULE, call: refresh}
  const conditions = new Map<number, readonly Condition[]>()
  for (const [name, columns] of Object.entries(refresh)) {
    const watch = findTable(prepared, name)
    conditions.set(watch.oid, await readConditions(pool, watch, columns, prepared))
  }
  return {conditions}
}

function findTable({watched}: Prepared, name: string): Watch {
  const all = [...watched.values()]
  const found =
    all.find(({schema, table}) => name === `${schema}.${table}` || (schema === 'public' && name === table)) ??
    (all.filter(({table}) => table === name).length === 1 ? all.find(({table}) => table === name) : undefined)
  if (found) return found
  const known = all.map(({schema, table}) => (schema === 'public' ? table : `${schema}.${table}`)).join(', ')
  throw new PgextError('usage', `refresh names ${name}, which the query does not read`, {
    hint: `it reads: ${known || 'no table'}`,
  })
}

async function readConditions(pool: Pool, watch: Watch, wanted: RefreshMap[string], prepared: Prepared): Promise<Condition[]> {
  const rows = await columnsOf(pool, watch, Object.keys(wanted), prepared)
  const results: readonly string[] = rows[0]?.results ?? []
  const read = Object.entries(wanted).map(async ([column, value]): Promise<Condition> => {
    const row = rows.find(({name}) => name === column)
    const place = `${watch.table}.${column}`
    if (!row) throw new PgextError('usage', `refresh names ${place}, which does not exist`)
    const sort = sortOf(row.base, row.kind)
    if (!sort || row.deterministic === false) {
      const message = `refresh can't compare values of ${place} (${row.type}): equal ones may be written otherwise`
      throw new PgextError('usage', message, {hint: 'use a function'})
    }
    const plain = PLAIN[sort] ?? same
    if (typeof value !== 'string' || !value.startsWith(RESULT))
      return {column, sort, plain, values: await readValues(pool, value, row, plain)}
    const from = prepared.columns.findIndex(({name}) => name === value.slice(RESULT.length))
    if (from < 0) throw new PgextError('usage', `refresh names ${value}, but the query has no such column`)
    if (sortOf(Number(results[from]), 'b') !== sort && prepared.columns[from]!.type !== row.base)
      throw new PgextError('usage', `refresh can't compare ${place} with ${value}: they are of different types`)
    return {column, sort, plain, from}
  })
  return Promise.all(read)
}

/** Asked once for all that ask for the same: thousands may differ in their values alone. */
const asked = new WeakMap<Prepared, Map<string, Promise<Row[]>>>()

function columnsOf(pool: Pool, {oid}: Watch, names: readonly string[], prepared: Prepared): Promise<Row[]> {
  const known = asked.get(prepared) ?? new Map<string, Promise<Row[]>>()
  asked.set(prepared, known)
  const key = JSON.stringify([oid, names])
  const asking = known.get(key) ?? pool.query(COLUMNS, [oid, names, prepared.columns.map(({type}) => type)])
  known.set(key, asking)
  asking.catch(() => known.delete(key))
  return asking
}

/** Columns with what their types are made from; and what the result's types are made from. */
const COLUMNS = `
  with recursive base (oid, type) as (
    select t.oid, t.oid from pg_catalog.pg_type t
    where t.oid in (select a.atttypid from pg_catalog.pg_attribute a where a.attrelid = $1 and a.attname = any ($2::text[])) or t.oid = any ($3::oid[])
    union all
    select b.oid, t.typbasetype from base b join pg_catalog.pg_type t on t.oid = b.type and t.typtype = 'd'
  ), bases as (
    select b.oid, b.type, t.typtype as kind from base b join pg_catalog.pg_type t on t.oid = b.type and t.typtype <> 'd'
  )
  select a.attname as name, b.type as base, b.kind, pg_catalog.format_type(a.atttypid, a.atttypmod) as type, n.nspname as type_schema, t.typname as type_name,
    l.collisdeterministic as deterministic,
    (select pg_catalog.json_agg(r.type::pg_catalog.int8 order by u.at) from pg_catalog.unnest($3::oid[]) with ordinality u (oid, at)
      join bases r on r.oid = u.oid) as results
  from pg_catalog.pg_attribute a join bases b on b.oid = a.atttypid join pg_catalog.pg_type t on t.oid = b.type
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace left join pg_catalog.pg_collation l on l.oid = a.attcollation
  where a.attrelid = $1 and a.attname = any ($2::text[]) and a.attnum > 0 and not a.attisdropped`

/** As PostgreSQL writes them when they are the column's. */
async function readValues(
  pool: Pool,
  value: Wanted,
  {base, type_schema, type_name}: any,
  plain: Condition['plain'],
): Promise<Set<string | null>> {
  const values = [value].flat().map((one) => (one === null ? null : String(one)))
  const known = values.map((text) => (text === null ? null : written(base, text)))
  if (!known.includes(undefined)) return new Set(known.map((text) => (typeof text === 'string' ? plain(text) : null)))
  const sql = `select cast(v as ${quoteNames(type_schema, type_name)}) from pg_catalog.unnest($1::text[]) v`
  // a cast to text is not always what the type itself writes
  const {rows} = await pool.use((db) => db.read(sql, [values]))
  return new Set(rows.map(([text]) => (typeof text === 'string' ? plain(text) : null)))
}

/** What needs no question: whole numbers, strings and uuids as they are always written. */
function written(base: number, text: string): string | undefined {
  if (base === 25 || base === 1043 || base === 1042) return text
  if (base === 2950) return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : undefined
  return (base === 23 || base === 20) && /^(0|-?[1-9]\d{0,8})$/.test(text) ? text : undefined
}

/** Types whose equal values are written alike, or nearly. */
function sortOf(oid: number, kind: string): string | undefined {
  if (NUMBERS.has(oid)) return 'number'
  if (STRINGS.has(oid)) return 'string'
  return kind === 'e' || EXACT.has(oid) ? `${oid}` : undefined
}

/** int2, int4, int8, oid, float4, float8, numeric */
const NUMBERS: ReadonlySet<number> = new Set([21, 23, 20, 26, 700, 701, 1700])
/** text, varchar, bpchar, name */
const STRINGS: ReadonlySet<number> = new Set([25, 1043, 1042, 19])
/** bool, uuid, date, time, timestamp, timestamptz, bytea, inet, cidr, macaddr, macaddr8 */
const EXACT: ReadonlySet<number> = new Set([16, 2950, 1082, 1083, 1114, 1184, 17, 869, 650, 829, 774])

const same = (text: string): string => text

const PLAIN: Readonly<Record<string, Condition['plain']>> = {
  // numeric keeps zeros behind the point: 1.0 equals 1.00
  number: (text) => (text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '').replace(/^-0$/, '0') : text),
  // char(n) is filled up with blanks, which say nothing
  string: (text) => (text.endsWith(' ') ? text.trimEnd() : text),
}
