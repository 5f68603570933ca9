// An operator class and the members that are tied to it. The family's other members are facts of their own.
import {address, beyond, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {creates, drops} from '../step.ts'
import {renamed} from './naming.ts'
import {MEMBERS, type Member, memberClause} from './operator-family.ts'

export interface OperatorClass {
  readonly type: string
  readonly default?: true
  readonly method: string
  readonly family: string
  /** where the index keeps another type than the column's */
  readonly storage?: string
  readonly members: readonly Member[]
}

export const operatorClass: Kind<OperatorClass> = {
  name: 'operator class',
  rename: (from, to, {current}) => renamed(from, to, current),
  // an index must not be built before the family has its support functions for the class's type
  some: beyond('pg_opclass'),
  query: () => `
    select ${address('pg_opclass', 'c.oid')} as address, array[n.nspname, c.opcname]::text[] as name,
      ' USING ' || quote_ident(m.amname) as signature,
      (select array_agg(${address('pg_amproc', 'p.oid')}) from pg_amproc p where p.amprocfamily = c.opcfamily and p.amproclefttype = c.opcintype) as soft,
      jsonb_strip_nulls(jsonb_build_object(
        'type', format_type(c.opcintype, null), 'default', nullif(c.opcdefault, false), 'method', quote_ident(m.amname),
        'family', quote_ident(fn.nspname) || '.' || quote_ident(f.opfname),
        'storage', case when c.opckeytype <> 0 then format_type(c.opckeytype, null) end,
        'members', coalesce(e.members, '[]'))) as body
    from pg_opclass c
    join pg_namespace n on n.oid = c.opcnamespace
    join pg_am m on m.oid = c.opcmethod
    join pg_opfamily f on f.oid = c.opcfamily
    join pg_namespace fn on fn.oid = f.opfnamespace
    left join (
      select d.refobjid as class, jsonb_agg(jsonb_strip_nulls(jsonb_build_object('place', e.place, 'types', e.types, 'what', e.what, 'sortBy', e.sort))
        order by e.catalog, e.number, e.types) as members
      from (${MEMBERS}
      ) e
      join pg_depend d on d.classid = e.catalog::regclass and d.objid = e.oid and d.refclassid = 'pg_opclass'::regclass and d.deptype = 'i'
      group by d.refobjid
    ) e on e.class = c.oid
    where ${isUserSchema('n.nspname')}`,
  create: (o) => [creates(o, createClass(o))],
  alter: () => 'replace',
  drop: (o) => [drops(o, `DROP OPERATOR CLASS ${nameOf(o)}`)],
}

function createClass(o: CatalogObject<OperatorClass>): string {
  const {type, default: isDefault, method, family, storage, members} = o.body
  const name = nameOf(o).slice(0, -o.signature!.length)
  const parts = [...(storage ? [`STORAGE ${storage}`] : []), ...members.map(memberClause)]
  // something must stand behind AS; a storage type that is the class's own is none
  if (parts.length === 0) parts.push(`STORAGE ${type}`)
  return `CREATE OPERATOR CLASS ${name}\n    ${isDefault ? 'DEFAULT ' : ''}FOR TYPE ${type} USING ${method} FAMILY ${family} AS\n    ${parts.join(',\n    ')}`
}
