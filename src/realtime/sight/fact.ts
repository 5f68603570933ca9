// Functions, operators, types and collations by oid in; whether what they do is known beforehand, or why not, out.
import type {Asking} from '../../events/link.ts'
import {parse, type Tree} from '../../postgres/parse.ts'
import {isMoment, isPlain} from '../predicate/kind.ts'
import type {Oids} from './oids.ts'
import {type Names, onlyExpression, refusedTerm} from './term.ts'

/** What is known of what a condition is bound to. */
export interface Facts {
  /** why JavaScript can't decide it; undefined: it may */
  readonly refused?: string
  /** why it is not PostgreSQL's own immutable functions alone, what is settled, and columns of PostgreSQL's own types; undefined: it is */
  readonly alien?: string
  /** it speaks of values of types that users made: labels may be called otherwise one day */
  readonly hasLabels: boolean
  /** it goes by other collations than the database's */
  readonly hasCollations: boolean
  /** types with labels */
  readonly enums: ReadonlySet<number>
  /** functions of users, `auth.uid`, which only ask for settings; by name, with their oids: those that they call as well */
  readonly settled: ReadonlyMap<string, number>
  /** what of it another moment answers otherwise, where something does: `now()` */
  readonly clock?: string
}

/** Called by a body without a schema: that nobody else has one of these names is looked at. */
const BUILT_IN: readonly string[] = [
  ...['lower', 'upper', 'btrim', 'ltrim', 'rtrim', 'replace', 'split_part', 'current_setting'],
  ...['json_extract_path', 'json_extract_path_text', 'jsonb_extract_path', 'jsonb_extract_path_text'],
]
const OPERATORS = ['->', '->>', '#>', '#>>', '=', '<>']
const TYPE_NAMES = ['text', 'varchar', 'uuid', 'int2', 'int4', 'int8', 'bool', 'json', 'jsonb', 'numeric', 'name', 'bpchar']

/** What is taken to be PostgreSQL's own by its name alone. */
export const NAMES: readonly string[] = [...BUILT_IN, ...OPERATORS, ...TYPE_NAMES]

/** current_setting is PostgreSQL's only function that is not immutable and may be called. */
const SETTINGS = [2077, 3294]

const QUERY = `
  with f as (
    select p.* from pg_catalog.pg_proc p where p.oid = any ($1::pg_catalog.oid[]) or p.oid in (select o.oprcode from pg_catalog.pg_operator o where o.oid = any ($2::pg_catalog.oid[]))
  )
  select 'function' as what, f.oid, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(f.proname) || '()' as name,
    n.nspname as schema, f.proname as called, f.oid < 16384 and f.pronamespace = 'pg_catalog'::pg_catalog.regnamespace as built_in,
    f.provolatile = 'i' as immutable, f.proacl is null as free, f.pronargs as args
  from f join pg_catalog.pg_namespace n on n.oid = f.pronamespace
  union all
  select 'type', t.oid, pg_catalog.format_type(t.oid, null), null, t.typtype::pg_catalog.text, t.oid < 16384, null, null, null
  from pg_catalog.pg_type t where t.oid = any ($3::pg_catalog.oid[])
  union all
  select 'collation', c.oid, c.collname, null, null, c.collisdeterministic, null, null, null from pg_catalog.pg_collation c where c.oid = any ($4::pg_catalog.oid[])
  union all
  select 'cast', c.oid, pg_catalog.format_type(c.casttarget, null), null, null, false, null, null, null
  from pg_catalog.pg_cast c where c.oid >= 16384 and c.castsource < 16384 and c.casttarget < 16384`

export async function readFacts(db: Asking, {functions, operators, types, collations, nodes}: Oids): Promise<Facts> {
  const rows = await db.query(
    QUERY,
    [functions, operators, types, collations].map((oids) => [...oids]),
  )
  const of = (what: string) => rows.filter((row) => row.what === what)
  const enums = new Set(
    of('type')
      .filter(({called}) => called === 'e')
      .map(({oid}) => oid as number),
  )
  const settled = new Map<string, number>()
  const unsettled = await unsettledAmong(db, of('function'), settled)
  const cast = of('cast')[0] && `a cast to ${of('cast')[0]!.name} that somebody made`
  const alien = cast ?? alienAmong(of('function'), of('type'), nodes) ?? unsettled
  const refused =
    cast ??
    [...nodes].find((node) => UNCOUNTED.has(node)) ??
    of('type').find(({oid}) => !enums.has(oid) && !isPlain(oid) && !isMoment(oid))?.name ??
    of('collation').find(({built_in}) => !built_in)?.name ??
    movingAmong(of('function')) ??
    unsettled
  const clock = nodes.has('CLOCK')
    ? 'the time'
    : of('function').find(({built_in, called}) => built_in && CLOCK.has(called))?.called
  return {
    enums,
    settled,
    hasLabels: of('type').some(({oid}) => oid >= FIRST_OF_USERS),
    hasCollations: [...collations].some((oid) => oid !== DEFAULT_COLLATION),
    ...(alien && {alien}),
    ...(refused && {refused}),
    ...(clock && {clock: clock === 'the time' ? clock : `${clock}()`}),
  }
}

