// A range type, with the multirange type that comes along.
import {quoteNames} from '../../postgres/quote.ts'
import {address, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {Kind} from '../model.ts'
import {createWithShell, dropWithFunctions} from './shell.ts'

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
  create: (o, context) => {
    const {subtype, opclass, collation, canonical, difference, multirange} = o.body
    const options = [
      `subtype = ${subtype}`,
      multirange && `multirange_type_name = ${quoteNames(...multirange)}`,
      opclass && `subtype_opclass = ${opclass}`,
      collation && `collation = ${collation}`,
      canonical && `canonical = ${canonical}`,
      difference && `subtype_diff = ${difference}`,
    ].filter((option) => option !== undefined)
    return createWithShell(o, `CREATE TYPE ${nameOf(o)} AS RANGE (\n    ${options.join(',\n    ')}\n)`, context)
  },
  alter: () => 'replace',
  drop: (o, context) => dropWithFunctions(o, context),
}
