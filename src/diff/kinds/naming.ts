// An object and the same under its new name in, the statements that rename it (and move it to another schema) out.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import type {Naming} from '../circle.ts'
import {idAbout, idOf} from '../id.ts'
import type {Catalog, CatalogObject, ObjectId} from '../model.ts'
import {relations} from '../relations.ts'
import {type ColumnBody, tableOf} from './column.ts'
import {sequenceNamings} from './identity.ts'
import {derivedName, notNullOf} from './not-null-name.ts'
import {phraseOf} from './subject.ts'

/** `ALTER TABLE public.a RENAME TO b`, `ALTER TRIGGER a ON public.t RENAME TO b`, `ALTER TYPE a.t SET SCHEMA b` */
export function renamed(
  from: CatalogObject,
  to: CatalogObject,
  current: Catalog,
  phrase: (o: CatalogObject) => string = phraseOf,
): string[] {
  const [was, now] = [from.name.at(-1)!, to.name.at(-1)!]
  const move = (o: CatalogObject) => `ALTER ${phrase(o)} SET SCHEMA ${quoteName(to.name[0]!)}`
  const call = (o: CatalogObject) => `ALTER ${phrase(o)} RENAME TO ${quoteName(now)}`
  const moves = from.name.length === 2 && from.name[0] !== to.name[0]
  if (!moves) return was === now ? [] : [call(from)]
  if (was === now) return [move(from)]
  const moved = {...from, name: [to.name[0]!, was]}
  // where its old name is taken there, it gets the new one first
  return current.objects.has(idOf(from.kind, moved.name, from.signature))
    ? [call(from), move({...from, name: [from.name[0]!, now]})]
    : [move(from), call(moved)]
}

/** A part of a table, type or view: `ALTER TABLE public.t RENAME COLUMN a TO b` */
export function renamedPart(head: string, part: string, from: string, to: string): string[] {
  return from === to ? [] : [`ALTER ${head} RENAME ${part} ${quoteName(from)} TO ${quoteName(to)}`]
}

/** A constraint's name is its table's or domain's own affair. */
export function constraintNaming(head: string, from: string, to: string): Naming {
  const sql = (was: string, now: string) => `ALTER ${head} RENAME CONSTRAINT ${quoteName(was)} TO ${quoteName(now)}`
  return {space: `constraint ${head}`, from, to, sql}
}

/** Indexes and sequences share their names with tables. */
export function relationNaming(word: 'INDEX' | 'SEQUENCE', schema: string, from: string, to: string): Naming {
  const sql = (was: string, now: string) => `ALTER ${word} ${quoteNames(schema, was)} RENAME TO ${quoteName(now)}`
  return {space: `relation ${schema}`, from, to, sql}
}

/** What a part belongs to. */
export function containerOf(part: CatalogObject): string {
  return quoteNames(part.name[0]!, part.name[1]!)
}

/** A definition that begins with its own name, without it. */
export function withoutName(o: CatalogObject<{readonly definition: string}>): string {
  return o.body.definition.slice(quoteName(o.name.at(-1)!).length)
}

/** The column is also one of a table above, whose rename reaches it, or of the table's type. */
export function isBelow(c: CatalogObject, {objects}: Catalog): boolean {
  const table = objects.get(c.parent!)
  const attached = objects.get(idAbout('partition', c.parent!))
  const above: readonly (readonly string[])[] = attached ? [attached.body.parent] : (table?.body.inherits ?? [])
  if (c.body.inherited || table?.body.ofType) return true
  return above.some((parent) => ['column', 'foreign column'].some((kind) => objects.has(idOf(kind, [...parent, c.name[2]!]))))
}

/** Names that PostgreSQL made of the table's and the column's, where it would make others of the new ones. */
export function columnNames(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>, current: Catalog): Naming[] {
  if (isBelow(from, current)) return []
  const [had, has] = [from.body, to.body]
  const isNamed = had.notNull && has.notNull && had.notNullNoInherit === has.notNullNoInherit && isNamedBelow(from, current)
  const [was, now] = [had.notNullName ?? derivedName(to), has.notNullName ?? derivedName(to)]
  return [
    ...(isNamed && was !== now ? [constraintNaming(`TABLE ${tableOf(to)}`, was, now)] : []),
    ...(had.identity && has.identity ? sequenceNamings(to, had.identity, has.identity) : []),
  ]
}

/** PostgreSQL renames NOT NULL of all tables below at once, and fails where one of them calls it otherwise. */
function isNamedBelow(c: CatalogObject<ColumnBody>, current: Catalog): boolean {
  const {dependents} = relations(current)
  const name = notNullOf(c, c.body.notNullName)
  const isAlike = (table: ObjectId): boolean =>
    dependents(table).every((o) => {
      const below = o.kind === 'partition' ? o.parent! : o.id
      if (below === table || (o.kind !== 'partition' && o.kind !== 'table')) return true
      const other = current.objects.get(idOf('column', [...current.objects.get(below)!.name, c.name[2]!]))
      return (!other || notNullOf(other, other.body.notNullName) === name) && isAlike(below)
    })
  return isAlike(c.parent!)
}
