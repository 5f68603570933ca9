// Privileges that somebody gave on who is not the owner in; whom their statements run as, and what these wait for, out.
import {quoteBody, quoteName} from '../../postgres/quote.ts'
import type {CatalogObject, Context, ObjectId} from '../model.ts'
import type {Grantee} from './acl.ts'

type Fact = CatalogObject<Grantee & {readonly privileges: readonly string[]}>

/** Only who gave a privilege can take it back, and what stands in a catalog is who gave it: GRANTED BY takes the current role alone. */
export function asGiver(sql: string, {by}: Grantee): string {
  if (by === undefined) return sql
  const body = `DECLARE was text := pg_catalog.current_setting('role');
BEGIN
  SET LOCAL ROLE ${quoteName(by)};
  ${sql};
  PERFORM pg_catalog.set_config('role', was, true);
END`
  return `DO ${quoteBody(body, 'do')}`
}

/** What whoever gives on must have first: the grant options, on the table for its columns too, and the schema to find it in. */
export function optionsOf(o: Fact, subject: CatalogObject, context: Context): ObjectId[] {
  const {by} = o.body
  if (by === undefined) return []
  const {objects} = context.desired
  const about = new Set<ObjectId>([subject.id])
  for (let at = subject.parent; at; at = objects.get(at)?.parent) about.add(at)
  const schema = `schema ${quoteName(subject.name[0]!)}` as ObjectId
  if (subject.kind !== 'schema') about.add(schema)
  return [...about].flatMap((id) =>
    context
      .children('desired', id)
      .filter((one) => one.kind === 'privilege' && (one.body.role === by || (id === schema && one.body.to === 'public')))
      .map((one) => one.id),
  )
}

/** What this grantee gave on and is taken back: it goes before what it was given with, and before the schema is closed to whoever gave it. */
export function givenOn(o: Fact, subject: CatalogObject, context: Context): ObjectId[] {
  const {role} = o.body
  if (role === undefined) return []
  const {objects} = context.desired
  return within(subject, context)
    .filter((one) => isGivenBy(one, role) && isLessened(one as Fact, objects.get(one.id) as Fact))
    .map(({id}) => id)
}

/** What a new owner has given is what the owner has given then, and what it was given with is the owner's. */
export function becomesOwners({body}: Fact, subject: CatalogObject, owner: string, context: Context): boolean {
  if (body.by !== undefined) return body.by === owner
  return body.role === owner && within(subject, context).some((one) => isGivenBy(one, owner))
}

/** Privileges on it, and on what is in it. */
function within({id, kind, name}: CatalogObject, context: Context): readonly CatalogObject[] {
  if (kind === 'schema')
    return [...context.current.objects.values()].filter((one) => one.kind === 'privilege' && one.name[0] === name[0])
  return context.children('current', id).flatMap((one) => (one.kind === 'privilege' ? [one] : within(one, context)))
}

const isGivenBy = (o: CatalogObject, role: string): boolean => o.kind === 'privilege' && o.body.by === role

function isLessened(from: Fact, to: Fact | undefined): boolean {
  return from.body.privileges.some((privilege) => !to?.body.privileges.includes(privilege))
}
