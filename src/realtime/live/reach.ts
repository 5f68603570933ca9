// A statement and who asks in; what it reaches by PostgreSQL's own notes (pg_depend) out: tables with columns, functions, and what is unseen.
import {PgextError} from '../../errors.ts'
import type {Db, Row} from '../../postgres/db.ts'
import {quoteNames} from '../../postgres/quote.ts'
import type {Viewer} from '../model.ts'
import {type Marks, readMarks} from './marks.ts'
import type {Statement} from './statement.ts'
import {enter} from './transaction.ts'

/** A relation whose rows it reads. */
export interface Reached {
  readonly oid: number
  readonly schema: string
  readonly name: string
  /** as pg_class has it: r, p, f, m, S; v of PostgreSQL's own alone */
  readonly kind: string
  /** those that it reads; 'all' where it reads whole rows, or counts them */
  readonly columns: ReadonlySet<string> | 'all'
  /** reached through policies alone */
  readonly isPolicys: boolean
}

export interface Called {
  readonly schema: string
  readonly name: string
  readonly oid: number
  readonly language: string
  readonly volatility: 'i' | 's' | 'v'
  /** PostgreSQL's own */
  readonly isBuiltIn: boolean
  /** its body is in standard SQL: PostgreSQL notes what it reads */
  readonly isOpen: boolean
}

export interface Reach {
  readonly relations: readonly Reached[]
  readonly functions: readonly Called[]
  /** oids of all that it reaches: views and functions that it only goes through, too */
  readonly oids: ReadonlySet<number>
  /** of all of them, as they were when this was read */
  readonly marks: Marks
  /** policies that are asked, as SQL expressions */
  readonly policies: readonly string[]
  /** functions, by oid, that are called elsewhere than in the statement itself and in policies */
  readonly behind: ReadonlySet<number>
  /** it names CURRENT_DATE, CURRENT_TIMESTAMP or such */
  readonly readsClock: boolean
}

/**
 * In a transaction of its own, which is rolled back: a function in standard SQL is made of the statement, since a view can't hold $1.
 *
 * @param types SQL of the parameters' types
 * @param reads tables that its functions read
 */
export async function readReach(
  db: Db,
  viewer: Viewer | undefined,
  {sql}: Statement,
  types: readonly string[],
  reads: readonly string[],
): Promise<Reach> {
  try {
    await db.script(`begin isolation level repeatable read, read write; ${enter(viewer, 10_000)}`)
    await refuseUnknown(db, reads)
    await make(db, sql, types)
    const [made] = await db.query(`select oid from pg_catalog.pg_proc where pronamespace = pg_catalog.pg_my_temp_schema()
      and proname = 'pgext_live'`)
    const nodes = await db.query(WALK, [made!.oid, reads])
    return await describeNodes(db, made!.oid, nodes)
  } finally {
    await db.script('rollback')
  }
}

async function make(db: Db, sql: string, types: readonly string[]): Promise<void> {
  try {
    await db.query(
      `create function pg_temp.pgext_live(${types.join(', ')}) returns void language sql begin atomic\n${sql}\n;\nend`,
    )
  } catch (error) {
    if (!(error instanceof PgextError) || error.sqlstate !== '42501') throw error
    throw new PgextError('not-allowed', `what the query reads can't be found out: ${error.message}`, {
      hint: 'it takes a temporary function, of which nothing stays: GRANT TEMPORARY ON DATABASE … TO the role',
      cause: error,
      sqlstate: error.sqlstate,
    })
  }
}

async function refuseUnknown(db: Db, reads: readonly string[]): Promise<void> {
  if (reads.length === 0) return
  const rows = await db.query<{name: string}>(
    'select r as name from pg_catalog.unnest($1::text[]) r where pg_catalog.to_regclass(r) is null',
    [reads],
  )
  if (rows[0]) throw new PgextError('usage', `reads names ${rows[0].name}, which does not exist`)
}

