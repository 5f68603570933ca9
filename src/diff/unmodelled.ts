// Objects that pgext does not compare yet, by what they are: said with every diff, never silently passed over.
import {address} from './address.ts'
import {hasSecret, SECRET} from './kinds/foreign-option.ts'

/** Rows (what, names): extension members left out, at most twenty names of each. */
export const UNMODELLED = `
  select u.what, count(*)::int as count, (array_agg(u.name order by u.name))[1:20] as names
  from (
    select 'options of user mapping' as what, quote_ident(m.usename) || ' on ' || quote_ident(m.srvname) as name, ${address('pg_user_mapping', 'm.umid')} as address
    from pg_user_mappings m where m.umoptions is not null
    union all
    select 'secret options of server', quote_ident(s.srvname), ${address('pg_foreign_server', 's.oid')}
    from pg_foreign_server s where ${hasSecret('s.srvoptions')}
    union all
    select 'secret options of foreign data wrapper', quote_ident(w.fdwname), ${address('pg_foreign_data_wrapper', 'w.oid')}
    from pg_foreign_data_wrapper w where ${hasSecret('w.fdwoptions')}
    union all
    select 'setting that may be a secret', c.name || coalesce(' of ' || quote_ident(r.rolname), ''), ${address('pg_db_role_setting', '0')}
    from pg_db_role_setting s
    join pg_database d on d.oid = s.setdatabase and d.datname = current_database()
    cross join lateral (select quote_ident(split_part(o, '=', 1)) from unnest(s.setconfig) o where split_part(o, '=', 1) ~* '${SECRET}') c (name)
    left join pg_roles r on r.oid = s.setrole
    union all
    select distinct 'disabled constraint trigger', quote_ident(k.conname) || ' on ' || k.conrelid::regclass, ${address('pg_constraint', 'k.oid')}
    from pg_trigger t
    join pg_constraint k on k.oid = t.tgconstraint
    where t.tgisinternal and t.tgenabled <> 'O'
  ) u
  where not exists (
    select from pg_depend d where d.deptype = 'e' and d.classid::regclass || '/' || d.objid || '/0' = u.address)
  group by u.what order by u.what`

export interface Unmodelled {
  readonly what: string
  readonly count: number
  readonly names: readonly string[]
}

export function sentenceOf(one: Unmodelled): string {
  return `not compared: ${namesOf(one)}`
}

export function namesOf({what, count, names}: Unmodelled): string {
  const more = count > names.length ? ` … and ${count - names.length} more` : ''
  return `${what}${count > 1 ? 's' : ''} ${names.join(', ')}${more}`
}
