// Which column a sequence belongs to: it goes when the column goes.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, isUserSchema} from '../address.ts'
import {idAbout} from '../id.ts'
import type {CatalogObject, Context, Kind, ObjectId, Step} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {chain} from './chain.ts'
import {ownerIdOf, ownerOf, subjectOf} from './subject.ts'

export interface OwnedBy {
  readonly table: readonly [string, string]
  readonly column: string
}

export const owned: Kind<OwnedBy> = {
  name: 'owned by',
  some: 'exists (select from pg_sequence)',
  query: () => `
    select ${address('pg_depend', 'd.objid')} as address, ${address('pg_class', 'd.objid')} as about,
      jsonb_build_object('table', jsonb_build_array(n.nspname, t.relname), 'column', a.attname) as body,
      array[${address('pg_class', 'a.attrelid', 'a.attnum')}] as needs
    from pg_depend d
    join pg_class s on s.oid = d.objid and s.relkind = 'S'
    join pg_class t on t.oid = d.refobjid
    join pg_namespace n on n.oid = t.relnamespace
    join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype = 'a'
      and ${isUserSchema('n.nspname')}`,
  create: (o, context) =>
    chain(o.id, [...ownerSteps(o, context), creates(o, sqlOf(o), {needs: [...o.needs, ...ownersOf(o, context)]})]),
  alter: (from, to, context) =>
    chain(to.id, [...ownerSteps(to, context), alters(from, to, sqlOf(to), {needs: [...to.needs, ...ownersOf(to, context)]})]),
  drop: (o) => [drops(o, `ALTER SEQUENCE ${quoteNames(...o.name)} OWNED BY NONE`, {makes: [freedId(o.parent!)]})],
}

/** Made once the sequence belongs to no column any more: only then can it get an owner of its own. */
export function freedId(sequence: ObjectId): ObjectId {
  return idAbout('freed', sequence)
}

function sqlOf(o: CatalogObject<OwnedBy>): string {
  return `ALTER SEQUENCE ${quoteNames(...o.name)} OWNED BY ${quoteNames(...o.body.table, o.body.column)}`
}

function ownersOf(o: CatalogObject, context: Context): ObjectId[] {
  const id = ownerIdOf(subjectOf(o, context), context.desired.objects)
  return context.desired.objects.has(id) ? [id] : []
}

/** A sequence can only belong to a table of the same owner. */
function ownerSteps(o: CatalogObject<OwnedBy>, context: Context): Step[] {
  const subject = subjectOf(o, context)
  const role = ownerOf(subject, context)
  const was = context.isMade(subject.id) ? context.server.user : ownerBefore(subject, context)
  if (was === role) return []
  return [
    creates(o, `ALTER SEQUENCE ${quoteNames(...o.name)} OWNER TO ${quoteName(role)}`, {
      needs: [...o.needs, ...ownersOf(o, context)],
    }),
  ]
}

function ownerBefore(subject: CatalogObject, context: Context): string | undefined {
  return context.current.objects.get(ownerIdOf(subject, context.current.objects))?.body.role
}
