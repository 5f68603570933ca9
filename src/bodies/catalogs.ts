// A database in; what its catalogs say of relations, functions, procedures and domains by name out: each is read once, all that are asked for together.
import type {Db} from '../postgres/db.ts'
import {callsIn, parse, type Tree, walk} from '../postgres/parse.ts'
import {gathering} from './session.ts'

/** A table or what looks like one. */
export interface Relation {
  readonly schema: string
  /** a plain or partitioned table, which no rule stands before */
  readonly isTable: boolean
  /** columns of each unique index without a condition or an expression, in the order of their names */
  readonly keys: readonly (readonly string[])[]
}

export interface Procedure {
  readonly schema: string
  readonly parameters: readonly {readonly name: string; readonly mode: string}[]
}

export interface Catalogs {
  /** whether one of these relations has a column of that name, or one of these functions hands one back */
  readonly isColumn: (name: string, sources: ReadonlySet<string>) => Promise<boolean>
  /** of all functions of a name, what the least volatile one is */
  readonly volatility: (name: string) => Promise<'i' | 's' | 'v' | undefined>
  /** in whatever schema */
  readonly relations: (name: string) => Promise<readonly Relation[]>
  readonly procedures: (name: string) => Promise<readonly Procedure[]>
  /** oids of functions in whose bodies the word stands beside one that makes or changes something */
  readonly mentioning: (word: string) => Promise<readonly number[]>
  /** whether what a domain, and those beneath it, check can be tried out: it calls nothing of the users', and gives the same at any time */
  readonly isPlain: (domain: number) => Promise<boolean>
}

export function catalogsOf(db: Db): Catalogs {
  const columns = gathering(async (all: readonly {name: string; sources: ReadonlySet<string>}[]) => {
    const sources = new Set(all.flatMap((one) => [...one.sources]))
    const rows = await db.query(COLUMNS, [[...new Set(all.map(({name}) => name))], [...sources]])
    const found = new Set(rows.map(({source, name}) => `${source}\0${name}`))
    return all.map(({name, sources}) => [...sources].some((source) => found.has(`${source}\0${name}`)))
  })
  return {
    isColumn: (name, sources) => columns({name, sources}),
    volatility: gathering(async (names: readonly string[]) => {
      const rows = await db.query(VOLATILITY, [[...new Set(names)]])
      const found = new Map(rows.map(({name, volatility}) => [name, volatility]))
      return names.map((name) => found.get(name))
    }),
    relations: named<Relation>(db, RELATIONS),
    procedures: named<Procedure>(db, PROCEDURES),
    mentioning: named<number>(db, MENTIONING),
    isPlain: gathering((domains: readonly number[]) => plainOf(db, domains)),
  }
}

/** Rows of one JSON list each, by name. */
function named<T>(db: Db, sql: string): (name: string) => Promise<readonly T[]> {
  return gathering(async (names: readonly string[]) => {
    const rows = await db.query(sql, [[...new Set(names)]])
    const found = new Map(rows.map(({name, list}) => [name, JSON.parse(list) as T[]]))
    return names.map((name) => found.get(name) ?? [])
  })
}

async function plainOf(db: Db, domains: readonly number[]): Promise<boolean[]> {
  const rows = await db.query(CHECKS, [[...new Set(domains)]])
  const checks = await Promise.all(rows.map(async ({domain, own, check}) => ({domain, own, tree: await treeOf(check)})))
  const called = new Set(checks.flatMap(({tree}) => callsIn(tree).map((name) => name.at(-1)!)))
  const immutable = new Set((await db.query(IMMUTABLE, [[...called]])).map(({name}) => name))
  const isPlain = (tree: Tree | undefined) =>
    tree !== undefined && callsIn(tree).every((name) => immutable.has(name.at(-1)!)) && !asksTime(tree)
  return domains.map((domain) => checks.every((one) => one.domain !== domain || (!one.own && isPlain(one.tree))))
}

/** CHECK (…) as it is printed. */
async function treeOf(check: string): Promise<Tree | undefined> {
  const [only] = await parse(`alter domain d add ${check}`).catch(() => [])
  return only?.stmt
}

