// Who owns an object. Whoever makes it owns it, so most of these facts need no statement.
import {quoteName} from '../../postgres/quote.ts'
import {address, beyond, conditionsOf, isUserSchema, oneOf, type Part} from '../address.ts'
import {idAbout} from '../id.ts'
import type {CatalogObject, Context, Kind} from '../model.ts'
import {alters, creates} from '../step.ts'
import {freedId} from './owned.ts'
import {ownerIdOf, phraseOf, subjectOf} from './subject.ts'

export interface Owner {
  readonly role: string
}

/** Catalogs whose objects live in a schema, and those whose don't: catalog, prefix of its columns. */
const IN_SCHEMA = [
  ['pg_collation', 'coll'],
  ['pg_conversion', 'con'],
  ['pg_operator', 'opr'],
  ['pg_opclass', 'opc'],
  ['pg_opfamily', 'opf'],
  ['pg_statistic_ext', 'stx'],
  ['pg_ts_dict', 'dict'],
  ['pg_ts_config', 'cfg'],
] as const
const ON_TOP = [
  ['pg_publication', 'pub'],
  ['pg_subscription', 'sub'],
  ['pg_foreign_data_wrapper', 'fdw'],
  ['pg_foreign_server', 'srv'],
  ['pg_event_trigger', 'evt'],
  ['pg_language', 'lan'],
] as const

// A range type's constructors are part of it, as are an identity column's sequence and a table's row type.
const OWNED: readonly Part[] = [
  [
    'pg_namespace',
    `select ${address('pg_namespace', 'n.oid')}, n.nspowner from pg_namespace n where ${isUserSchema('n.nspname')}`,
  ],
  [
    'pg_class',
    `select ${address('pg_class', 'c.oid')}, c.relowner
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      left join pg_depend d on c.relkind = 'S' and d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i') and d.refobjsubid > 0
      where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and d.objid is null and ${isUserSchema('n.nspname')}`,
  ],
  [
    'pg_type',
    `select ${address('pg_type', 't.oid')}, t.typowner
      from pg_type t
      join pg_namespace n on n.oid = t.typnamespace
      left join pg_class c on c.oid = t.typrelid
      left join pg_type e on e.typarray = t.oid
      where (t.typtype in ('b', 'c', 'd', 'e', 'r') or not t.typisdefined) and e.oid is null and coalesce(c.relkind, 'c') = 'c' and ${isUserSchema('n.nspname')}`,
  ],
  [
    'pg_proc',
    `select ${address('pg_proc', 'p.oid')}, p.proowner
      from pg_proc p
      join pg_namespace n on n.oid = p.pronamespace
      left join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i'
      where d.objid is null and ${isUserSchema('n.nspname')}`,
    beyond('pg_proc'),
  ],
  ...IN_SCHEMA.map(
    ([catalog, prefix]) =>
      [
        catalog,
        `select ${address(catalog, 'x.oid')}, x.${prefix}owner from ${catalog} x join pg_namespace n on n.oid = x.${prefix}namespace where ${isUserSchema('n.nspname')}`,
        beyond(catalog),
      ] as const,
  ),
  ...ON_TOP.map(
    ([catalog, prefix]) =>
      [
        catalog,
        `select ${address(catalog, 'x.oid')}, x.${prefix}owner from ${catalog} x where x.oid >= 16384`,
        beyond(catalog),
      ] as const,
  ),
]

export const owner: Kind<Owner> = {
  name: 'owner',
  facts: true,
  parts: conditionsOf(OWNED),
  query: ({major}, catalog, unmet) => `
    select o.about as address, o.about, jsonb_build_object('role', r.rolname) as body, array[${address('pg_authid', 'r.oid')}] as needs,
      case when ${major < 15} and o.role = 10 and o.about = (select ${address('pg_namespace', 'p.oid')} from pg_namespace p where p.nspname = 'public')
        then '{"isInitial": true}'::jsonb end as beside
    from (
      ${oneOf(OWNED, catalog, unmet)}
    ) o (about, role)
    join pg_roles r on r.oid = o.role`,
  create(o, context) {
    const subject = subjectOf(o, context)
    if (o.body.role === ownerBefore(subject, context)) return {with: subject.id}
    return [creates(o, sqlOf(o, subject), {needs: [...o.needs, ...freed(subject, context)]})]
  },
  alter: (from, to, context) => [alters(from, to, sqlOf(to, subjectOf(to, context)))],
  drop: (o) => ({with: o.parent!}),
  equals: (from, to) => isInitial(to) && (isInitial(from) || to.body.role === SHADOWS),
  widens({from, to}, context) {
    const subject = to && subjectOf(to, context)
    if (!subject || context.isMade(subject.id) || (from?.body.role ?? ownerBefore(subject, context)) === to.body.role)
      return undefined
    return `${quoteName(to.body.role)} owns ${subject.id}, and may do all with it`
  },
}

/** Before 15 schema public is whoever's made the cluster: nobody has said so, and in a shadow it is somebody whom no other server has. */
const isInitial = ({beside}: CatalogObject): boolean => beside?.isInitial === true
const SHADOWS = 'pgext'

function sqlOf(o: CatalogObject<Owner>, subject: CatalogObject): string {
  return `ALTER ${phraseOf(subject)} OWNER TO ${quoteName(o.body.role)}`
}

/** A new object is its maker's; a sequence that belonged to a column has had the table's owner. */
function ownerBefore(subject: CatalogObject, context: Context): string | undefined {
  if (context.isMade(subject.id)) return context.server.user
  const {objects} = context.current
  return objects.get(ownerIdOf(subject, objects))?.body.role
}

function freed(subject: CatalogObject, context: Context) {
  const id = idAbout('owned by', subject.id)
  const wasOwned = subject.kind === 'sequence' && !context.isMade(subject.id) && context.current.objects.has(id)
  return wasOwned && !context.desired.objects.has(id) ? [freedId(subject.id)] : []
}
