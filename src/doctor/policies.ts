// Tables, policies, views and functions in; who sees or may do more, or less, than it looks, out.
import {quoteName} from '../postgres/quote.ts'
import type {Finding, Look} from './model.ts'
import {briefly, type InTable, NO_ROWS, notMember, SEEN, tableOf, tableSubject, tables} from './sql.ts'

const withoutRls: Look = {
  at: 'policies',
  sql: ({schemas}) => `
    select ${SEEN}, array_agg(p.polname::text order by p.polname) as policies
    from ${tables(schemas)} join pg_policy p on p.polrelid = c.oid where not c.relrowsecurity group by 1, 2 order by 1, 2`,
  tell(row: InTable & {policies: readonly string[]}): Finding {
    const table = tableOf(row)
    const [one] = row.policies
    const which =
      row.policies.length === 1 ? `policy ${quoteName(one!)} never applies` : `${row.policies.length} policies never apply`
    return {
      id: 'policy-without-rls',
      level: 'error',
      object: table,
      message: `${which}: row-level security is off, and whoever may read the table sees every row`,
      fixes: [{sql: `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`, locks: briefly(table)}],
      subject: tableSubject(row),
    }
  },
}

/** Somebody was granted something, who is shown nothing. Nobody: then it is closed on purpose. */
const withoutPolicy: Look = {
  at: 'row-level security',
  sql: ({schemas}) => `
    select ${SEEN}, (select string_agg(distinct coalesce(quote_ident(r.rolname), 'PUBLIC'), ', ') from aclexplode(c.relacl) x left join pg_roles r on r.oid = x.grantee
        where x.grantee <> c.relowner and not coalesce(r.rolsuper or r.rolbypassrls, false)) as roles
    from ${tables(schemas)}
    where c.relrowsecurity and not exists (select from pg_policy p where p.polrelid = c.oid)
      and exists (select from aclexplode(c.relacl) x left join pg_roles r on r.oid = x.grantee
        where x.grantee <> c.relowner and not coalesce(r.rolsuper or r.rolbypassrls, false))
    order by 1, 2`,
  tell(row: InTable & {roles: string}): Finding {
    const table = tableOf(row)
    return {
      id: 'rls-without-policy',
      level: 'warning',
      object: table,
      message: `granted to ${row.roles}, who see no row: row-level security is on, and there is no policy`,
      hint: 'write the policy that lets them see rows; this one says that nobody is to',
      fixes: [{sql: `CREATE POLICY nobody ON ${table} USING (false)`, locks: briefly(table)}],
      subject: tableSubject(row),
    }
  },
}

/** A view's owner reads for whoever reads the view: past policies where the owner may. */
const views: Look = {
  at: 'views',
  sql: ({schemas}) => `
    select ${SEEN}, array_agg(distinct t.oid::regclass::text) as "tables"
    from ${tables(schemas, "'v'")}
    join pg_rewrite r on r.ev_class = c.oid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
    join pg_class t on t.oid = d.refobjid and t.oid <> c.oid and t.relkind in ('r', 'p') and t.relrowsecurity
    join pg_roles o on o.oid = c.relowner
    where (o.rolsuper or o.rolbypassrls or not t.relforcerowsecurity and pg_has_role(o.oid, t.relowner, 'USAGE'))
      and not exists (select from pg_options_to_table(c.reloptions) x where x.option_name = 'security_invoker' and x.option_value::boolean)
      and exists (select from aclexplode(c.relacl) x left join pg_roles g on g.oid = x.grantee
        where x.grantee <> c.relowner and not coalesce(g.rolsuper or g.rolbypassrls, false))
    group by 1, 2 order by 1, 2`,
  tell(row: InTable & {tables: readonly string[]}, {server}): Finding {
    const view = tableOf(row)
    const told = {id: 'view-bypasses-rls', level: 'warning', object: view, subject: tableSubject(row, 'view')} as const
    const message = `shows rows of ${row.tables.join(', ')} by its owner’s rights, whom the policies there do not hold back`
    if (server.major < 15)
      return {...told, message, hint: 'PostgreSQL 15 has security_invoker; before, only another owner helps', fixes: []}
    return {...told, message, fixes: [{sql: `ALTER VIEW ${view} SET (security_invoker = true)`, locks: briefly(view)}]}
  },
}

interface Definer {
  readonly schema: string
  readonly name: string
  readonly types: readonly string[]
  readonly types_as_shown: string
  readonly kind: string
}

