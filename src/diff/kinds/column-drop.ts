// A column that goes in; what it takes along, what must be gone before it, and the step out.
import {quoteName} from '../../postgres/quote.ts'
import {idOf} from '../id.ts'
import type {Along, CatalogObject, Context, Disturbance, Hazard, ObjectId, Step} from '../model.ts'
import {drops, losesData} from '../step.ts'
import {type ColumnBody, tableOf} from './column.ts'
import {above, below, leaving, left} from './lineage.ts'
import {goneColumn, parentsThroughout, parentTables} from './partition.ts'

export function dropColumn(c: CatalogObject<ColumnBody>, context: Context): readonly Step[] | Along {
  const parent = above(c, context, 'current')
  if (parent && c.body.inherited && context.isBroken(parent.id) && !outlived(parent, context)) return {with: parent.id}
  const isLeft = outlived(c, context)
  const gone = c.body.inherited ? goneWith(c, 'column', context) : []
  const drop = `ALTER TABLE ${isLeft ? 'ONLY ' : ''}${tableOf(c)} DROP COLUMN ${gone.length > 0 ? 'IF EXISTS ' : ''}${quoteName(c.name[2]!)}`
  // what is declared here too stays when the parent's goes, and can't go before it
  const needs = [
    ...(parent ? [goneColumn(parent.id)] : []),
    ...gone.map(goneColumn),
    c.parent!,
    ...leaving(c.parent!, context),
    ...left(c.parent!, context),
  ]
  const hazards = valuesLost(c, context)
  return [
    drops(c, drop, {hazards, loses: [c.id], makes: [goneColumn(c.id)], needs, disturbs: isLeft ? [] : heldBelow(c, context)}),
  ]
}

/** Its table goes piece by piece, and below others still: what these lose is gone there, too. */
export function goneWith(part: CatalogObject, kind: string, {current, isBroken, isMade}: Context): ObjectId[] {
  if (!isBroken(part.parent!) || isMade(part.parent!)) return []
  const above = parentTables(part.parent!, current).map((parent) => idOf(kind, [...parent, part.name[2]!]))
  return above.filter((id) => current.objects.has(id) && isBroken(id))
}

/** A table right below, which only inherits it, keeps it as its own: PostgreSQL takes it from none of them then. */
export function outlived(c: CatalogObject, context: Context): boolean {
  return context.dependents(c.parent!).some(({kind, id, name}) => {
    if (kind !== 'table' || id === c.parent || !parentsThroughout(id, context).some((one) => idOf('table', one) === c.parent))
      return false
    const column = idOf('column', [...name, c.name[2]!])
    return context.current.objects.get(column)?.body.inherited === true && !context.isBroken(column)
  })
}

/** What an expression gave is no loss. */
export function valuesLost(c: CatalogObject<ColumnBody>, context: Context): Hazard[] {
  if (c.body.generated) return []
  const isComputed = context.isMade(c.id) && context.desired.objects.get(c.id)?.body.generated
  const instead = isComputed ? ': what the new expression gives takes their place' : ''
  return [losesData(`column ${c.id.slice(7)} goes with its values${instead}`)]
}

/** Goes with its column, unasked. */
const GOES = new Set(['constraint', 'index', 'statistics', 'default', 'comment', 'privilege', 'security label'])

/** A column goes from the tables below too: what stands on it there must be gone before, and might go as late as its table. */
export function heldBelow(c: CatalogObject, context: Context): Disturbance[] {
  return below(c, context).map(({id, parent}) => ({
    id,
    takesDown: (o) => context.isBroken(o.id) && !(GOES.has(o.kind) && (o.parent === parent || o.parent === id)),
  }))
}
