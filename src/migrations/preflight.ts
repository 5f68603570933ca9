// A session on the target and pending migrations in; the rows that break what these demand out. Nothing is changed, and nothing waits long.
import {PgextError} from '../errors.ts'
import type {Db, Row} from '../postgres/db.ts'
import {quoteName, quoteText} from '../postgres/quote.ts'
import {cut} from './block.ts'
import {type Demand, Demands} from './demand.ts'
import type {Migration} from './file.ts'
import {valueBreaks} from './held.ts'
import {type Length, lengthIn, tooLong} from './length.ts'
import type {Cast, From, Rows} from './rule.ts'

export interface Finding {
  readonly demand: Demand
  /** how many rows break it; undefined: nobody could count them */
  readonly rows?: number
  /** at most three of them: their key, and the columns that the rule speaks of */
  readonly samples: readonly Sample[]
  /** what PostgreSQL said of the first */
  readonly said?: string
}

export type Sample = Readonly<Record<string, string | null>>

export interface Preflight {
  readonly broken: readonly Finding[]
  /** demands that could not be looked at, with the reason */
  readonly unseen: readonly {readonly demand: Demand; readonly why: string}[]
}

export interface Pending {
  readonly migration: Migration
  /** numbers of its blocks that are committed */
  readonly done?: ReadonlySet<number>
}

export interface PreflightOptions {
  readonly tell?: (doing: string) => void
  /** milliseconds for one look; default 5,000 */
  readonly limit?: number
}

const LIMIT = 5000
const SAMPLES = 3
const COUNT = 'pgext rows'

/** What the demand is about is made, renamed or retyped by a statement before it: nothing to look at yet. */
const NOT_YET = new Set(['3F000', '42P01', '42703', '42704', '42804', '42846', '42883'])

/** Looks at the rows of the target before anything is applied; each look reads a table once and gives up after a moment. */
export async function preflight(db: Db, pending: readonly Pending[], options: PreflightOptions = {}): Promise<Preflight> {
  const demands = new Demands()
  for (const {migration, done} of pending) await demands.read(migration, await cut(migration, db.server.major), done)
  const broken: Finding[] = []
  const unseen: {demand: Demand; why: string}[] = []
  const looked = new Set<string>()
  for (const demand of await asRows(db, demands.found)) {
    const key = JSON.stringify([demand.broken, demand.path])
    if (looked.has(key)) continue
    looked.add(key)
    options.tell?.(`looking whether rows break ${demand.rule} on ${demand.table}`)
    try {
      const finding = await look(db, demand, options.limit ?? LIMIT)
      if (finding) broken.push({demand, ...finding})
    } catch (error) {
      if (!(error instanceof PgextError) || error.code === 'connection-lost') throw error
      if (!NOT_YET.has(error.sqlstate ?? '')) unseen.push({demand, why: whyOf(error, options.limit ?? LIMIT)})
    }
  }
  // a SET of a statement's own stays behind
  await db.script("set search_path = ''")
  return {broken, unseen}
}

/** Of a domain's rules one for each column that holds its values. Inside other types PostgreSQL does not look for them: it refuses. */
async function asRows(db: Db, demands: readonly Demand[]): Promise<Demand[]> {
  const all: Demand[] = []
  for (const demand of demands) {
    const {broken, isChanged} = demand
    if (broken.is !== 'domain') {
      all.push(demand)
      continue
    }
    for (const {table, column, base} of await under(db, demand.path, () => db.query(COLUMNS, [broken.domain]))) {
      const value = quoteName(column)
      const where = broken.check === undefined ? `${value} IS NOT DISTINCT FROM NULL` : valueBreaks(value, base, broken.check)
      const rows: Rows = {is: 'rows', from: {table, below: 'none'}, where, columns: [column]}
      all.push({...demand, table, broken: rows, unsettled: demand.unsettled || isChanged!(table, column)})
    }
  }
  return all
}

/** Of tables and materialized views, of the domain and those over it; what it is made of, in place of VALUE. */
const COLUMNS = `
  with recursive d as (
    select t.oid from pg_catalog.pg_type t where t.oid = pg_catalog.to_regtype($1::text) and t.typtype = 'd'
    union select t.oid from pg_catalog.pg_type t join d on t.typbasetype = d.oid where t.typtype = 'd'
  )
  select pg_catalog.format('%I.%I', n.nspname, c.relname) as table, a.attname::text as column,
    (select pg_catalog.format_type(t.typbasetype, t.typtypmod) from pg_catalog.pg_type t where t.oid = pg_catalog.to_regtype($1::text)) as base
  from d
  join pg_catalog.pg_attribute a on a.atttypid = d.oid and a.attnum > 0 and not a.attisdropped
  join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'm')
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  order by 1, a.attnum`

function whyOf({sqlstate, message}: PgextError, limit: number): string {
  if (sqlstate === '57014') return `it takes longer than ${limit / 1000} s`
  return sqlstate === '55P03' ? 'somebody holds a lock on the table' : message
}

/** As its statement will find it, and for a moment. */
function under<T>(db: Db, path: string | undefined, work: () => Promise<T>, limit = LIMIT): Promise<T> {
  return db.transaction(async () => {
    await db.script(`
      ${path ?? 'set local search_path = public'};
      set local statement_timeout = ${limit}; set local lock_timeout = 1000; set local row_security = off`)
    return work()
  }, 'begin read only')
}

