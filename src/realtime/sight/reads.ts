// Tables in; what their policies reach beyond the row out: other tables, by whatever way PostgreSQL knows of, functions, and the clock.
import type {Asking} from '../../events/link.ts'

export interface Reads {
  /** tables, by oid; of a partition its root. The table itself too, where a view or a function reads it */
  readonly tables: ReadonlyMap<number, string>
  /** tables and views on the way to them: whoever alters one alters what is read */
  readonly relations: ReadonlySet<number>
  /** that are not PostgreSQL's own */
  readonly functions: ReadonlyMap<number, Called>
}

export interface Called {
  /** `auth.uid` */
  readonly name: string
  /** It says that it reads nothing, or what it reads is known. */
  readonly isKnown: boolean
}

/**
 * From policies to what they name; from views to their queries, from tables with row-level security to their own policies, and from functions whose
 * bodies PostgreSQL has read (BEGIN ATOMIC) to what these name.
 */
const QUERY = `
  with recursive reached (start, class, oid) as (
    select p.polrelid, 'pg_catalog.pg_policy'::pg_catalog.regclass::pg_catalog.oid, p.oid
      from pg_catalog.pg_policy p where p.polrelid = any ($1::pg_catalog.oid[]) and p.polcmd in ('r', '*')
    union
    select r.start, n.class, n.oid from reached r cross join lateral (
      select d.refclassid, d.refobjid from pg_catalog.pg_depend d where d.classid = r.class and d.objid = r.oid and d.deptype = 'n'
        and d.refclassid in ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)
        and r.class <> 'pg_catalog.pg_class'::pg_catalog.regclass
      union all
      select 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid from pg_catalog.pg_rewrite w where r.class = 'pg_catalog.pg_class'::pg_catalog.regclass and w.ev_class = r.oid
      union all
      select 'pg_catalog.pg_policy'::pg_catalog.regclass, p.oid from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid and c.relrowsecurity
        where r.class = 'pg_catalog.pg_class'::pg_catalog.regclass and p.polrelid = r.oid and p.polcmd in ('r', '*')
    ) n (class, oid)
  )
  select distinct r.start, c.oid as relation, c.relkind::pg_catalog.text as kind, null::pg_catalog.oid as function, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) as name,
    case when c.relispartition then pg_catalog.pg_partition_root(c.oid)::pg_catalog.oid else c.oid end as root, false as known
  from reached r join pg_catalog.pg_class c on r.class = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = r.oid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  union all
  -- read by a view, a function, another table's policy: what its own policies name of it is the row
  select distinct r.start, c.oid, 'itself', null::pg_catalog.oid, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), c.oid, false
  from reached r join pg_catalog.pg_class c on c.oid = r.start join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where r.class <> 'pg_catalog.pg_class'::pg_catalog.regclass
    and exists (select from pg_catalog.pg_depend d where d.classid = r.class and d.objid = r.oid and d.deptype = 'n' and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = r.start)
    and not (r.class = 'pg_catalog.pg_policy'::pg_catalog.regclass and exists (select from pg_catalog.pg_policy p where p.oid = r.oid and p.polrelid = r.start))
  union all
  select distinct r.start, null::pg_catalog.oid, null, f.oid, n.nspname || '.' || f.proname, null::pg_catalog.oid,
    f.provolatile = 'i' or f.prosqlbody is not null
  from reached r join pg_catalog.pg_proc f on r.class = 'pg_catalog.pg_proc'::pg_catalog.regclass and f.oid = r.oid
  join pg_catalog.pg_namespace n on n.oid = f.pronamespace
  where f.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace`

/** By the table whose policies they are. */
export async function readReads(db: Asking, relids: readonly number[]): Promise<ReadonlyMap<number, Reads>> {
  const found = new Map(
    relids.map((relid) => [
      relid,
      {tables: new Map<number, string>(), relations: new Set<number>(), functions: new Map<number, Called>()},
    ]),
  )
  if (relids.length === 0) return found
  for (const {start, relation, kind, function: called, name, root, known} of await db.query(QUERY, [relids])) {
    const {tables, relations, functions} = found.get(start)!
    if (called !== null) functions.set(called, {name, isKnown: known})
    else if (kind === 'itself') tables.set(start, name)
    else if (relation !== start) {
      relations.add(relation).add(root)
      if (kind !== 'v') tables.set(root, name)
    }
  }
  return found
}
