// What a column's identity was and is in, the clause that says it and the steps from one to the other out.
import {quoteName, quoteNames, quoteText} from '../../postgres/quote.ts'
import type {Naming} from '../circle.ts'
import type {CatalogObject, Context, Step} from '../model.ts'
import {alters} from '../step.ts'
import type {ColumnBody} from './column.ts'
import {relationNaming} from './naming.ts'
import {entryInto, type Whole, wholeOf} from './sequence.ts'

export interface Identity {
  when: 'ALWAYS' | 'BY DEFAULT'
  /** only where it is not table_column_seq */
  name?: string
  start?: string
  increment?: string
  min?: string
  max?: string
  cache?: string
  cycle?: true
  /** only where its table is not: from 15 on a sequence may outlive, or not outlive, a crash by itself */
  logged?: boolean
}

const low = (type: string) => `(case ${type} when 21 then -32768 when 23 then -2147483648 else -9223372036854775808 end)::bigint`
const high = (type: string) => `(case ${type} when 21 then 32767 when 23 then 2147483647 else 9223372036854775807 end)::bigint`

/** Keys of a body with their values, of an attribute `a` of the relation `c` with the sequence `q`. */
export const IDENTITY = (major: number) => ({
  when: `case a.attidentity when 'a' then 'ALWAYS' else 'BY DEFAULT' end`,
  name: `case when q.relname <> c.relname || '_' || a.attname || '_seq' then q.relname end`,
  start: 'case when q.seqstart <> case when q.seqincrement > 0 then q.seqmin else q.seqmax end then q.seqstart::text end',
  increment: 'nullif(q.seqincrement, 1)::text',
  min: `case when q.seqmin <> case when q.seqincrement > 0 then 1 else ${low('q.seqtypid')} end then q.seqmin::text end`,
  max: `case when q.seqmax <> case when q.seqincrement > 0 then ${high('q.seqtypid')} else -1 end then q.seqmax::text end`,
  cache: 'nullif(q.seqcache, 1)::text',
  cycle: 'case when q.seqcycle then true end',
  // before 15 every sequence is logged
  ...(major >= 15 && {logged: `case when q.relpersistence <> c.relpersistence then q.relpersistence = 'p' end`}),
})

/** What stands in parentheses behind AS IDENTITY, where something does. */
export function identityOptions(c: CatalogObject, identity: Identity): string {
  const options = [
    identity.name !== undefined && `SEQUENCE NAME ${quoteNames(c.name[0]!, identity.name)}`,
    identity.start !== undefined && `START WITH ${identity.start}`,
    identity.increment !== undefined && `INCREMENT BY ${identity.increment}`,
    identity.min !== undefined && `MINVALUE ${identity.min}`,
    identity.max !== undefined && `MAXVALUE ${identity.max}`,
    identity.cache !== undefined && `CACHE ${identity.cache}`,
    identity.cycle && 'CYCLE',
  ].filter(Boolean)
  return options.length ? ` (${options.join(' ')})` : ''
}

