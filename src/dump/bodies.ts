// A session in; the functions whose bodies don't pass PostgreSQL's check where files are loaded (search_path public) out.
import {idOf} from '../diff/id.ts'
import type {ObjectId} from '../diff/model.ts'
import type {Db} from '../postgres/db.ts'

/** They rely on a search_path of their callers', or on what isn't there yet. Nothing runs: each body is compiled. */
export async function uncheckedBodies(db: Db): Promise<ReadonlySet<ObjectId>> {
  const found = await db.script(
    ['begin read only', CHECK, `select current_setting('pgext.unchecked', true) as oids`, 'rollback'].join(';\n'),
  )
  const oids = String(found.flat()[0]?.oids ?? '')
  if (oids === '') return new Set()
  const rows = await db.query(NAMES, [JSON.stringify(oids.split(' '))])
  return new Set(rows.map(({kind, schema, name, signature}) => idOf(kind, [schema, name], signature)))
}

// CREATE FUNCTION sets what the function sets before it calls the validator; called by itself that doesn't
const CHECK = `
  do $check$
  declare
    f record;
  begin
    set local check_function_bodies = on;
    for f in
      select p.oid, l.lanvalidator::regproc::text as validator,
        coalesce((select substr(c, 13) from unnest(p.proconfig) c where c like 'search\\_path=%'), 'public') as path
      from pg_proc p
      join pg_language l on l.oid = p.prolang and l.lanname in ('sql', 'plpgsql') and p.prosqlbody is null
      join pg_namespace n on n.oid = p.pronamespace and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      left join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
      where d.objid is null and p.prokind in ('f', 'p', 'w')
      order by p.oid
    loop
      begin
        perform set_config('search_path', f.path, true);
        execute format('select %s(%s::oid)', f.validator, f.oid);
      exception when others then
        perform set_config('pgext.unchecked', concat_ws(' ', nullif(current_setting('pgext.unchecked', true), ''), f.oid), true);
      end;
    end loop;
  end
  $check$`

const NAMES = `
  select case p.prokind when 'p' then 'procedure' else 'function' end as kind, n.nspname as schema, p.proname as name,
    '(' || coalesce((select string_agg(format_type(t, null), ', ' order by i) from unnest(p.proargtypes) with ordinality a (t, i)), '') || ')' as signature
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  where p.oid in (select o::oid from json_array_elements_text($1::json) o)`
