// What one grantee will get on objects that a role makes from now on. It changes nothing that exists, so it comes last.
import {quoteName} from '../../postgres/quote.ts'
import {address} from '../address.ts'
import {idOf} from '../id.ts'
import type {CatalogObject, Context, Kind, ObjectId, Step} from '../model.ts'
import {inOrder} from '../relations.ts'
import {alters, creates, drops} from '../step.ts'
import {builtIn, fullOf, type Grantee, type Move, sqlOf, type Target, targetOf, transition} from './acl.ts'
import {chain} from './chain.ts'

/** Named [role, schema or '', objects, grantee]; a grantee `public` is PUBLIC, which no role can be called. */
export interface DefaultPrivilege {
  readonly privileges: readonly string[]
}

const OBJECTS: Partial<Record<Target, string>> = {
  TABLE: 'tables',
  SEQUENCE: 'sequences',
  FUNCTION: 'functions',
  PROCEDURE: 'functions',
  TYPE: 'types',
  SCHEMA: 'schemas',
}
const TARGETS: Record<string, Target> = {
  tables: 'TABLE',
  sequences: 'SEQUENCE',
  functions: 'FUNCTION',
  types: 'TYPE',
  schemas: 'SCHEMA',
}

export const defaultPrivilege: Kind<DefaultPrivilege> = {
  name: 'default privilege',
  some: 'exists (select from pg_default_acl)',
  query: () => `
    with acls as (
      select d.oid, d.defaclrole, d.defaclnamespace,
        case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types'
          when 'n' then 'schemas' when 'L' then 'large objects' end as objects,
        d.defaclacl as acl,
        case when d.defaclnamespace = 0 then acldefault(case d.defaclobjtype when 'S' then 's' else d.defaclobjtype end, d.defaclrole)
          end as base
      from pg_default_acl d
    ), given as (
      select g.oid, g.grantee, jsonb_agg(g.privilege order by g.privilege) as privileges
      from (
        select a.oid, e.grantee, e.privilege_type || case when bool_or(e.is_grantable) then '*' else '' end as privilege
        from acls a, aclexplode(a.acl) e group by a.oid, e.grantee, e.privilege_type
      ) g group by g.oid, g.grantee
    ), based as (
      select a.oid, e.grantee, jsonb_agg(e.privilege_type order by e.privilege_type) as privileges
      from acls a, aclexplode(a.base) e group by a.oid, e.grantee
    )
    select 'pg_default_acl/' || a.oid || '/' || grantee as address,
      array[r.rolname, coalesce(n.nspname, ''), a.objects, coalesce(g.rolname, 'public')]::text[] as name,
      case when n.oid is not null then ${address('pg_namespace', 'n.oid')} end as parent,
      array[${address('pg_authid', 'r.oid')}, ${address('pg_authid', 'g.oid')}] as needs,
      jsonb_build_object('privileges', coalesce(given.privileges, '[]')) as body
    from given
    full join based using (oid, grantee)
    join acls a using (oid)
    join pg_roles r on r.oid = a.defaclrole
    left join pg_roles g on g.oid = grantee
    left join pg_namespace n on n.oid = a.defaclnamespace
    where given.privileges is distinct from based.privileges and (g.oid is not null or grantee = 0)`,
  create: (o, context) => stepsOf(o, baseOf(o, context), o.body.privileges, context, (sql) => creates(o, sql)),
  alter: (from, to, context) => stepsOf(to, from.body.privileges, to.body.privileges, context, (sql) => alters(from, to, sql)),
  drop: (o, context) => stepsOf(o, o.body.privileges, baseOf(o, context), context, (sql) => ({...drops(o, sql), verb: 'alter'})),
  widens({from, to}, context) {
    const o = (to ?? from)!
    const [role, schema, objects, grantee] = o.name
    if (grantee === role) return undefined
    const had = new Set(from?.body.privileges ?? baseOf(o, context))
    const gained = (to?.body.privileges ?? baseOf(o, context)).filter((p) => !had.has(p))
    if (gained.length === 0) return undefined
    const whom = grantee === 'public' ? 'everybody' : quoteName(grantee!)
    const where = schema ? ` in schema ${quoteName(schema)}` : ''
    return `${whom} may ${gained.join(', ')} on ${objects} that ${quoteName(role!)} makes${where} from now on`
  },
}

