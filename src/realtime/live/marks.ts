// Objects by oid in, a mark of each out: another one when its definition, its privileges or who owns it has changed.
import type {Db} from '../../postgres/db.ts'

/** Of what concerns all of them: what pg_events declares, and roles with their memberships. */
const ALL = 0

const MARKS = (major: number): string => `
  select m.oid::pg_catalog.int8 as oid, pg_catalog.md5(pg_catalog.string_agg(m.mark, ';' order by m.mark)) as mark from (
    select c.oid, pg_catalog.concat_ws(' ', 'class', c.relname, c.relnamespace, c.relowner, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relacl,
      c.reloptions) from pg_catalog.pg_class c where c.oid = any ($1::oid[])
    union all
    select a.attrelid, pg_catalog.concat_ws(' ', 'column', a.attnum, a.xmin) from pg_catalog.pg_attribute a where a.attrelid = any ($1::oid[]) and a.attnum > 0
    union all
    select i.inhparent, pg_catalog.concat_ws(' ', 'child', i.inhrelid) from pg_catalog.pg_inherits i where i.inhparent = any ($1::oid[])
    union all
    select w.ev_class, pg_catalog.concat_ws(' ', 'rule', w.oid, w.xmin) from pg_catalog.pg_rewrite w where w.ev_class = any ($1::oid[])
    union all
    select p.polrelid, pg_catalog.concat_ws(' ', 'policy', p.oid, p.xmin) from pg_catalog.pg_policy p where p.polrelid = any ($1::oid[])
    union all
    select p.oid, pg_catalog.concat_ws(' ', 'function', p.xmin) from pg_catalog.pg_proc p where p.oid = any ($1::oid[])
    union all
    select ${ALL}, pg_catalog.concat_ws(' ', 'role', r.oid, r.rolname, r.rolsuper, r.rolinherit, r.rolbypassrls) from pg_catalog.pg_roles r
    union all
    select ${ALL}, pg_catalog.concat_ws(' ', 'member', m.member, m.roleid, m.xmin) from pg_catalog.pg_auth_members m
    union all
    select ${ALL}, pg_catalog.concat_ws(' ', 'schema', n.oid, n.xmin) from pg_catalog.pg_namespace n where n.nspname !~ '^pg_'
    union all
    select ${ALL}, pg_catalog.concat_ws(' ', 'publication', r.oid, r.xmin) from pg_catalog.pg_publication_rel r
      join pg_catalog.pg_publication p on p.oid = r.prpubid and p.pubname = 'pg_events'
    union all
    select ${ALL}, pg_catalog.concat_ws(' ', 'publication', p.oid, p.xmin) from pg_catalog.pg_publication p where p.pubname = 'pg_events'
    ${
      major < 15
        ? ''
        : `union all
    select ${ALL}, pg_catalog.concat_ws(' ', 'publication', s.oid, s.xmin) from pg_catalog.pg_publication_namespace s
      join pg_catalog.pg_publication p on p.oid = s.pnpubid and p.pubname = 'pg_events'`
    }
  ) m (oid, mark) group by m.oid`

export type Marks = ReadonlyMap<number, string>

export async function readMarks(db: Db, oids: readonly number[]): Promise<Marks> {
  const rows = await db.query<{oid: string; mark: string}>(MARKS(db.server.major), [oids])
  return new Map(rows.map(({oid, mark}) => [Number(oid), mark]))
}