/** CURRENT_DATE, CURRENT_USER and their kin. */
function asksTime(tree: Tree): boolean {
  let asks = false
  walk(tree, (name) => {
    if (name === 'SQLValueFunction') asks = true
  })
  return asks
}

const COLUMNS = `
  select c.relname::text as source, a.attname::text as name
  from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
  where a.attname = any ($1::text[]) and c.relname = any ($2::text[])
  union
  select p.proname::text, a.name
  from pg_catalog.pg_proc p cross join lateral unnest(p.proargnames, p.proargmodes) a (name, mode)
  where a.name = any ($1::text[]) and p.proname = any ($2::text[]) and a.mode in ('o', 'b', 't')
  union
  select p.proname::text, a.attname::text
  from pg_catalog.pg_proc p
  join pg_catalog.pg_type t on t.oid = p.prorettype and t.typrelid <> 0
  join pg_catalog.pg_attribute a on a.attrelid = t.typrelid
  where a.attname = any ($1::text[]) and p.proname = any ($2::text[])`

// i, s and v stand in that order; what prints values of any type (format, concat, to_jsonb, …) is STABLE for the sake of a few types alone
const VOLATILITY = `
  select proname::text as name, min(case
    when provolatile = 's' and pronamespace = 'pg_catalog'::regnamespace and proargtypes::oid[] && array[2249, 2276, 2277, 2283, 3500]::oid[]
    then 'i' else provolatile::text end collate "C") as volatility
  from pg_catalog.pg_proc where proname = any ($1::text[]) group by 1`

const RELATIONS = `
  select c.relname::text as name, json_agg(json_build_object('schema', n.nspname,
    'isTable', c.relkind in ('r', 'p') and not c.relhasrules, 'keys', coalesce(k.keys, '[]')))::text as list
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join (
    select k.indrelid, json_agg(k.columns) as keys
    from (
      select i.indrelid, i.indexrelid, json_agg(a.attname order by a.attname collate "C") as columns
      from pg_catalog.pg_class t
      join pg_catalog.pg_index i on i.indrelid = t.oid and i.indisunique and i.indpred is null and i.indexprs is null
      cross join lateral unnest(i.indkey::int2[]) with ordinality k (attnum, n)
      join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
      where k.n <= i.indnkeyatts and t.relname = any ($1::text[])
      group by i.indrelid, i.indexrelid) k
    group by k.indrelid) k on k.indrelid = c.oid
  where c.relname = any ($1::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  group by 1`

const PROCEDURES = `
  select p.proname::text as name, json_agg(json_build_object('schema', n.nspname, 'parameters', (
    select coalesce(json_agg(json_build_object('name', coalesce(p.proargnames[a.n], ''), 'mode', coalesce(p.proargmodes[a.n], 'i')) order by a.n), '[]')
    from generate_series(1, cardinality(coalesce(p.proallargtypes, p.proargtypes::oid[]))) a (n))))::text as list
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where p.prokind = 'p' and p.proname = any ($1::text[])
  group by 1`

const MENTIONING = `
  select w.name, json_agg(p.oid::int8)::text as list
  from unnest($1::text[]) w (name)
  join pg_catalog.pg_proc p on p.oid >= 16384 and p.prosrc ~* 'create|alter|rename|into' and strpos(lower(p.prosrc), lower(w.name)) > 0
  group by 1`

const CHECKS = `
  with recursive beneath (domain, oid) as (
    select oid, oid from pg_catalog.pg_type where oid = any ($1::oid[])
    union all
    select b.domain, t.typbasetype from beneath b join pg_catalog.pg_type t on t.oid = b.oid and t.typtype = 'd'
  )
  select b.domain::int8 as domain, pg_catalog.pg_get_constraintdef(c.oid) as check,
    exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_constraint'::regclass and d.objid = c.oid
      and d.refclassid in ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass)) as own
  from beneath b join pg_catalog.pg_constraint c on c.contypid = b.oid and c.contype = 'c'`

const IMMUTABLE = `
  select proname::text as name from pg_catalog.pg_proc where proname = any ($1::text[])
  group by 1 having bool_and(provolatile = 'i' and pronamespace = 'pg_catalog'::regnamespace)`
