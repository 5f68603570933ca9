// A view, with its options and the defaults of its columns.
import {quoteName} from '../../postgres/quote.ts'
import {address, beyond, bodyOf, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {CatalogObject, Context, Kind, ObjectId, Step} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {familyOf} from './family.ts'
import {follows} from './follow.ts'
import {renamed} from './naming.ts'
import {changeOptions, printOptions} from './option.ts'
import {columnsBefore} from './rows.ts'

export interface ViewBody {
  readonly columns: readonly ViewColumn[]
  readonly definition: string
  readonly options?: readonly string[]
  /** what INSERT through the view puts into a column it is not given */
  readonly defaults?: {readonly [column: string]: string}
}

export interface ViewColumn {
  readonly name: string
  readonly type: string
  /** only where it is not the type's own */
  readonly collation?: string
}

/** A FROM item with the `columns` of all relations of a sort (relkind), by their `attrelid`. */
export const columnsOf = (relkind: string) => `(
  select a.attrelid, jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
      'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'collation', quote_ident(l.nspname) || '.' || quote_ident(o.collname))) order by a.attnum) as columns
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid and c.relkind = '${relkind}'
  join pg_namespace n on n.oid = c.relnamespace and ${isUserSchema('n.nspname')}
  join pg_type t on t.oid = a.atttypid
  left join pg_collation o on o.oid = a.attcollation and a.attcollation <> t.typcollation
  left join pg_namespace l on l.oid = o.collnamespace
  where a.attnum > 0 and not a.attisdropped
  group by a.attrelid)`

/** A FROM item `d` with `view`, `defaults` and the addresses they need. */
const DEFAULTS = `(
  select d.adrelid as view, jsonb_object_agg(a.attname, pg_get_expr(d.adbin, d.adrelid)) as defaults, array_agg(p.address) filter (where p.address is not null) as needs
  from pg_attrdef d
  join pg_class c on c.oid = d.adrelid and c.relkind = 'v'
  join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
  left join lateral (
    select p.refclassid::regclass || '/' || p.refobjid || '/' || p.refobjsubid as address
    from pg_depend p
    where p.classid = 'pg_attrdef'::regclass and p.objid = d.oid and p.deptype = 'n' and p.refobjid <> d.adrelid) p on true
  group by d.adrelid)`

export const view: Kind<ViewBody> = {
  name: 'view',
  rename: (from, to, {current}) => renamed(from, to, current),
  list: {
    name: 'view column',
    items: (o) => o.body.columns.map(({name, type, collation = null}) => ({name, like: [type, collation]})),
    rename: (o, from, to) => `ALTER VIEW ${nameOf(o)} RENAME COLUMN ${quoteName(from)} TO ${quoteName(to)}`,
  },

  some: beyond('pg_class', `relkind = 'v'`),
  query: () => `
    select ${address('pg_class', 'c.oid')} as address, array[n.nspname, c.relname]::text[] as name, d.needs,
      array['relation ' || n.nspname || '.' || c.relname, 'type ' || n.nspname || '.' || c.relname] as claims,
      ${bodyOf({
        columns: `coalesce(v.columns, '[]')`,
        definition: `rtrim(pg_get_viewdef(c.oid), ';')`,
        options: 'c.reloptions',
        defaults: 'd.defaults',
      })} as body,
      jsonb_build_object('updatable', case when not w.bare then pg_relation_is_updatable(c.oid, true) end, 'instead', i.instead) as beside
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join ${columnsOf('v')} v on v.attrelid = c.oid
    left join ${DEFAULTS} d on d.view = c.oid
    -- PostgreSQL asks the wrapper of a foreign table below, and fails where that has no handler
    cross join (select exists (select from pg_foreign_data_wrapper where fdwhandler = 0) as bare) w
    left join (select distinct tgrelid, true as instead from pg_trigger where tgtype & 64 > 0) i on i.tgrelid = c.oid
    where c.relkind = 'v' and ${isUserSchema('n.nspname')}`,

  create: (o, context) => [
    creates(o, print(o, 'CREATE VIEW'), {needs: [...o.needs, ...columnsBefore(o, context)], split: () => inTwo(o)}),
    ...changeDefaults(o, undefined).map((sql) => follows(o, sql)),
  ],

  alter(from, to, context) {
    if (!isPrefix(from.body.columns, to.body.columns)) return 'replace'
    if (from.body.definition !== to.body.definition) {
      const [first, ...rest] = [print(to, 'CREATE OR REPLACE VIEW'), ...changeDefaults(to, from)]
      const needs = [...to.needs, ...columnsBefore(to, context)]
      return [alters(from, to, first!, {needs}), ...rest.map((sql) => follows(to, sql))]
    }
    const options = changeOptions(from.body.options, to.body.options).map((clause) => `ALTER VIEW ${nameOf(to)} ${clause}`)
    return [...options, ...changeDefaults(to, from)].map((sql) => alters(from, to, sql))
  },

  drop: (o, context) => [drops(o, `DROP VIEW ${nameOf(o)}`, {split: () => dropInTwo(o, context)})],

  widens({from, to}) {
    const lost = GUARDS.filter(([option]) => isOn(option, from?.body) && to && !isOn(option, to.body))
    return lost.length > 0 ? lost.map(([, why]) => `${to!.id} ${why}`).join('; ') : undefined
  },
}

const GUARDS = [
  ['security_invoker', 'is read with its owner’s rights, not its reader’s: policies of its tables are asked for the owner'],
  ['security_barrier', 'lets functions in its reader’s conditions see rows that it leaves out'],
] as const

/** Options are kept as they were written. */
function isOn(name: string, body: ViewBody | undefined): boolean {
  const option = body?.options?.find((one) => one.startsWith(`${name}=`))
  return option !== undefined && !['false', 'off', 'no', '0'].includes(option.slice(name.length + 1).toLowerCase())
}

/** OR REPLACE also sets the options anew, so they are always given. */
function print(o: CatalogObject<ViewBody>, create: string): string {
  const options = o.body.options ? ` WITH (${printOptions(o.body.options)})` : ''
  return `${create} ${nameOf(o)}${options} AS\n${o.body.definition}`
}

/** OR REPLACE may add columns at the end, and nothing else (CREATE VIEW, Description). */
function isPrefix(from: readonly ViewColumn[], to: readonly ViewColumn[]): boolean {
  return from.every((column, at) => {
    const other = to[at]
    return other && column.name === other.name && column.type === other.type && column.collation === other.collation
  })
}

function changeDefaults(to: CatalogObject<ViewBody>, from: CatalogObject<ViewBody> | undefined): string[] {
  const [old = {}, now = {}] = [from?.body.defaults, to.body.defaults]
  const alter = (column: string, action: string) => `ALTER VIEW ${nameOf(to)} ALTER COLUMN ${quoteName(column)} ${action}`
  return [
    ...Object.keys(old)
      .filter((column) => !(column in now))
      .map((column) => alter(column, 'DROP DEFAULT')),
    ...Object.keys(now)
      .filter((column) => old[column] !== now[column])
      .map((column) => alter(column, `SET DEFAULT ${now[column]}`)),
  ]
}

// A cycle with a function or another view: columns alone first, as pg_dump does; on the way out, columns alone before it goes.

function inTwo(o: CatalogObject<ViewBody>): Step[] {
  const whole = `${o.id} whole` as ObjectId
  return [
    creates(o, `CREATE VIEW ${nameOf(o)} AS\n ${columnsAlone(o)}`, {needs: o.needs.filter(isForColumns), softNeeds: []}),
    {...creates(o, print(o, 'CREATE OR REPLACE VIEW'), {makes: [whole], needs: [...o.needs, o.id], claims: []}), verb: 'alter'},
  ]
}

function dropInTwo(o: CatalogObject<ViewBody>, context: Context): Step[] {
  const bare = `${o.id} bare` as ObjectId
  return [
    {
      ...creates(o, `CREATE OR REPLACE VIEW ${nameOf(o)} AS\n ${columnsAlone(o)}`, {
        makes: [bare],
        needs: [],
        softNeeds: [],
        claims: [],
      }),
      verb: 'alter',
      releases: o.needs.filter((id) => !isForColumns(id)),
    },
    drops(o, `DROP VIEW ${nameOf(o)}`, {breaks: familyOf(o.id, context), needs: [bare]}),
  ]
}

function columnsAlone(o: CatalogObject<ViewBody>): string {
  const columns = o.body.columns.map(
    ({name, type, collation}) => `NULL::${type}${collation ? ` COLLATE ${collation}` : ''} AS ${quoteName(name)}`,
  )
  return `SELECT ${columns.join(',\n    ')}`
}

function isForColumns(id: ObjectId): boolean {
  return !/^(function|procedure|aggregate|view|materialized view) /.test(id)
}
