// A column before and after in; the steps that change its type where the rows are, out.
import {quoteName} from '../../postgres/quote.ts'
import type {CatalogObject, Context, Hazard, Step} from '../model.ts'
import {alters, losesData} from '../step.ts'
import {lacksParts} from './attachment.ts'
import {castExpression, changesInPlace, fitsAlways, isTypmodChange, losesDigits, SEES_TYPE} from './cast.ts'
import {type ColumnBody, tableOf} from './column.ts'
import {holdersGone} from './held.ts'
import {below} from './lineage.ts'
import {aroundNotNull, isNamedApart} from './not-null.ts'
import {goesByZone, storedType, zoneHazard} from './zone.ts'

export function typeSteps(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>, context: Context): readonly Step[] {
  if (from.body.type === to.body.type && from.body.collation === to.body.collation) return []
  const said = saidOf(from, to, context)
  const cast = said ?? castExpression(quoteName(to.name[2]!), from.body.type, to.body.type)
  const collate = to.body.collation ? ` COLLATE ${to.body.collation}` : ''
  const sql = `ALTER TABLE ${tableOf(to)} ALTER COLUMN ${quoteName(to.name[2]!)} TYPE ${to.body.type}${collate}${cast ? ` USING ${cast}` : ''}`
  const near = isTypmodChange(from.body.type, to.body.type)
  const takesDown = (o: CatalogObject): boolean =>
    SEES_TYPE.has(o.kind) ||
    lacksParts(o, context) ||
    (o.kind === 'column' && o.id !== to.id && (o.body as ColumnBody).generated !== undefined) ||
    (!near && (o.kind === 'default' || (o.kind === 'constraint' && o.body.type === 'f')))
  const change = [
    alters(from, to, sql, {
      disturbs: [...[from, ...below(from, context)].map(({id}) => ({id, takesDown})), ...holdersGone(from.parent!, context)],
      hazards: [...zoneHazards(from, to, context), ...misfits(from, to, said)],
      loses: [to.id],
      ...(said && {converts: [to.id], path: SAID_UNDER}),
    }),
  ]
  const apart = [from, ...below(from, context)].filter((c) => isNamedApart(c, below(c, context), context))
  return aroundNotNull(apart, change, context)
}

/** How its values change their type, where somebody has said so; the words stay in the file when that is over. */
export function saidOf(from: CatalogObject, to: CatalogObject, {current, desired, using}: Context): string | undefined {
  const isChanged = from.body.type !== to.body.type || storedType(from.body.type, current) !== storedType(to.body.type, desired)
  return isChanged ? using(to.id) : undefined
}

/** As files are loaded. */
export const SAID_UNDER = 'public'

/** Of the columns that a foreign table's takes along to another type, in tables with rows of their own. */
export function hazardsBelow(from: CatalogObject, context: Context): Hazard[] {
  return below(from, context).flatMap((c) => {
    const to = c.kind === 'column' ? context.desired.objects.get(c.id) : undefined
    return to ? [...zoneHazards(c, to, context), ...misfits(c, to, undefined)] : []
  })
}

function misfits(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>, said: string | undefined): Hazard[] {
  const [was, now] = [from.body.type, to.body.type]
  if (said === undefined && (changesInPlace(was, now) || fitsAlways(was, now))) return []
  const lossy = said === undefined && losesDigits(was, now)
  const rounded = lossy ? [losesData(`values of ${to.id.slice(7)} are rounded or cut to ${now}`)] : []
  return [...rounded, {name: 'data-dependent', why: `fails on values of ${tableOf(to)} that do not convert to ${now}`}]
}

/** Not where somebody has said what is meant. */
export function zoneHazards(from: CatalogObject, to: CatalogObject, context: Context): Hazard[] {
  if (saidOf(from, to, context) !== undefined) return []
  const [was, now] = [storedType(from.body.type, context.current), storedType(to.body.type, context.desired)]
  return goesByZone(was, now) ? [zoneHazard(`values of ${tableOf(to)}.${quoteName(to.name[2]!)}`, was, now)] : []
}