const CLOCK = new Set([
  'now',
  'transaction_timestamp',
  'statement_timestamp',
  'clock_timestamp',
  'timeofday',
  'random',
  'age',
  'pg_postmaster_start_time',
  'gen_random_uuid',
])

type Rows = readonly Record<string, any>[]

const UNCOUNTED = new Set(['AGGREF', 'WINDOWFUNC', 'NEXTVALUEEXPR'])
/** They look at other tables. */
const LOOKING = new Set([...UNCOUNTED, 'CURRENTOFEXPR', 'PARAM'])
const DEFAULT_COLLATION = 100
const FIRST_OF_USERS = 16384

/** Domains have checks of their makers, composite types may have domains; names of objects are looked up by whoever reads them. */
function alienAmong(functions: Rows, types: Rows, nodes: ReadonlySet<string>): string | undefined {
  const node = [...nodes].find((node) => LOOKING.has(node))
  if (node) return `a part of it (${node})`
  const type = types.find(
    ({built_in, called, name}) => (!built_in && called !== 'e') || called === 'c' || called === 'd' || name.startsWith('reg'),
  )
  if (type) return `type ${type.name}`
  return movingAmong(functions)
}

function movingAmong(functions: Rows): string | undefined {
  const moving = functions.find(
    ({built_in, immutable, free, oid}) => built_in && (!free || (!immutable && !SETTINGS.includes(oid))),
  )
  return moving && `${moving.called}()`
}

async function unsettledAmong(db: Asking, functions: Rows, settled: Map<string, number>): Promise<string | undefined> {
  const unsettled: string[] = []
  for (const {built_in, schema, called, args} of functions)
    if (!built_in && (args > 0 || !(await isSettled(db, schema, called, settled)))) unsettled.push(`${schema}.${called}()`)
  return unsettled[0]
}

const FUNCTION = `
  select f.oid, case when f.prosqlbody is null then f.prosrc end as source, pg_catalog.pg_get_functiondef(f.oid) as definition,
    (select coalesce(pg_catalog.json_agg(distinct o.proname), '[]') from pg_catalog.pg_proc o
      where o.proname = any ($3::pg_catalog.text[]) and o.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace) as shadowed,
    exists (select from pg_catalog.pg_type o where o.typname = any ($4::pg_catalog.text[]) and o.typnamespace <> 'pg_catalog'::pg_catalog.regnamespace)
      or exists (select from pg_catalog.pg_operator o where o.oprname = any ($5::pg_catalog.text[]) and o.oprnamespace <> 'pg_catalog'::pg_catalog.regnamespace
        and o.oprleft < 16384 and o.oprright < 16384) as hidden
  from pg_catalog.pg_proc f join pg_catalog.pg_namespace n on n.oid = f.pronamespace join pg_catalog.pg_language l on l.oid = f.prolang and l.lanname = 'sql'
  where n.nspname = $1 and f.proname = $2 and f.pronargs = 0 and f.prokind = 'f' and not f.prosecdef and not f.proretset and f.provolatile <> 'v'
    and not exists (select from pg_catalog.unnest(f.proconfig) c where c not like 'search_path=%')
    and f.prorettype < 16384`

/**
 * A SELECT of one expression that asks for settings, or calls others that do. PostgreSQL has read a body of BEGIN ATOMIC; another one means what
 * search_path says when it is called: it has only names that nobody else has.
 */
async function isSettled(db: Asking, schema: string, name: string, settled: Map<string, number>, depth = 0): Promise<boolean> {
  const key = `${schema}.${name}`
  if (settled.has(key)) return true
  const [row] = depth > 4 ? [] : await db.query(FUNCTION, [schema, name, BUILT_IN, TYPE_NAMES, OPERATORS])
  if (!row || row.hidden) return false
  const expression = await expressionOf(row.source, row.definition)
  if (!expression) return false
  const called: (readonly string[])[] = []
  const names: Names = {
    call: (name, args) => {
      if (name.length === 2 && name[0] !== 'pg_catalog' && args.length === 0) {
        called.push(name)
        return undefined
      }
      const isShadowed = name.length === 1 && row.source !== null && row.shadowed.includes(name[0])
      return BUILT_IN.includes(name.at(-1)!) && !isShadowed ? undefined : name.join('.')
    },
    isBound: false,
    operator: (name) => (name.length === 1 && OPERATORS.includes(name[0]!) ? undefined : name.join('.')),
  }
  if (refusedTerm(expression, names)) return false
  for (const [schema, name] of called) if (!(await isSettled(db, schema!, name!, settled, depth + 1))) return false
  settled.set(key, row.oid)
  return true
}

async function expressionOf(source: string | null, definition: string): Promise<Tree | undefined> {
  const parsed = await parse(source ?? definition).catch(() => [])
  if (parsed.length !== 1) return undefined
  const {stmt} = parsed[0]!
  if (source !== null) return onlyExpression(stmt.SelectStmt)
  const {sql_body} = stmt.CreateFunctionStmt ?? {}
  if (sql_body?.ReturnStmt) return sql_body.ReturnStmt.returnval
  const statements = (sql_body?.List?.items ?? []).flatMap((one: Tree) => one.List?.items ?? [one])
  return statements.length === 1 ? onlyExpression(statements[0].SelectStmt) : undefined
}
