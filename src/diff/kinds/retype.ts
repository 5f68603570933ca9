// A column before and after in; the steps that change its type where the rows are, out.
import {quoteName} from '../../postgres/quote.ts'
import type {CatalogObject, Context, Step} from '../model.ts'
import {alters} from '../step.ts'
import {castExpression, changesInPlace, isTypmodChange, SEES_TYPE} from './cast.ts'
import {type ColumnBody, tableOf} from './column.ts'
import {below} from './lineage.ts'
import {aroundNotNull, isNamedApart} from './not-null.ts'

export function typeSteps(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>, context: Context): readonly Step[] {
  if (from.body.type === to.body.type && from.body.collation === to.body.collation) return []
  const cast = castExpression(quoteName(to.name[2]!), from.body.type, to.body.type)
  const collate = to.body.collation ? ` COLLATE ${to.body.collation}` : ''
  const sql = `ALTER TABLE ${tableOf(to)} ALTER COLUMN ${quoteName(to.name[2]!)} TYPE ${to.body.type}${collate}${cast ? ` USING ${cast}` : ''}`
  const near = isTypmodChange(from.body.type, to.body.type)
  const takesDown = (o: CatalogObject): boolean =>
    SEES_TYPE.has(o.kind) ||
    (o.kind === 'column' && o.id !== to.id && (o.body as ColumnBody).generated !== undefined) ||
    (!near && (o.kind === 'default' || (o.kind === 'constraint' && o.body.type === 'f')))
  const change = [
    alters(from, to, sql, {
      disturbs: [from, ...below(from, context)].map(({id}) => ({id, takesDown})),
      hazards: changesInPlace(from.body.type, to.body.type)
        ? []
        : [{name: 'data-dependent', why: `fails on values of ${tableOf(to)} that do not convert to ${to.body.type}`}],
      loses: [to.id],
    }),
  ]
  const apart = [from, ...below(from, context)].filter((c) => isNamedApart(c, below(c, context), context))
  return aroundNotNull(apart, change, context)
}
