// An operator family, and its loose members: those that belong to none of its classes.
import {quoteName} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {creates, drops} from '../step.ts'
import {renamed} from './naming.ts'

export interface Member {
  /** `OPERATOR 1`, `FUNCTION 1`: the member's place among those of its types */
  readonly place: string
  /** `(integer, bigint)` */
  readonly types: string
  /** as regoperator and regprocedure print it */
  readonly what: string
  /** an operator that sorts, by that family of another access method */
  readonly sortBy?: string
}

export const operatorFamily: Kind<Record<string, never>> = {
  name: 'operator family',
  rename: (from, to, {current}) => renamed(from, to, current),
  some: beyond('pg_opfamily'),
  query: () => `
    select ${address('pg_opfamily', 'f.oid')} as address, array[n.nspname, f.opfname]::text[] as name,
      ' USING ' || quote_ident(m.amname) as signature, '{}'::jsonb as body
    from pg_opfamily f
    join pg_namespace n on n.oid = f.opfnamespace
    join pg_am m on m.oid = f.opfmethod
    where ${isUserSchema('n.nspname')}`,
  create: (o) => [creates(o, `CREATE OPERATOR FAMILY ${nameOf(o)}`)],
  alter: () => 'replace',
  drop: (o) => [drops(o, `DROP OPERATOR FAMILY ${nameOf(o)}`)],
}

/** A SELECT of all members: where each is kept, its family, its place and types, what it is. */
export const MEMBERS = `
      select 'pg_amop' as catalog, o.oid, o.amopfamily as family, 'OPERATOR ' || o.amopstrategy as place,
        o.amopstrategy as number, '(' || format_type(o.amoplefttype, null) || ', ' || format_type(o.amoprighttype, null) || ')' as types,
        o.amopopr::regoperator::text as what, o.amopopr as member,
        case when o.amopsortfamily <> 0 then quote_ident(sn.nspname) || '.' || quote_ident(s.opfname) end as sort
      from pg_amop o
      left join pg_opfamily s on s.oid = o.amopsortfamily
      left join pg_namespace sn on sn.oid = s.opfnamespace
      where o.oid >= 16384
      union all
      select 'pg_amproc', p.oid, p.amprocfamily, 'FUNCTION ' || p.amprocnum, p.amprocnum,
        '(' || format_type(p.amproclefttype, null) || ', ' || format_type(p.amprocrighttype, null) || ')',
        p.amproc::regprocedure::text, p.amproc, null
      from pg_amproc p
      where p.oid >= 16384`

export const operatorFamilyMember: Kind<Member> = {
  name: 'operator family member',
  // what an extension adds to a family of PostgreSQL's own is no member of that extension, but its operator is
  some: `(${beyond('pg_amop')} or ${beyond('pg_amproc')})`,
  query: () => `
    select e.catalog || '/' || e.oid || '/0' as address, array[n.nspname, f.opfname]::text[] as name,
      ' USING ' || quote_ident(m.amname) || ' ' || e.place || ' ' || e.types as signature,
      ${address('pg_opfamily', 'f.oid')} as parent,
      jsonb_strip_nulls(jsonb_build_object('place', e.place, 'types', e.types, 'what', e.what, 'sortBy', e.sort)) as body
    from (${MEMBERS}
    ) e
    join pg_opfamily f on f.oid = e.family
    join pg_namespace n on n.oid = f.opfnamespace
    join pg_am m on m.oid = f.opfmethod
    left join pg_depend c on c.classid = e.catalog::regclass and c.objid = e.oid and c.refclassid = 'pg_opclass'::regclass and c.deptype = 'i'
    left join pg_depend x on x.classid = case e.catalog when 'pg_amop' then 'pg_operator' else 'pg_proc' end::regclass and x.objid = e.member and x.deptype = 'e'
    where c.objid is null and x.objid is null`,
  create: (o) => [creates(o, `ALTER OPERATOR FAMILY ${familyOf(o)} ADD ${memberClause(o.body)}`)],
  alter: () => 'replace',
  drop: (o) => [drops(o, `ALTER OPERATOR FAMILY ${familyOf(o)} DROP ${o.body.place} ${o.body.types}`)],
}

/** `OPERATOR 1 public.<(a,b)`, `FUNCTION 1 (a, b) public.compare(a,b)`: an operator tells its types itself. */
export function memberClause({place, types, what, sortBy}: Member): string {
  if (place.startsWith('FUNCTION')) return `${place} ${types} ${what}`
  return `${place} ${what}${sortBy ? ` FOR ORDER BY ${sortBy}` : ''}`
}

/** Its signature begins with the family's own. */
function familyOf(o: CatalogObject<Member>): string {
  return `${o.name.map(quoteName).join('.')}${o.signature!.slice(0, o.signature!.lastIndexOf(` ${o.body.place} `))}`
}
