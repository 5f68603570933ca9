// A cast between two types.
import {address, beyond} from '../address.ts'
import {nameOf} from '../id.ts'
import type {Kind} from '../model.ts'
import {creates, drops} from '../step.ts'

export interface TypeCast {
  /** a function, the types' own input and output, or nothing at all */
  readonly method: 'function' | 'inout' | 'binary'
  readonly function?: string
  readonly context: 'explicit' | 'assignment' | 'implicit'
}

const METHODS = {inout: 'WITH INOUT', binary: 'WITHOUT FUNCTION'} as const
const CONTEXTS = {explicit: '', assignment: ' AS ASSIGNMENT', implicit: ' AS IMPLICIT'} as const

export const typeCast: Kind<TypeCast> = {
  name: 'cast',
  // that of a range to its multirange is part of the type
  some: beyond('pg_cast'),
  query: () => `
    select ${address('pg_cast', 'c.oid')} as address, '{}'::text[] as name,
      '(' || format_type(c.castsource, null) || ' AS ' || format_type(c.casttarget, null) || ')' as signature,
      jsonb_strip_nulls(jsonb_build_object(
        'method', case c.castmethod when 'f' then 'function' when 'i' then 'inout' else 'binary' end,
        'function', case when c.castfunc <> 0 then c.castfunc::regprocedure::text end,
        'context', case c.castcontext when 'e' then 'explicit' when 'a' then 'assignment' else 'implicit' end)) as body
    from pg_cast c
    left join pg_depend d on d.classid = 'pg_cast'::regclass and d.objid = c.oid and d.deptype = 'i'
    where c.oid >= 16384 and d.objid is null`,
  create(o) {
    const {method, context} = o.body
    const how = method === 'function' ? `WITH FUNCTION ${o.body.function}` : METHODS[method]
    return [creates(o, `CREATE CAST ${nameOf(o)} ${how}${CONTEXTS[context]}`)]
  },
  alter: () => 'replace',
  drop: (o) => [drops(o, `DROP CAST ${nameOf(o)}`)],
}