export function identitySteps(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>, context: Context): Step[] {
  const had = from.body.identity
  const has = to.body.identity
  if (JSON.stringify(had) === JSON.stringify(has)) return []
  const alter = `ALTER TABLE ${quoteNames(to.name[0]!, to.name[1]!)} ALTER COLUMN ${quoteName(to.name[2]!)}`
  if (!has) return [alters(from, to, `${alter} DROP IDENTITY`, {frees: from.claims})]
  const add = `${alter} ADD GENERATED ${has.when} AS IDENTITY${identityOptions(to, has)}`
  if (!had) {
    const logging = sequenceExtras(to).map((sql) => alters(from, to, sql))
    return [alters(from, to, add, {claims: to.claims, needs: to.needs}), ...goingOn(from, to, has), ...logging]
  }
  const sequence = (identity: Identity) => sequenceName(to, identity)
  if (had.name !== has.name) {
    // its values go on: a name that PostgreSQL derived from an older table or column follows
    const rename = alters(
      from,
      to,
      `ALTER SEQUENCE ${sequence(had)} RENAME TO ${quoteName(has.name ?? `${to.name[1]}_${to.name[2]}_seq`)}`,
      {
        claims: to.claims,
        frees: from.claims,
      },
    )
    return [rename, ...identitySteps({...from, body: {...from.body, identity: {...had, name: has.name}}}, to, context)]
  }
  const [was, now] = [sequenceOf(from, had), sequenceOf(to, has)]
  const sets = [
    had.when !== has.when && `SET GENERATED ${has.when}`,
    had.increment !== has.increment && `SET INCREMENT BY ${has.increment ?? 1}`,
    had.min !== has.min && (has.min === undefined ? 'SET NO MINVALUE' : `SET MINVALUE ${has.min}`),
    had.max !== has.max && (has.max === undefined ? 'SET NO MAXVALUE' : `SET MAXVALUE ${has.max}`),
    was.start !== now.start && `SET START WITH ${now.start}`,
    had.cache !== has.cache && `SET CACHE ${has.cache ?? 1}`,
    had.cycle !== has.cycle && `SET ${has.cycle ? '' : 'NO '}CYCLE`,
  ].filter(Boolean)
  const logging = had.logged === has.logged ? [] : [alters(from, to, logSql(to, has, isLogged(to, has, context)))]
  if (sets.length === 0) return logging
  const entry = entryInto(sequence(has), was, now)
  const change = `${alter} ${sets.join(' ')}`
  if (!entry) return [alters(from, to, change), ...logging]
  const {hazards, sql: enter, restart} = entry
  return enter
    ? [alters(from, to, enter, {hazards}), alters(from, to, change), ...logging]
    : [alters(from, to, `${change}${restart}`, {hazards}), ...logging]
}

/** What AS IDENTITY can't say. */
export function sequenceExtras(c: CatalogObject<ColumnBody>): string[] {
  const {identity} = c.body
  return identity?.logged === undefined ? [] : [logSql(c, identity, identity.logged)]
}

function logSql(c: CatalogObject, identity: Identity, logged: boolean): string {
  return `ALTER SEQUENCE ${sequenceName(c, identity)} SET ${logged ? 'LOGGED' : 'UNLOGGED'}`
}

function isLogged(c: CatalogObject, {logged}: Identity, {desired}: Context): boolean {
  return logged ?? desired.objects.get(c.parent!)?.body.unlogged !== true
}

function sequenceName(c: CatalogObject, identity: Identity): string {
  return quoteNames(c.name[0]!, identity.name ?? `${c.name[1]}_${c.name[2]}_seq`)
}

/** The sequence behind it, whose numbers are those of the column's type. */
function sequenceOf(c: CatalogObject<ColumnBody>, {start, increment, min, max}: Identity): Whole {
  const numbers = Object.entries({start, increment, min, max}).filter(([, value]) => value !== undefined)
  return wholeOf({type: c.body.type, ...Object.fromEntries(numbers)})
}

/** A column that has values gets an identity that goes on behind them. */
function goingOn(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>, identity: Identity): Step[] {
  const name = identity.name ?? to.claims[0]?.slice(`relation ${to.name[0]}.`.length)
  return name === undefined ? [] : [alters(from, to, goOn(quoteNames(to.name[0]!, name), sequenceOf(to, identity), to))]
}

/** Sets a new sequence behind the last value that a column has, as far as its bounds reach. */
export function goOn(sequence: string, {increment, min, max}: Whole, column: CatalogObject): string {
  const [table, name] = [quoteNames(column.name[0]!, column.name[1]!), quoteName(column.name[2]!)]
  const up = !increment.startsWith('-')
  const last = `${up ? 'max' : 'min'}(${name})`
  const stands = `(SELECT last_value FROM ${sequence})`
  const within = up ? `${stands} AND ${max}` : `${min} AND ${stands}`
  return `SELECT setval(${quoteText(sequence)}, ${last}) FROM ${table} WHERE ${name} BETWEEN ${within} HAVING count(*) > 0`
}

/** The sequence behind it under the name that it is to have. */
export function sequenceNamings(c: CatalogObject, had: Identity, has: Identity): Naming[] {
  const nameOf = (identity: Identity) => identity.name ?? `${c.name[1]}_${c.name[2]}_seq`
  return nameOf(had) === nameOf(has) ? [] : [relationNaming('SEQUENCE', c.name[0]!, nameOf(had), nameOf(has))]
}
