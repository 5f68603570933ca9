// A column in; what it has to do with columns of that name in the tables above and below it out.
import {quoteNames} from '../../postgres/quote.ts'
import {idAbout, idOf} from '../id.ts'
import type {CatalogObject, Context, ObjectId} from '../model.ts'
import type {ColumnBody} from './column.ts'
import {goneAttachment, goneColumn, parentsThroughout, parentTables, placesLeft} from './partition.ts'
import {untied} from './typed.ts'

/** The column of the parent table that it comes from, or is merged with. */
export function above(
  c: CatalogObject<ColumnBody>,
  context: Context,
  state: 'current' | 'desired',
): CatalogObject<ColumnBody> | undefined {
  const {objects} = context[state]
  for (const [schema, name] of parentsThroughout(c.parent!, context)) {
    const place = [schema, name, c.name[2]!]
    // a foreign table may be a parent, too
    const found = objects.get(idOf('column', place)) ?? objects.get(idOf('foreign column', place))
    if (found) return found as CatalogObject<ColumnBody>
  }
  return undefined
}

/**
 * A table that is made below gets the column as it will be: its type can't change any more under what stands on it there,
 * and what the table says of a column that it does not declare is said of one that is there.
 */
export function stayingAbove(c: CatalogObject<ColumnBody>, context: Context): ObjectId[] {
  const parent = above(c, context, 'desired')
  return parent && (c.body.inherited || !context.isMade(parent.id)) ? [parent.id] : []
}

/** A foreign table may stand above others, and below. */
const COLUMN_OF: Readonly<Record<string, string>> = {table: 'column', 'foreign table': 'foreign column'}

/** The columns in the tables below that change with it. */
export function below(c: CatalogObject, context: Context): CatalogObject[] {
  const {objects} = context.current
  return context.dependents(c.parent!).flatMap((o) => {
    const table = objects.get(o.kind === 'partition' ? o.parent! : o.id)
    const kind = table && COLUMN_OF[table.kind]
    if (!kind || table.id === c.parent) return []
    // one that goes must be gone before
    const follows = follow(table.id, c.parent!, context)
    if (!follows && !context.isBroken(table.id)) return []
    // one that is made anew has left before
    if (o.kind === 'partition' && context.isBroken(table.id) && context.isMade(table.id)) return []
    const found = objects.get(idOf(kind, [...table.name, c.name[2]!]))
    return found ? [found, ...below(found, context)] : []
  })
}

function follow(table: ObjectId, above: ObjectId, context: Context): boolean {
  return parentsThroughout(table, context).some((parent) => Object.keys(COLUMN_OF).some((kind) => idOf(kind, parent) === above))
}

/** Tables with rows of their own below a foreign one, which has none, that stay there: what is done to its columns is done to theirs. */
export function holdersBelow(foreign: ObjectId, context: Context): CatalogObject[] {
  return context.dependents(foreign).flatMap((o) => {
    const table = context.current.objects.get(o.id)
    if (!table || !COLUMN_OF[table.kind] || table.id === foreign || context.isMade(table.id)) return []
    if (!follow(table.id, foreign, context)) return []
    return [...(table.kind === 'table' ? [table] : []), ...holdersBelow(table.id, context)]
  })
}

/** A parent's new column is merged with one that the table below declares itself, if that is there first. */
export function mergedWith(c: CatalogObject<ColumnBody>, context: Context): ObjectId[] {
  const below = context.dependents(c.parent!).filter((o) => o.kind === 'table')
  const same = below.map((o) => context.desired.objects.get(idOf('column', [o.name[0]!, o.name[1]!, c.name[2]!])))
  return same.flatMap((o) => (o && !o.body.inherited && context.isMade(o.id) ? [o.id] : []))
}

/** Tables that inherit from this one no more, or are no partitions of it, at any level below: they leave before its columns change. */
export function leaving(table: ObjectId, context: Context): ObjectId[] {
  const {desired} = context
  const below = context.dependents(table).flatMap((o) => {
    if (o.kind === 'partition') return o.parent !== table && !context.isBroken(o.id) ? leaving(o.parent!, context) : []
    if (o.kind !== 'table' || !desired.objects.has(o.id)) return []
    const stays = desired.objects.get(o.id)!.needs.includes(table)
    return stays ? leaving(o.id, context) : [o.id]
  })
  return [...below, ...placesLeft(table, context)]
}

/** A table that leaves a parent, its place as a partition, or its type, changes once it has left. */
export function left(table: ObjectId, context: Context): ObjectId[] {
  const place = idAbout('partition', table)
  if (context.isBroken(place)) return [goneAttachment(place)]
  const alone = untied(table, context)
  if (alone.length > 0) return alone
  const stays = new Set(parentsThroughout(table, context).map((parent) => quoteNames(...parent)))
  return parentTables(table, context.current).some((parent) => !stays.has(quoteNames(...parent))) ? [table] : []
}

/** One that only a table above declared, which gives it up, is this table's once that has happened. */
export function givenUp(c: CatalogObject<ColumnBody>, context: Context): ObjectId[] {
  const parent = c.body.inherited ? above(c, context, 'current') : undefined
  return parent && context.isBroken(parent.id) ? [goneColumn(parent.id)] : []
}

/** The column as its table alone has it: from 17 on a partition's identity comes and goes with its place. */
export function apart(c: CatalogObject<ColumnBody>, context: Context, state: 'current' | 'desired'): CatalogObject<ColumnBody> {
  const isShared = c.body.identity && context.server.major >= 17 && context[state].objects.has(idAbout('partition', c.parent!))
  return isShared ? {...c, body: {...c.body, identity: undefined}} : c
}

/** INHERIT leaves columns that stand declared; ATTACH does not. */
export function joins(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>, {desired}: Context): boolean {
  return !from.body.inherited && to.body.inherited === true && desired.objects.get(to.parent!)?.body.inherits !== undefined
}

/** PostgreSQL takes a column for declared here too when its table is made, or no parent brings it any more, and at no other time. */
export function standsApart(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>, context: Context): boolean {
  if (!from.body.inherited || to.body.inherited) return false
  const parents = (state: 'current' | 'desired'): readonly string[][] =>
    context[state].objects.get(to.parent!)?.body.inherits ?? []
  const stays = new Set(parents('current').map((parent) => quoteNames(...parent)))
  return parents('desired').some((parent) => {
    const place = [...parent, to.name[2]!]
    const source = ['column', 'foreign column'].map((kind) => idOf(kind, place)).find((id) => context.desired.objects.has(id))
    return stays.has(quoteNames(...parent)) && source !== undefined && !context.isMade(source)
  })
}

/** Columns are added in the order in which they stand, where nothing else decides. */
export function addedBefore(c: CatalogObject, context: Context): ObjectId[] {
  const columns = context.children('desired', c.parent!).filter((o) => o.kind === 'column' && context.isMade(o.id))
  const at = columns.findIndex((o) => o.id === c.id)
  return at > 0 ? [columns[at - 1]!.id] : []
}
