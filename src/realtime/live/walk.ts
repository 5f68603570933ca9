// The questions by which `reach.ts` walks from a statement through PostgreSQL's notes.

/**
 * What a node reads is what PostgreSQL noted when it was made. A whole row is noted as nothing but its table: a tree with such a variable
 * (attribute 0) reads all columns of its tables. What stands behind a view is asked with its owner's rights, unless it says otherwise.
 */
export const WALK = `
  with recursive reach (class, id, part, behind, policys) as (
    select 'pg_catalog.pg_proc'::pg_catalog.regclass::oid, $1::oid, 0, false, false
    union
    select 'pg_catalog.pg_proc'::pg_catalog.regclass::oid, m.oid, 0, m."isDefiner", coalesce(m."isPolicys", false)
    from pg_catalog.json_to_recordset($3::pg_catalog.json) m (oid oid, "isDefiner" boolean, "isPolicys" boolean)
    union
    select 'pg_catalog.pg_class'::pg_catalog.regclass::oid, pg_catalog.to_regclass(r)::oid, 0, false, false from pg_catalog.unnest($2::text[]) r
    union
    select e.class, e.id, e.part, r.behind or e.behind, r.policys or e.policys
    from reach r cross join lateral (
      select d.refclassid, d.refobjid, case when t.whole then 0 else d.refobjsubid end, false, false
      from (
        select pg_catalog.strpos(p.prosqlbody::text, ':varattno 0 ') > 0
          or exists (select from pg_catalog.json_to_recordset($3::pg_catalog.json) m (oid oid, "isWhole" boolean) where m.oid = p.oid and m."isWhole")
        from pg_catalog.pg_proc p
        where r.class = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = r.id and p.prosqlbody is not null
        union all
        select pg_catalog.strpos(w.ev_action::text, ':varattno 0 ') > 0 from pg_catalog.pg_rewrite w
        where r.class = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and w.oid = r.id
        union all
        select pg_catalog.strpos(p.polqual::text, ':varattno 0 ') > 0 from pg_catalog.pg_policy p
        where r.class = 'pg_catalog.pg_policy'::pg_catalog.regclass and p.oid = r.id
        union all
        select false where r.class = 'pg_catalog.pg_operator'::pg_catalog.regclass
        union all
        select false from pg_catalog.pg_proc p
        where r.class = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = r.id and p.prokind in ('a', 'w')
      ) t (whole)
      join pg_catalog.pg_depend d on d.classid = r.class and d.objid = r.id and d.deptype = 'n' and d.refclassid in
        ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)
      union all
      select 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, 0,
        coalesce(not (select o.option_value::boolean from pg_catalog.pg_options_to_table(c.reloptions) o where o.option_name = 'security_invoker'), true),
        false
      from pg_catalog.pg_class c join pg_catalog.pg_rewrite w on w.ev_class = c.oid
      where r.class = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = r.id and c.relkind = 'v' and w.ev_type = '1'
      union all
      select 'pg_catalog.pg_policy'::pg_catalog.regclass, p.oid, 0, false, true
      from pg_catalog.pg_class c join pg_catalog.pg_policy p on p.polrelid = c.oid
      where r.class = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = r.id and c.relrowsecurity and p.polcmd in ('r', '*')
        and (r.behind or pg_catalog.row_security_active(c.oid))
      union all
      select r.class, i.inhrelid, 0, false, false
      from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
      where r.class = 'pg_catalog.pg_class'::pg_catalog.regclass and i.inhparent = r.id and not c.relispartition
    ) e (class, id, part, behind, policys)
  )
  select r.class::pg_catalog.regclass::text as class, r.id, pg_catalog.min(r.part) as least, pg_catalog.bool_and(r.policys) as policys,
    pg_catalog.json_agg(a.attname) filter (where r.part > 0) as columns
  from reach r
  left join pg_catalog.pg_attribute a on r.class = 'pg_catalog.pg_class'::pg_catalog.regclass and a.attrelid = r.id and a.attnum = r.part and r.part > 0
  where r.id is not null
  group by r.class, r.id`

export const TREES = `
  select p.oid = $1 as own, false as policys, p.prosqlbody::text as tree, null::text as sql from pg_catalog.pg_proc p where p.oid = any ($2::oid[])
    and p.prosqlbody is not null
  union all select false, false, p.proargdefaults::text, null from pg_catalog.pg_proc p where p.oid = any ($2::oid[]) and p.proargdefaults is not null
  union all select false, false, w.ev_action::text, null from pg_catalog.pg_rewrite w where w.oid = any ($3::oid[])
  union all select false, true, p.polqual::text, pg_catalog.pg_get_expr(p.polqual, p.polrelid) from pg_catalog.pg_policy p where p.oid = any ($4::oid[])`

export const RELATIONS = `
  select c.oid, n.nspname as schema, c.relname as name, c.relkind as kind
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid = any ($1::oid[]) and (c.relkind in ('r', 'p', 'f', 'm', 'S') or (c.relkind = 'v' and n.nspname = 'pg_catalog'))`

export const FUNCTIONS = `
  select p.oid, n.nspname as schema, p.proname as name, l.lanname as language, p.provolatile as volatility, p.pronargs as arity, p.prosqlbody is not null as open,
    n.nspname = 'pg_catalog' as built_in, exists (select from pg_catalog.unnest(p.proconfig) s where s like 'search_path=%') as path
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace join pg_catalog.pg_language l on l.oid = p.prolang
  where p.oid = any ($1::oid[]) and p.prokind in ('f', 'p')`