/**
 * What a node reads is what PostgreSQL noted when it was made. A whole row is noted as nothing but its table: a tree with such a variable
 * (attribute 0) reads all columns of its tables. What stands behind a view is asked with its owner's rights, unless it says otherwise.
 */
const WALK = `
  with recursive reach (class, id, part, behind, policys) as (
    select 'pg_catalog.pg_proc'::pg_catalog.regclass::oid, $1::oid, 0, false, false
    union
    select 'pg_catalog.pg_class'::pg_catalog.regclass::oid, pg_catalog.to_regclass(r)::oid, 0, false, false from pg_catalog.unnest($2::text[]) r
    union
    select e.class, e.id, e.part, r.behind or e.behind, r.policys or e.policys
    from reach r cross join lateral (
      select d.refclassid, d.refobjid, case when t.whole then 0 else d.refobjsubid end, false, false
      from (
        select pg_catalog.strpos(p.prosqlbody::text, ':varattno 0 ') > 0 from pg_catalog.pg_proc p
        where r.class = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = r.id and p.prosqlbody is not null
        union all
        select pg_catalog.strpos(w.ev_action::text, ':varattno 0 ') > 0 from pg_catalog.pg_rewrite w
        where r.class = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and w.oid = r.id
        union all
        select pg_catalog.strpos(p.polqual::text, ':varattno 0 ') > 0 from pg_catalog.pg_policy p
        where r.class = 'pg_catalog.pg_policy'::pg_catalog.regclass and p.oid = r.id
        union all
        select false where r.class = 'pg_catalog.pg_operator'::pg_catalog.regclass
        union all
        select false from pg_catalog.pg_proc p
        where r.class = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = r.id and p.prokind in ('a', 'w')
      ) t (whole)
      join pg_catalog.pg_depend d on d.classid = r.class and d.objid = r.id and d.deptype = 'n' and d.refclassid in
        ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)
      union all
      select 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, 0,
        coalesce(not (select o.option_value::boolean from pg_catalog.pg_options_to_table(c.reloptions) o where o.option_name = 'security_invoker'), true),
        false
      from pg_catalog.pg_class c join pg_catalog.pg_rewrite w on w.ev_class = c.oid
      where r.class = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = r.id and c.relkind = 'v' and w.ev_type = '1'
      union all
      select 'pg_catalog.pg_policy'::pg_catalog.regclass, p.oid, 0, false, true
      from pg_catalog.pg_class c join pg_catalog.pg_policy p on p.polrelid = c.oid
      where r.class = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = r.id and c.relrowsecurity and p.polcmd in ('r', '*')
        and (r.behind or pg_catalog.row_security_active(c.oid))
      union all
      select r.class, i.inhrelid, 0, false, false
      from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
      where r.class = 'pg_catalog.pg_class'::pg_catalog.regclass and i.inhparent = r.id and not c.relispartition
    ) e (class, id, part, behind, policys)
  )
  select r.class::pg_catalog.regclass::text as class, r.id, pg_catalog.min(r.part) as least, pg_catalog.bool_and(r.policys) as policys,
    pg_catalog.json_agg(a.attname) filter (where r.part > 0) as columns
  from reach r
  left join pg_catalog.pg_attribute a on r.class = 'pg_catalog.pg_class'::pg_catalog.regclass and a.attrelid = r.id and a.attnum = r.part and r.part > 0
  where r.id is not null
  group by r.class, r.id`

const TREES = `
  select p.oid = $1 as own, false as policys, p.prosqlbody::text as tree, null::text as sql from pg_catalog.pg_proc p where p.oid = any ($2::oid[])
    and p.prosqlbody is not null
  union all select false, false, w.ev_action::text, null from pg_catalog.pg_rewrite w where w.oid = any ($3::oid[])
  union all select false, true, p.polqual::text, pg_catalog.pg_get_expr(p.polqual, p.polrelid) from pg_catalog.pg_policy p where p.oid = any ($4::oid[])`

