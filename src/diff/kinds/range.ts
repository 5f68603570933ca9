// A range type, with the multirange type that comes along.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {Catalog, CatalogObject, Kind} from '../model.ts'
import {losesData} from '../step.ts'
import {losesDigits} from './cast.ts'
import {boundTo, type Remake} from './exchange.ts'
import {renamed} from './naming.ts'
import {createWithShell, dropWithFunctions} from './shell.ts'
import {exchanged} from './swap.ts'
import {multirangeNames, multirangeOf} from './values.ts'

export interface Range {
  readonly subtype: string
  readonly opclass?: string
  readonly collation?: string
  readonly canonical?: string
  readonly difference?: string
  /** where it isn't the name PostgreSQL derives */
  readonly multirange?: readonly [string, string]
}

const DERIVED = `case when position('range' in t.typname) > 0
        then left(t.typname, position('range' in t.typname) - 1) || 'multi' || substr(t.typname, position('range' in t.typname))
        else t.typname || '_multirange' end`

export const range: Kind<Range> = {
  name: 'range type',
  rename: (from, to, {current}) => renameRange(from, to, current),
  some: beyond('pg_type', `typtype = 'r'`),
  query: () => `
    select ${address('pg_type', 't.oid')} as address, array[n.nspname, t.typname]::text[] as name,
      array['type ' || n.nspname || '.' || t.typname, 'type ' || mn.nspname || '.' || m.typname] as claims,
      jsonb_strip_nulls(jsonb_build_object(
        'subtype', format_type(r.rngsubtype, null),
        'opclass', case when not oc.opcdefault then quote_ident(ocn.nspname) || '.' || quote_ident(oc.opcname) end,
        'collation', case when co.oid is not null then quote_ident(cn.nspname) || '.' || quote_ident(co.collname) end,
        'canonical', nullif(r.rngcanonical::regproc::text, '-'),
        'difference', nullif(r.rngsubdiff::regproc::text, '-'),
        'multirange', case when mn.oid <> n.oid or m.typname <> ${DERIVED} then jsonb_build_array(mn.nspname, m.typname) end)) as body
    from pg_range r
    join pg_type t on t.oid = r.rngtypid
    join pg_namespace n on n.oid = t.typnamespace
    join pg_type m on m.oid = r.rngmultitypid
    join pg_namespace mn on mn.oid = m.typnamespace
    join pg_type s on s.oid = r.rngsubtype
    join pg_opclass oc on oc.oid = r.rngsubopc
    join pg_namespace ocn on ocn.oid = oc.opcnamespace
    left join pg_collation co on co.oid = r.rngcollation and r.rngcollation <> s.typcollation
    left join pg_namespace cn on cn.oid = co.collnamespace
    where ${isUserSchema('n.nspname')}`,
  create: (o, context) => createWithShell(o, sqlOf(o), context),
  alter: (from, to, context) => exchanged(from, to, context, true)!,
  stirs: (o, context) => boundTo(o.id, context),
  drop: (o, context) => dropWithFunctions(o, context),
}

function sqlOf(o: CatalogObject<Range>): string {
  const {subtype, opclass, collation, canonical, difference, multirange} = o.body
  const options = [
    `subtype = ${subtype}`,
    multirange && `multirange_type_name = ${quoteNames(...multirange)}`,
    opclass && `subtype_opclass = ${opclass}`,
    collation && `collation = ${collation}`,
    canonical && `canonical = ${canonical}`,
    difference && `subtype_diff = ${difference}`,
  ].filter((option) => option !== undefined)
  return `CREATE TYPE ${nameOf(o)} AS RANGE (\n    ${options.join(',\n    ')}\n)`
}

export const rangeRemake: Remake<Range> = {
  word: 'TYPE',
  isAnew: (from, to) => from.hash !== to.hash,
  create: sqlOf,
  parts: () => [],
  hazards: (from, to) => [
    ...(losesDigits(from.body.subtype, to.body.subtype)
      ? [losesData(`bounds of ${nameOf(to)} are rounded or cut to ${to.body.subtype}`)]
      : []),
    {name: 'data-dependent', why: `fails on values that are no ${nameOf(to)} any more`},
  ],
}

/** Its multirange type, and constructors that the new type's would meet: they don't follow when the type is renamed. */
export function asideRange(from: CatalogObject<Range>, aside: string): string[] {
  const [multirange, {subtype}] = [multirangeOf(from), from.body]
  const many = quoteName(`${aside}_multirange`)
  return [
    `ALTER FUNCTION ${nameOf(from)}(${subtype}, ${subtype}) RENAME TO ${quoteName(aside)}`,
    `ALTER FUNCTION ${nameOf(from)}(${subtype}, ${subtype}, text) RENAME TO ${quoteName(aside)}`,
    `ALTER FUNCTION ${multirange}() RENAME TO ${many}`,
    `ALTER TYPE ${multirange} RENAME TO ${many}`,
  ]
}

/** PostgreSQL leaves the multirange type and the functions that make ranges under their old names. */
function renameRange(from: CatalogObject<Range>, to: CatalogObject<Range>, current: Catalog): string[] {
  const [was, now] = [multirangeNames(from), multirangeNames(to)]
  const as = (o: CatalogObject, name: readonly string[], kind: string, signature?: string) => ({...o, kind, name, signature})
  const type = nameOf(to)
  const maker = (signature: string) =>
    renamed(as(from, from.name, 'function', signature), as(to, to.name, 'function', signature), current)
  const makerOfMany = (signature: string) =>
    renamed(as(from, was, 'function', signature), as(to, now, 'function', signature), current)
  const {subtype} = from.body
  return [
    ...renamed(from, to, current),
    ...renamed(as(from, was, from.kind), as(to, now, to.kind), current),
    ...[`(${subtype}, ${subtype})`, `(${subtype}, ${subtype}, text)`].flatMap(maker),
    ...['()', `(${type})`, `(${type}[])`].flatMap(makerOfMany),
  ]
}
