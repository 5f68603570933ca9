// What functions and procedures share: how they are read, and how they are made, changed and dropped.
import {quoteNames} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {CatalogObject, Context, Kind, ObjectId, Step} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {familyOf} from './family.ts'
import {follows} from './follow.ts'
import {renamed} from './naming.ts'
import {changeReliance, reliance} from './reliance.ts'
import {typeTaking, withShells} from './shell.ts'

export interface Parameter {
  readonly name?: string
  /** i in, o out, b inout, v variadic, t column of RETURNS TABLE */
  readonly mode: 'i' | 'o' | 'b' | 'v' | 't'
  readonly type: string
}

export interface RoutineBody {
  /** pg_get_functiondef: the only print that quotes SET values of list settings as they must be */
  readonly definition: string
  readonly parameters: readonly Parameter[]
  /** how many parameters have a default, and the list of parameters with them */
  readonly defaults: number
  readonly arguments: string
  readonly returns?: string
  readonly returnsSet?: boolean
  readonly window?: boolean
  /** a body in standard SQL, parsed when it is made */
  readonly atomic?: boolean
  /** extensions whose drop takes it along */
  readonly extensions?: readonly string[]
}

const INPUT = new Set(['i', 'b', 'v'])

/** The types of the input parameters, which name a routine together with its name. */
export const SIGNATURE = `(select string_agg(format_type(t, null), ', ' order by n) from unnest(p.proargtypes) with ordinality a (t, n))`

/** Its body is text, in which names are looked up on the caller's search_path whenever it runs. */
export const RELIES = `(l.lanname not in ('internal', 'c') and p.prosqlbody is null
  and not exists (select from unnest(p.proconfig) c where c like 'search\\_path=%'))`

/** A range type brings its constructors; they are internal parts of it. */
function query(prokinds: string): string {
  return `
    select ${address('pg_proc', 'p.oid')} as address, array[n.nspname, p.proname]::text[] as name, s.signature, p.prosrc as text,
      array['routine ' || n.nspname || '.' || p.proname || s.signature] as claims, x.addresses as needs,
      jsonb_strip_nulls(jsonb_build_object(
        'definition', rtrim(pg_get_functiondef(p.oid), E'\\n'),
        'parameters', coalesce(a.parameters, '[]'),
        'arguments', pg_get_function_arguments(p.oid),
        'defaults', p.pronargdefaults,
        'returns', case when p.prokind <> 'p' then format_type(p.prorettype, null) end,
        'returnsSet', nullif(p.proretset, false),
        'window', nullif(p.prokind = 'w', false),
        'atomic', nullif(p.prosqlbody is not null, false),
        'extensions', x.extensions)) as body,
      nullif(jsonb_strip_nulls(jsonb_build_object(
        'stable', case when p.provolatile <> 'v' then true end,
        'strict', case when p.proisstrict then true end,
        'relies', case when ${RELIES} then true end,
        'definer', case when p.prosecdef then true end)), '{}') as beside
    from pg_proc p
    join pg_language l on l.oid = p.prolang
    join pg_namespace n on n.oid = p.pronamespace
    cross join lateral (select '(' || coalesce(${SIGNATURE}, '') || ')' as signature) s
    left join lateral (
      select jsonb_agg(jsonb_build_object('name', nullif(p.proargnames[i], ''), 'mode', coalesce(p.proargmodes[i], 'i'), 'type', format_type(t, null)) order by i) as parameters
      from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality u (t, i)) a on true
    left join ${reliance('pg_proc')} x on x.object = p.oid
    where p.prokind in (${prokinds}) and ${isUserSchema('n.nspname')}
      and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i')`
}

export function routine(name: 'function' | 'procedure', prokinds: string): Kind<RoutineBody> {
  const word = name.toUpperCase()
  const relies = (o: CatalogObject<RoutineBody>, from?: readonly string[]) =>
    changeReliance(from, o.body.extensions).map((clause) => `ALTER ${word} ${sqlName(o)} ${clause}`)

  return {
    name,
    rename: (from, to, {current}) => renamed(from, to, current, (o) => `${word} ${sqlName(o)}`),
    likeness: (o) => nameless(o, word),
    some: beyond('pg_proc', `prokind in (${prokinds})`),
    query: () => query(prokinds),
    create: (o, context) => [
      // a body in standard SQL is parsed at once, so it can stand in a cycle: first an empty one
      creates(o, o.body.definition, o.body.atomic ? {split: () => inTwo(o, word)} : {needs: withShells(o, context)}),
      ...relies(o).map((sql) => follows(o, sql)),
    ],
    alter(from, to) {
      if (!isReplaceable(from.body, to.body)) return 'replace'
      const relied = relies(to, from.body.extensions)
      if (from.body.definition === to.body.definition) return relied.map((sql) => alters(from, to, sql))
      return [alters(from, to, to.body.definition), ...relied.map((sql) => follows(to, sql))]
    },
    drop(o, context) {
      const type = typeTaking(o, context)
      if (type) return {with: type}
      return [drops(o, `DROP ${word} ${sqlName(o)}`, o.body.atomic ? {split: () => dropInTwo(o, word, context)} : {})]
    },
    widens: ({from, to}) => (from && to?.beside?.definer ? definerGains(from, to) : undefined),
  }
}