const RELATIONS = `
  select c.oid, n.nspname as schema, c.relname as name, c.relkind as kind
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid = any ($1::oid[]) and (c.relkind in ('r', 'p', 'f', 'm', 'S') or (c.relkind = 'v' and n.nspname = 'pg_catalog'))`

const FUNCTIONS = `
  select p.oid, n.nspname as schema, p.proname as name, l.lanname as language, p.provolatile as volatility, p.prosqlbody is not null as open,
    n.nspname = 'pg_catalog' as built_in
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace join pg_catalog.pg_language l on l.oid = p.prolang
  where p.oid = any ($1::oid[]) and p.prokind in ('f', 'p')`

async function describeNodes(db: Db, own: number, nodes: readonly Row[]): Promise<Reach> {
  const of = (name: string) => nodes.filter(({class: catalog}) => catalog === name || catalog === `pg_catalog.${name}`)
  const ids = (name: string) => of(name).map(({id}) => id as number)
  const trees = await db.query(TREES, [own, ids('pg_proc'), ids('pg_rewrite'), ids('pg_policy')])
  const met = new Map(of('pg_class').map((row) => [row.id as number, row]))
  // PostgreSQL's own relations and functions are in no note: their oids stand in the trees
  for (const {tree, policys} of trees)
    for (const oid of oidsIn(tree, 'relid')) if (!met.has(oid)) met.set(oid, {least: 0, columns: null, policys})
  const called = new Set(ids('pg_proc'))
  const behind = new Set<number>()
  for (const row of trees) {
    for (const key of CALLS) {
      for (const oid of oidsIn(row.tree, key)) {
        called.add(oid)
        if (!row.own && !row.policys) behind.add(oid)
      }
    }
  }
  called.delete(own)
  const relations = await db.query(RELATIONS, [[...met.keys()]])
  const functions = await db.query(FUNCTIONS, [[...called]])
  const oids = new Set([...met.keys(), ...functions.flatMap(({oid, built_in}) => (built_in ? [] : oid))])
  return {
    relations: relations.map((row) => reachedAs(row, met.get(row.oid)!)),
    functions: functions.map(({open, built_in, ...row}) => ({...row, isOpen: open, isBuiltIn: built_in}) as unknown as Called),
    oids,
    marks: await readMarks(db, [...oids]),
    policies: trees.flatMap(({policys, sql}) => (policys && sql !== null ? [sql] : [])),
    behind,
    readsClock: trees.some(({tree}) => readsClock(tree)),
  }
}

function reachedAs({oid, schema, name, kind}: Row, {least, columns, policys}: Row): Reached {
  return {
    oid,
    schema,
    name,
    kind,
    isPolicys: policys === true,
    columns: least <= 0 || !columns ? 'all' : new Set<string>(columns),
  }
}

export const nameOf = ({schema, name}: {readonly schema: string; readonly name: string}): string => quoteNames(schema, name)

const CALLS = ['funcid', 'opfuncid', 'aggfnoid', 'winfnoid']

/** Of a field of PostgreSQL's printed trees (`:funcid 1299`): what users wrote stands in them as bytes, or behind a backslash. */
function oidsIn(tree: string | null, field: string): Set<number> {
  const oids = new Set<number>()
  const label = `:${field} `
  for (let at = tree?.indexOf(label) ?? -1; at >= 0; at = tree!.indexOf(label, at + 1))
    oids.add(Number.parseInt(tree!.slice(at + label.length), 10))
  oids.delete(0)
  return oids
}

/** Of the functions of SQL without parentheses those up to LOCALTIMESTAMP tell the time. */
function readsClock(tree: string | null): boolean {
  const label = '{SQLVALUEFUNCTION :op '
  for (let at = tree?.indexOf(label) ?? -1; at >= 0; at = tree!.indexOf(label, at + 1))
    if (Number.parseInt(tree!.slice(at + label.length), 10) <= 8) return true
  return false
}