/** What is standard SQL, or C, looks up nothing when it runs. */
const definers: Look = {
  at: 'functions',
  sql: ({schemas}) => `
    select n.nspname::text as schema, p.proname::text as name, p.prokind as kind, pg_get_function_identity_arguments(p.oid) as types_as_shown,
      array(select format_type(t, null) from unnest(p.proargtypes) with ordinality u (t, place) order by u.place) as types
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace and n.oid in (${schemas})
    join pg_language l on l.oid = p.prolang and l.lanname not in ('internal', 'c')
    where p.prosecdef and p.prosqlbody is null and p.prokind in ('f', 'p') and ${notMember('pg_proc', 'p.oid')}
      and not exists (select from unnest(p.proconfig) s (setting) where starts_with(s.setting, 'search_path='))
      and (p.prorettype in ('trigger'::regtype, 'event_trigger'::regtype)
        or exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x where x.grantee <> p.proowner))
    order by 1, 2, 4`,
  tell({schema, name, types, types_as_shown, kind}: Definer, {server}): Finding {
    const whole = `${quoteName(schema)}.${quoteName(name)}`
    return {
      id: 'definer-search-path',
      level: 'warning',
      object: `${whole}(${types.join(', ')})`,
      message: 'runs by its owner’s rights, and looks names up where its caller says',
      fixes: [
        {
          sql: `ALTER ${kind === 'p' ? 'PROCEDURE' : 'FUNCTION'} ${whole}(${types_as_shown}) SET search_path = ${pathFor(schema, server.path)}`,
          locks: NO_ROWS,
        },
      ],
      subject: [
        {kind: 'schema', name: [schema]},
        {kind: kind === 'p' ? 'procedure' : 'function', name: [schema, name], signature: `(${types.join(',')})`},
      ],
    }
  },
}

/** Where its names are found today, without what its caller may fill; temporary tables last, where they hide nothing. */
export function pathFor(schema: string, path = 'public'): string {
  const today = path.split(',').map((part) => part.trim())
  const own = today.filter((part) => part !== '"$user"' && part !== '$user' && part !== '' && part !== '""' && part !== 'pg_temp')
  const name = quoteName(schema)
  return [...own, ...(own.includes(name) ? [] : [name]), 'pg_temp'].join(', ')
}

const creating: Look = {
  at: 'schemas',
  sql: ({schemas}) => `
    select n.nspname::text as schema from pg_namespace n
    where n.oid in (${schemas}) and exists (select from aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) x where x.grantee = 0 and x.privilege_type = 'CREATE')
    order by 1`,
  tell({schema}: {schema: string}): Finding {
    const name = quoteName(schema)
    return {
      id: 'public-create',
      level: 'warning',
      object: name,
      message: 'every role may create in it: a function or a table there can stand in for one that others mean',
      fixes: [{sql: `REVOKE CREATE ON SCHEMA ${name} FROM PUBLIC`, locks: NO_ROWS}],
      subject: [{kind: 'schema', name: [schema]}],
    }
  },
}

const OBJECTS: Readonly<Record<string, string>> = {r: 'TABLES', S: 'SEQUENCES'}

/** Of functions and types PUBLIC has some by PostgreSQL's own defaults. */
const defaults: Look = {
  at: 'default privileges',
  sql: ({schemas}) => `
    select r.rolname::text as role, n.nspname::text as schema, d.defaclobjtype as kind, string_agg(x.privilege_type, ', ' order by x.privilege_type) as privileges
    from pg_default_acl d
    join pg_roles r on r.oid = d.defaclrole
    left join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl) x
    where x.grantee = 0 and d.defaclobjtype in ('r', 'S') and (n.oid is null or n.oid in (${schemas}))
    group by 1, 2, 3 order by 1, 2, 3`,
  tell({role, schema, kind, privileges}: {role: string; schema: string | null; kind: string; privileges: string}): Finding {
    const [who, objects] = [quoteName(role), OBJECTS[kind]!]
    const place = schema === null ? '' : ` IN SCHEMA ${quoteName(schema)}`
    return {
      id: 'default-public',
      level: 'warning',
      object: `${schema === null ? who : `${who} in ${quoteName(schema)}`}: ${objects.toLowerCase()}`,
      message: `everybody gets ${privileges} on ${objects.toLowerCase()} that ${who} makes${schema === null ? '' : ' there'}`,
      fixes: [
        {sql: `ALTER DEFAULT PRIVILEGES FOR ROLE ${who}${place} REVOKE ${privileges} ON ${objects} FROM PUBLIC`, locks: NO_ROWS},
      ],
      ...(schema !== null && {subject: [{kind: 'schema', name: [schema]}]}),
    }
  },
}

export const POLICIES: readonly Look[] = [withoutRls, withoutPolicy, views, definers, creating, defaults]