function definerGains(from: CatalogObject, to: CatalogObject): string | undefined {
  if (!from.beside?.definer) return `${to.id} runs with its owner’s rights, whoever calls it`
  const isOpened = to.beside?.relies === true && from.beside?.relies !== true
  return isOpened ? `${to.id} looks names up on its caller’s search_path, with its owner’s rights` : undefined
}

/** Its body with a definition that lacks its name; undefined where that doesn't print as expected. */
function nameless({name, body}: CatalogObject<RoutineBody>, word: string): RoutineBody | undefined {
  const head = `CREATE OR REPLACE ${word} ${quoteNames(...name)}(`
  return body.definition.startsWith(head) ? {...body, definition: body.definition.slice(head.length)} : undefined
}

/** OR REPLACE keeps the result, the names of input parameters, and every default (CREATE FUNCTION, Notes). */
function isReplaceable(from: RoutineBody, to: RoutineBody): boolean {
  if (from.window !== to.window || from.returns !== to.returns || from.returnsSet !== to.returnsSet) return false
  if (to.defaults < from.defaults) return false
  if (to.returns === undefined || to.returns === 'record') {
    if (print(from, (p) => !INPUT.has(p.mode) || p.mode === 'b') !== print(to, (p) => !INPUT.has(p.mode) || p.mode === 'b'))
      return false
  }
  const inputs = from.parameters.filter((p) => INPUT.has(p.mode))
  const wanted = to.parameters.filter((p) => INPUT.has(p.mode))
  if (inputs.some((p, at) => p.name !== undefined && p.name !== wanted[at]?.name)) return false
  // what calls a variadic function was compiled to hand it an array
  if (inputs.some((p, at) => (p.mode === 'v') !== (wanted[at]?.mode === 'v'))) return false
  // a default for a polymorphic parameter has a type of its own, which must stay
  return from.arguments === to.arguments || from.defaults === 0 || !inputs.some((p) => p.type.startsWith('any'))
}

function print(body: RoutineBody, isMeant: (parameter: Parameter) => boolean): string {
  return JSON.stringify(body.parameters.filter(isMeant))
}

/** With OUT parameters told: p(integer) alone may mean two procedures. */
function sqlName(o: CatalogObject<RoutineBody>): string {
  if (o.kind === 'function' || !o.body.parameters.some((p) => p.mode === 'o')) return nameOf(o)
  const types = o.body.parameters.map((p) => (p.mode === 'o' ? `OUT ${p.type}` : p.type))
  return `${quoteNames(...o.name)}(${types.join(', ')})`
}

// A cycle of bodies in standard SQL: an empty body first; on the way out, an empty body before it goes.

function inTwo(o: CatalogObject<RoutineBody>, word: string): Step[] {
  const whole = `${o.id} whole` as ObjectId
  return [
    creates(o, `CREATE ${empty(o, word)}`, {needs: o.needs.filter(isForHead), softNeeds: []}),
    {...creates(o, o.body.definition, {makes: [whole], needs: [...o.needs, o.id], claims: []}), verb: 'alter'},
  ]
}

function dropInTwo(o: CatalogObject<RoutineBody>, word: string, context: Context): Step[] {
  const bare = `${o.id} bare` as ObjectId
  return [
    {
      ...creates(o, `CREATE OR REPLACE ${empty(o, word)}`, {makes: [bare], needs: [], softNeeds: [], claims: []}),
      verb: 'alter',
      releases: o.needs.filter((id) => !isForHead(id)),
    },
    drops(o, `DROP ${word} ${sqlName(o)}`, {breaks: familyOf(o.id, context), needs: [bare]}),
  ]
}

function empty(o: CatalogObject<RoutineBody>, word: string): string {
  const {returns, returnsSet, parameters} = o.body
  const columns = parameters.filter((p) => p.mode === 't').map((p) => `${quoteNames(p.name ?? '')} ${p.type}`)
  const result = columns.length > 0 ? `TABLE(${columns.join(', ')})` : returns && `${returnsSet ? 'SETOF ' : ''}${returns}`
  return `${word} ${quoteNames(...o.name)}(${o.body.arguments})${result ? ` RETURNS ${result}` : ''} LANGUAGE plpgsql AS 'begin end'`
}

/** Its own name and types stay; a view among them may be the type of a parameter. */
function isForHead(id: ObjectId): boolean {
  return !/^(function|procedure|aggregate) /.test(id)
}
