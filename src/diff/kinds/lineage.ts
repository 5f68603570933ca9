// A column in; what it has to do with columns of that name in the tables above and below it out.
import {idOf} from '../id.ts'
import type {CatalogObject, Context, ObjectId} from '../model.ts'
import type {ColumnBody} from './column.ts'
import {parentsThroughout} from './partition.ts'

/** The column of the parent table that it comes from, or is merged with. */
export function above(
  c: CatalogObject<ColumnBody>,
  context: Context,
  state: 'current' | 'desired',
): CatalogObject<ColumnBody> | undefined {
  const {objects} = context[state]
  for (const [schema, name] of parentsThroughout(c.parent!, context)) {
    const found = objects.get(idOf('column', [schema, name, c.name[2]!]))
    if (found) return found as CatalogObject<ColumnBody>
  }
  return undefined
}

/** A parent's new column is merged with one that the table below declares itself, if that is there first. */
export function mergedWith(c: CatalogObject<ColumnBody>, context: Context): ObjectId[] {
  const below = context.dependents(c.parent!).filter((o) => o.kind === 'table')
  const same = below.map((o) => context.desired.objects.get(idOf('column', [o.name[0]!, o.name[1]!, c.name[2]!])))
  return same.flatMap((o) => (o && !o.body.inherited && context.isMade(o.id) ? [o.id] : []))
}

/** Tables that inherit from this one no more: they leave before its columns change. */
export function leaving(table: ObjectId, context: Context): ObjectId[] {
  const below = context.dependents(table).filter((o) => o.kind === 'table' && context.desired.objects.has(o.id))
  return below.filter((o) => !context.desired.objects.get(o.id)!.needs.includes(table)).map((o) => o.id)
}

/** INHERIT leaves columns that stand declared; ATTACH does not. */
export function joins(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>, {desired}: Context): boolean {
  return !from.body.inherited && to.body.inherited === true && desired.objects.get(to.parent!)?.body.inherits !== undefined
}
