// A major version in, the query of all privileges that differ from PostgreSQL's own defaults out; or of those on objects of one catalog.
import {address, beyond, conditionsOf, isUserSchema, oneOf, type Part} from '../address.ts'

// Only what a superuser or owner wrote down: null means PostgreSQL's own defaults. A new database's public schema is open to everyone.
const ON_RELATIONS = beyond('pg_class', 'relacl is not null')
const ON_COLUMNS = 'exists (select from pg_attribute where attrelid >= 16384 and attacl is not null)'
const ON_ROUTINES = beyond('pg_proc', 'proacl is not null')

const aclsFor = (major: number): readonly Part[] => [
  [
    'pg_class',
    `select ${address('pg_class', 'c.oid')}, null::text, null::jsonb, c.relacl,
        acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner), c.relowner
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      left join pg_depend d on c.relkind = 'S' and d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'i' and d.refobjsubid > 0
      where c.relacl is not null and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and d.objid is null and ${isUserSchema('n.nspname')}`,
    ON_RELATIONS,
  ],
  [
    'pg_class',
    `select ${address('pg_class', 'd.refobjid', 'd.refobjsubid')}, null, jsonb_build_array(n.nspname, c.relname), c.relacl,
        acldefault('s', c.relowner), c.relowner
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'i' and d.refobjsubid > 0
      where c.relacl is not null and c.relkind = 'S' and ${isUserSchema('n.nspname')}`,
    ON_RELATIONS,
  ],
  [
    'pg_class',
    `select ${address('pg_class', 'a.attrelid', 'a.attnum')}, case when c.relkind in ('v', 'm') then a.attname end, null, a.attacl, null, c.relowner
      from pg_attribute a
      join pg_class c on c.oid = a.attrelid
      join pg_namespace n on n.oid = c.relnamespace
      where a.attacl is not null and not a.attisdropped and ${isUserSchema('n.nspname')}`,
    ON_COLUMNS,
  ],
  [
    'pg_proc',
    `select ${address('pg_proc', 'p.oid')}, null, null, p.proacl, acldefault('f', p.proowner), p.proowner
      from pg_proc p
      join pg_namespace n on n.oid = p.pronamespace
      left join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i'
      where d.objid is null and p.proacl is not null and ${isUserSchema('n.nspname')}`,
    ON_ROUTINES,
  ],
  [
    'pg_type',
    `select ${address('pg_type', 't.oid')}, null, null, t.typacl, acldefault('T', t.typowner), t.typowner
      from pg_type t
      join pg_namespace n on n.oid = t.typnamespace
      where t.typacl is not null and t.typtype <> 'm' and ${isUserSchema('n.nspname')}`,
    beyond('pg_type', 'typacl is not null'),
  ],
  [
    'pg_namespace',
    `select ${address('pg_namespace', 'n.oid')}, null, null, coalesce(n.nspacl, acldefault('n', n.nspowner)),
        acldefault('n', n.nspowner) || case when n.nspname = 'public'
          then array[makeaclitem(0, n.nspowner, 'USAGE', false)${major >= 15 ? '' : ", makeaclitem(0, n.nspowner, 'CREATE', false)"}] else '{}' end,
        n.nspowner
      from pg_namespace n
      where (n.nspacl is not null or n.nspname = 'public') and ${isUserSchema('n.nspname')}`,
  ],
  [
    'pg_foreign_data_wrapper',
    `select ${address('pg_foreign_data_wrapper', 'f.oid')}, null, null, f.fdwacl, acldefault('F', f.fdwowner), f.fdwowner
      from pg_foreign_data_wrapper f where f.fdwacl is not null`,
    beyond('pg_foreign_data_wrapper'),
  ],
  [
    'pg_foreign_server',
    `select ${address('pg_foreign_server', 's.oid')}, null, null, s.srvacl, acldefault('S', s.srvowner), s.srvowner
      from pg_foreign_server s where s.srvacl is not null`,
    beyond('pg_foreign_server'),
  ],
  [
    'pg_language',
    `select ${address('pg_language', 'l.oid')}, null, null, l.lanacl, acldefault('l', l.lanowner), l.lanowner
      from pg_language l where l.lanacl is not null and l.oid >= 16384`,
    beyond('pg_language', 'lanacl is not null'),
  ],
]

