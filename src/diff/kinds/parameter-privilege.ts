// What a role, or everyone, may do with a configuration parameter. They are the cluster's: only those of roles that files create
// are read, and everyone's with parameters for which files grant it.
import {quoteName} from '../../postgres/quote.ts'
import {address} from '../address.ts'
import type {CatalogObject, Context, Kind, Step} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {sqlOf, transition} from './acl.ts'
import {chain} from './chain.ts'
import {parameterName} from './setting.ts'

export interface ParameterPrivilege {
  /** sorted; a star marks those with grant option */
  readonly privileges: readonly string[]
}

const FULL = ['ALTER SYSTEM', 'SET']

export const parameterPrivilege: Kind<ParameterPrivilege> = {
  name: 'parameter privilege',
  query: ({major}) =>
    major < 15
      ? `select null as address, null::text[] as name, null::jsonb as body where false`
      : `
    select ${address('pg_parameter_acl', 'g.oid', 'g.grantee')} as address, array[coalesce(r.rolname, 'public'), g.parname]::text[] as name,
      jsonb_build_object('privileges', g.privileges) as body, case when g.grantee <> 0 then array[${address('pg_authid', 'g.grantee')}] end as needs,
      array[coalesce(r.rolname, 'public on ' || g.parname)] as roles
    from (
      select e.oid, e.parname, e.grantee, jsonb_agg(e.privilege order by e.privilege) as privileges
      from (
        select p.oid, p.parname, a.grantee, a.privilege_type || case when bool_or(a.is_grantable) then '*' else '' end as privilege
        from pg_parameter_acl p, aclexplode(p.paracl) a group by p.oid, p.parname, a.grantee, a.privilege_type
      ) e group by e.oid, e.parname, e.grantee
    ) g
    left join pg_roles r on r.oid = g.grantee`,
  create: (o, context) => stepsOf(o, [], o.body.privileges, context, (sql) => creates(o, sql)),
  alter: (from, to, context) => stepsOf(to, from.body.privileges, to.body.privileges, context, (sql) => alters(from, to, sql)),
  drop: (o, context) => stepsOf(o, o.body.privileges, [], context, (sql) => drops(o, sql)),
}

function stepsOf(
  o: CatalogObject,
  from: readonly string[],
  to: readonly string[],
  context: Context,
  step: (sql: string) => Step,
): readonly Step[] {
  const [role = '', parameter = ''] = o.name
  const moves = transition(from, to, FULL, context)
  return chain(
    o.id,
    moves.map((move) =>
      step(sqlOf(move, `PARAMETER ${parameterName(parameter)}`, role === 'public' ? 'PUBLIC' : quoteName(role))),
    ),
  )
}