/** What a role's default privileges in the current state give a grantee on a new object of that sort. */
export function givenBy(
  role: string,
  schema: string | undefined,
  target: Target,
  grantee: Grantee,
  context: Context,
): readonly string[] {
  const objects = OBJECTS[target]
  if (!objects) return builtIn(target, grantee, context)
  const name = grantee.to === 'public' ? 'public' : grantee.to === 'owner' ? role : grantee.role!
  const fact = (where: string): DefaultPrivilege | undefined =>
    context.current.objects.get(idOf('default privilege', [role, where, objects, name]))?.body
  const everywhere = fact('')?.privileges ?? builtIn(target, grantee, context)
  const here = (schema !== undefined && target !== 'SCHEMA' && fact(schema)?.privileges) || []
  // the same privilege from both, once with grant option, is one with grant option
  const options = new Set([...everywhere, ...here])
  return [...options].filter((p) => !options.has(`${p}*`)).sort()
}

/** Whom the default privileges of a role in the current state are about, for objects of that sort. */
export function granteesOf(role: string, schema: string | undefined, target: Target, context: Context): readonly Grantee[] {
  const objects = OBJECTS[target]
  if (!objects) return []
  const names = new Set<string>()
  for (const {name} of factsOf(context)) {
    const [by, where, what, to] = name
    if (by === role && what === objects && (where === '' || where === schema)) names.add(to!)
  }
  return [...names].map((name) => (name === 'public' ? {to: 'public'} : name === role ? {to: 'owner'} : {to: 'role', role: name}))
}

const found = new WeakMap<Context['current'], readonly CatalogObject[]>()

function factsOf({current}: Context): readonly CatalogObject[] {
  const known = found.get(current)
  if (known) return known
  const facts = inOrder(current).filter((o) => o.kind === 'default privilege')
  found.set(current, facts)
  return facts
}

function baseOf(o: CatalogObject, context: Context): readonly string[] {
  const [role, schema, objects, to] = o.name
  const target = TARGETS[objects!]
  if (schema !== '' || !target) return []
  return builtIn(target, {to: to === 'public' ? 'public' : to === role ? 'owner' : 'role'}, context)
}

function stepsOf(
  o: CatalogObject,
  from: readonly string[],
  to: readonly string[],
  context: Context,
  step: (sql: string) => Step,
) {
  const [role = '', schema = '', objects = '', grantee = ''] = o.name
  const target = TARGETS[objects]
  const full = target ? fullOf(target, context) : ['SELECT', 'UPDATE']
  const head = `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteName(role)}${schema && ` IN SCHEMA ${quoteName(schema)}`}`
  const whom = grantee === 'public' ? 'PUBLIC' : quoteName(grantee)
  const moves: readonly Move[] = transition(from, to, full, context)
  const earlier = target && role === context.server.user ? under(target, schema, context) : []
  return chain(
    o.id,
    moves.map((move) => {
      const made = step(`${head} ${sqlOf(move, objects.toUpperCase(), whom)}`)
      return {...made, needs: [...made.needs, ...earlier]}
    }),
  )
}

/** All objects of that sort: what is made in the same plan is made under the defaults there were. */
function under(target: Target, schema: string, {desired}: Context): ObjectId[] {
  const isOfSort = (o: CatalogObject) =>
    targetOf(o) === target ||
    (target === 'FUNCTION' && o.kind === 'procedure') ||
    (target === 'SEQUENCE' && o.kind === 'column' && o.body.identity !== undefined)
  return [...desired.objects.values()].filter((o) => (schema === '' || o.name[0] === schema) && isOfSort(o)).map(({id}) => id)
}