// Of an extension's members only what somebody changed after its script had run.
const MEMBERS: readonly Part[] = [
  [
    'pg_class',
    `select ${address('pg_extension', 'd.refobjid')},
        jsonb_build_array(case when c.relkind = 'S' then 'SEQUENCE' else 'TABLE' end, quote_ident(n.nspname) || '.' || quote_ident(c.relname)),
        c.relacl, i.initprivs, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner), c.relowner
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
      left join pg_init_privs i on i.classoid = d.classid and i.objoid = c.oid and i.objsubid = 0
      where c.relacl is distinct from i.initprivs and c.relacl is not null`,
    ON_RELATIONS,
  ],
  [
    'pg_proc',
    `select ${address('pg_extension', 'd.refobjid')},
        jsonb_build_array(case p.prokind when 'p' then 'PROCEDURE' else 'FUNCTION' end, p.oid::regprocedure::text),
        p.proacl, i.initprivs, acldefault('f', p.proowner), p.proowner
      from pg_proc p
      join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
      left join pg_init_privs i on i.classoid = d.classid and i.objoid = p.oid
      where p.proacl is distinct from i.initprivs and p.proacl is not null`,
    // those of plpgsql came with the server, with numbers behind those of what is pinned (transam.h, FirstUnpinnedObjectId)
    'exists (select from pg_proc where oid >= 12000 and proacl is not null)',
  ],
]

export const PRIVILEGE_PARTS = conditionsOf([...aclsFor(0), ...MEMBERS])

function alsoMembers(unmet?: ReadonlySet<string>): string {
  const members = oneOf(MEMBERS, undefined, unmet)
  return (
    members &&
    `union all
      select m.about, null, null, m.acl, coalesce(m.init, m.base), m.owner, m.member, m.init is not null from (
      ${members}
      ) m (about, member, acl, init, base, owner)`
  )
}

export const privilegeRows = (major: number, catalog?: string, unmet?: ReadonlySet<string>): string => `
  with acls as materialized (
    select row_number() over () as n, a.* from (
      select a.about, a.col, a.seq, a.acl, a.base, a.owner, null::jsonb as member, false as scripted from (
      ${oneOf(aclsFor(major), catalog, unmet)}
      ) a (about, col, seq, acl, base, owner)
      ${catalog ? '' : alsoMembers(unmet)}
    ) a
  ), given as (
    select g.n, g.grantee, g.grantor, jsonb_agg(g.privilege order by g.privilege) as privileges
    from (
      select a.n, e.grantee, b.grantor, e.privilege_type || case when bool_or(e.is_grantable) then '*' else '' end as privilege
      from acls a, aclexplode(a.acl) e, lateral (select case when e.grantor = a.owner or a.member is not null then 0::oid else e.grantor end) b (grantor)
      group by a.n, e.grantee, b.grantor, e.privilege_type
    ) g group by g.n, g.grantee, g.grantor
  ), based as (
    select a.n, e.grantee, 0::oid as grantor, jsonb_agg(e.privilege_type order by e.privilege_type) as privileges
    from acls a, aclexplode(a.base) e group by a.n, e.grantee
  )
  select 'pg_init_privs/' || n || '/' || grantee || '/' || grantor as address, a.about,
    coalesce('on column ' || quote_ident(a.col) || ' ', 'on ' || lower(a.member->>0) || ' ' || (a.member->>1) || ' ', case when a.seq is not null then 'on its sequence ' end, '')
      || case when grantee = 0 then 'to public' when grantee = a.owner then 'to its owner' else 'to "' || replace(r.rolname, '"', '""') || '"' end
      || coalesce(' by "' || replace(b.rolname, '"', '""') || '"', '') as detail,
    jsonb_strip_nulls(jsonb_build_object(
      'to', case when grantee = 0 then 'public' when grantee = a.owner then 'owner' else 'role' end,
      'role', case when grantee not in (0, a.owner) then r.rolname end, 'by', b.rolname,
      'privileges', coalesce(given.privileges, '[]'), 'column', a.col, 'sequence', a.seq, 'member', a.member,
      'base', case when a.scripted then coalesce(based.privileges, '[]') end)) as body,
    array[${address('pg_authid', 'r.oid')}, ${address('pg_authid', 'b.oid')}] as needs
  from given
  full join based using (n, grantee, grantor)
  join acls a using (n)
  left join pg_roles r on r.oid = grantee
  left join pg_roles b on b.oid = grantor
  where given.privileges is distinct from based.privileges and (r.oid is not null or grantee = 0)`