async function look(db: Db, demand: Demand, limit: number): Promise<Omit<Finding, 'demand'> | undefined> {
  const {broken, table, path} = demand
  const ask: Ask = (work) => under(db, path, work, limit)
  if (broken.is === 'domain') return undefined
  if (broken.is === 'cast') return lookAtCast(broken, ask, db)
  return ask(async () => {
    const keys = broken.is === 'rows' ? await keysOf(db, table) : []
    const shown = [...new Set([...keys, ...broken.columns])]
    return asFinding(await db.query(queryOf(broken, await sourceOf(db, broken.from), shown)))
  })
}

type Ask = <T>(work: () => Promise<T>) => Promise<T>

/** Every row is counted, three are shown. */
function queryOf({is, where, columns, alias = ''}: Rows, from: string, shown: readonly string[]): string {
  const texts = shown.map((name) => `, ${quoteName(name)}::text AS ${quoteName(name)}`).join('')
  if (is === 'rows')
    return `SELECT pg_catalog.count(*) OVER () AS "${COUNT}"${texts} FROM ${from} ${alias} WHERE ${where} LIMIT ${SAMPLES}`
  const list = columns.map(quoteName).join(', ')
  const inner = `SELECT ${list}, pg_catalog.count(*) AS "${COUNT}" FROM ${from} WHERE ${where} GROUP BY ${list} HAVING pg_catalog.count(*) > 1`
  return `SELECT (pg_catalog.sum("${COUNT}") OVER ())::bigint AS "${COUNT}"${texts} FROM (${inner}) g LIMIT ${SAMPLES}`
}

async function sourceOf(db: Db, {table, below}: From): Promise<string> {
  if (below === 'all') return table
  if (below === 'none') return `ONLY ${table}`
  const [row] = await db.query(
    'select c.relkind as kind from pg_catalog.pg_class c where c.oid = pg_catalog.to_regclass($1::text)',
    [table],
  )
  return row?.kind === 'p' ? table : `ONLY ${table}`
}

function asFinding(rows: readonly Row[]): Omit<Finding, 'demand'> | undefined {
  if (rows.length === 0) return undefined
  const samples = rows.map(({[COUNT]: _, ...sample}) => sample as Sample)
  return {rows: Number(rows[0]![COUNT]), samples: samples.filter((sample) => Object.keys(sample).length > 0)}
}

async function keysOf(db: Db, table: string): Promise<string[]> {
  const rows = await db.query(
    `select a.attname::text as name from pg_catalog.pg_index x
     join pg_catalog.pg_attribute a on a.attrelid = x.indrelid and a.attnum = any (x.indkey)
     where x.indrelid = pg_catalog.to_regclass($1::text) and x.indisprimary order by a.attnum`,
    [table],
  )
  return rows.map(({name}) => name)
}

const INTEGERS = new Set(['smallint', 'integer', 'bigint'])

async function lookAtCast(cast: Cast, ask: Ask, db: Db): Promise<Omit<Finding, 'demand'> | undefined> {
  const test = await ask(() => testOf(cast, db))
  if (test)
    return ask(async () => asFinding(await db.query(queryOf(test, await sourceOf(db, test.from), await shownOf(cast, db)))))
  try {
    await ask(async () =>
      db.query(`SELECT pg_catalog.count((${cast.value})::${cast.type}) FROM ${await sourceOf(db, cast.from)}`),
    )
    return undefined
  } catch (error) {
    // data exceptions, and what a domain's rules refuse
    if (!(error instanceof PgextError) || !/^(22|23)/.test(error.sqlstate ?? '')) throw error
    return {samples: [], said: error.message}
  }
}

const shownOf = async ({from, column}: Cast, db: Db): Promise<string[]> => [
  ...new Set([...(await keysOf(db, from.table)), column]),
]

/** A condition on single rows, where there is one that says what ALTER COLUMN … TYPE would: an explicit cast cuts values short, that does not. */
async function testOf({from, column, value, type, length: said}: Cast, db: Db) {
  const name = quoteName(column)
  const rows = (where: string): Rows => ({is: 'rows', from, where, columns: [column]})
  const [now] = await db.query(
    `select pg_catalog.format_type(a.atttypid, null) as type, t.typcategory as category, e.typcategory as element,
       pg_catalog.format_type(pg_catalog.to_regtype($3::text), null) as wanted
     from pg_catalog.pg_attribute a
     join pg_catalog.pg_type t on t.oid = a.atttypid
     left join pg_catalog.pg_type e on e.oid = t.typelem
     where a.attrelid = pg_catalog.to_regclass($1::text) and a.attname = $2::text and not a.attisdropped`,
    [from.table, column, said ? 'text' : type],
  )
  if (!now) return undefined
  const length = said ?? (await lengthIn(db, type))
  // USING decides what becomes of a value that is too long
  if (length && value === name && isMeasured(length, now)) return rows(tooLong(name, length))
  if (said && !said.each && TEXTS.has(said.of)) return undefined
  const isPlain = value === name || value === `${name}::${type}` || value === `${name}::text::${type}`
  const isText = now.category === 'S'
  if (db.server.major < 16 || !isPlain || !(isText || (INTEGERS.has(now.type) && INTEGERS.has(now.wanted)))) return undefined
  return rows(`NOT pg_catalog.pg_input_is_valid(${name}::text, ${quoteText(type)})`)
}

const TEXTS = new Set(['varchar', 'bpchar'])

/** Whatever becomes a text is as long as it prints; bits are counted in bits alone. */
function isMeasured({of, each}: Length, {category, element}: Row): boolean {
  if (each !== (category === 'A')) return false
  return TEXTS.has(of) || (each ? element : category) === 'V'
}
