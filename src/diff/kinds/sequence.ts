// A sequence and its options, but not an identity column's. Where it stands is data: no step here moves it.
import {quoteText} from '../../postgres/quote.ts'
import {address, isUserSchema} from '../address.ts'
import {idAbout, nameOf} from '../id.ts'
import type {CatalogObject, Hazard, Kind, Step} from '../model.ts'
import {alters, creates, drops, losesData} from '../step.ts'
import {chain} from './chain.ts'
import {renamed} from './naming.ts'

/** Only what differs from a bare CREATE SEQUENCE; numbers as text, since they reach beyond what JSON can hold. */
export interface Sequence {
  readonly type?: string
  readonly increment?: string
  readonly min?: string
  readonly max?: string
  readonly start?: string
  readonly cache?: string
  readonly cycle?: true
  readonly unlogged?: true
}

const LIMIT: Record<string, bigint> = {smallint: 2n ** 15n, integer: 2n ** 31n, bigint: 2n ** 63n}
const MAX = `(case s.seqtypid when 'int2'::regtype then 32767 when 'int4'::regtype then 2147483647 else 9223372036854775807 end)`

export const sequence: Kind<Sequence> = {
  name: 'sequence',
  rename: (from, to, {current}) => renamed(from, to, current),
  likeness: (o, {objects}) => (objects.has(idAbout('owned by', o.id)) ? undefined : o.body),
  some: 'exists (select from pg_sequence)',
  query: () => `
    select ${address('pg_class', 'c.oid')} as address, array[n.nspname, c.relname]::text[] as name,
      array['relation ' || n.nspname || '.' || c.relname] as claims,
      jsonb_strip_nulls(jsonb_build_object(
        'type', nullif(format_type(s.seqtypid, null), 'bigint'),
        'increment', nullif(s.seqincrement, 1)::text,
        'min', nullif(s.seqmin, case when s.seqincrement > 0 then 1 else -${MAX} - 1 end)::text,
        'max', nullif(s.seqmax, case when s.seqincrement > 0 then ${MAX} else -1 end)::text,
        'start', nullif(s.seqstart, case when s.seqincrement > 0 then s.seqmin else s.seqmax end)::text,
        'cache', nullif(s.seqcache, 1)::text,
        'cycle', nullif(s.seqcycle, false),
        'unlogged', case when c.relpersistence = 'u' then true end)) as body
    from pg_sequence s
    join pg_class c on c.oid = s.seqrelid
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'i'
    where d.objid is null and c.relpersistence <> 't' and ${isUserSchema('n.nspname')}`,
  holdsRows: true,
  replaceable: () => false,
  create: (o) => [
    creates(o, [`CREATE${o.body.unlogged ? ' UNLOGGED' : ''} SEQUENCE ${nameOf(o)}`, ...optionsOf(o.body)].join(' ')),
  ],
  alter(from, to) {
    const steps: Step[] = []
    const options = changesOf(wholeOf(from.body), wholeOf(to.body))
    if (options.length > 0) steps.push(...moves(from, to, options))
    if (from.body.unlogged !== to.body.unlogged) {
      steps.push(alters(from, to, `ALTER SEQUENCE ${nameOf(to)} SET ${to.body.unlogged ? 'UNLOGGED' : 'LOGGED'}`))
    }
    return chain(to.id, steps)
  },
  drop(o, context) {
    const owned = context.current.objects.get(idAbout('owned by', o.id))
    const column = owned?.needs.find((id) => context.current.objects.get(id)?.kind === 'column')
    if (column && context.isBroken(column)) return {with: column}
    return [
      drops(o, `DROP SEQUENCE ${nameOf(o)}`, {
        hazards: [losesData(`sequence ${nameOf(o)} forgets where it stands`)],
        loses: [o.id],
      }),
    ]
  },
}

function moves(from: CatalogObject<Sequence>, to: CatalogObject<Sequence>, options: readonly string[]): Step[] {
  const sql = [`ALTER SEQUENCE ${nameOf(to)}`, ...options].join(' ')
  const entry = entryInto(nameOf(to), wholeOf(from.body), wholeOf(to.body))
  if (!entry) return [alters(from, to, sql)]
  const {hazards, sql: enter, restart} = entry
  return enter ? [alters(from, to, enter, {hazards}), alters(from, to, sql)] : [alters(from, to, `${sql}${restart}`, {hazards})]
}

export interface Entry {
  readonly hazards: readonly Hazard[]
  /** runs before the bounds change */
  readonly sql?: string
  /** stands among the options where there is no place in both ranges */
  readonly restart: string
}

/** PostgreSQL refuses bounds that leave out where the sequence stands: one that stands before its new range enters it first. */
export function entryInto(name: string, was: Whole, now: Whole): Entry | undefined {
  if (isBetween(was.start, now)) return undefined
  const why = `sequence ${name} goes on at its new start where it stands outside its new range`
  const hazards: Hazard[] = [{name: 'irreversible', why}]
  const up = !now.increment.startsWith('-')
  const entry = [now.start, up ? now.min : now.max].find((value) => isBetween(value, was))
  if (entry === undefined) return {hazards, restart: ` RESTART WITH ${now.start}`}
  const outside = up ? `last_value < ${now.min}` : `last_value > ${now.max}`
  return {
    hazards,
    restart: '',
    sql: `SELECT pg_catalog.setval(${quoteText(name)}, ${entry}, false) FROM ${name} WHERE ${outside}`,
  }
}

function isBetween(value: string, {min, max}: Whole): boolean {
  return BigInt(value) >= BigInt(min) && BigInt(value) <= BigInt(max)
}

function optionsOf(body: Sequence): string[] {
  return [
    body.type && `AS ${body.type}`,
    body.increment && `INCREMENT BY ${body.increment}`,
    body.min && `MINVALUE ${body.min}`,
    body.max && `MAXVALUE ${body.max}`,
    body.start && `START WITH ${body.start}`,
    body.cache && `CACHE ${body.cache}`,
    body.cycle && 'CYCLE',
  ].filter((option) => option !== undefined)
}

export type Whole = Required<Omit<Sequence, 'cycle' | 'unlogged'>> & {cycle: boolean}

/** The options with the values PostgreSQL gives to what is not said. */
export function wholeOf(body: Sequence): Whole {
  const {type = 'bigint', increment = '1', cache = '1'} = body
  const up = !increment.startsWith('-')
  const min = body.min ?? (up ? '1' : String(-LIMIT[type]!))
  const max = body.max ?? (up ? String(LIMIT[type]! - 1n) : '-1')
  return {type, increment, min, max, start: body.start ?? (up ? min : max), cache, cycle: body.cycle ?? false}
}

function changesOf(from: Whole, to: Whole): string[] {
  const retyped = from.type !== to.type
  return [
    retyped ? `AS ${to.type}` : '',
    from.increment !== to.increment ? `INCREMENT BY ${to.increment}` : '',
    // a new type would take its own bounds along where the old ones were the old type's
    retyped || from.min !== to.min ? `MINVALUE ${to.min}` : '',
    retyped || from.max !== to.max ? `MAXVALUE ${to.max}` : '',
    from.start !== to.start ? `START WITH ${to.start}` : '',
    from.cache !== to.cache ? `CACHE ${to.cache}` : '',
    from.cycle !== to.cycle ? (to.cycle ? 'CYCLE' : 'NO CYCLE') : '',
  ].filter((option) => option !== '')
}
