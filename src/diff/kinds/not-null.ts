// What a column's NOT NULL was and is to be in, the steps from one to the other out.
import {quoteName} from '../../postgres/quote.ts'
import type {CatalogObject, Context, Step} from '../model.ts'
import {alters} from '../step.ts'
import {type ColumnBody, tableOf} from './column.ts'

export function notNullSteps(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>, context: Context): Step[] {
  const alter = `ALTER TABLE ${tableOf(to)} ALTER COLUMN ${quoteName(to.name[2]!)}`
  if (
    from.body.notNull &&
    to.body.notNull &&
    (from.body.notNullName !== to.body.notNullName || from.body.notNullNoInherit !== to.body.notNullNoInherit)
  ) {
    if (from.body.notNullNoInherit === to.body.notNullNoInherit) {
      const [was, now] = [notNullOf(to, from.body.notNullName), notNullOf(to, to.body.notNullName)]
      return [alters(from, to, `ALTER TABLE ${tableOf(to)} RENAME CONSTRAINT ${was} TO ${now}`)]
    }
    return [alters(from, to, `${alter} DROP NOT NULL`), addNotNull(from, to, context)]
  }
  if (!from.body.notNull === !to.body.notNull) return []
  if (!to.body.notNull) return [alters(from, to, `${alter} DROP NOT NULL`)]
  return [addNotNull(from, to, context)]
}

export function notNullOf(c: CatalogObject, name = `${`${c.name[1]}_${c.name[2]}`.slice(0, 54)}_not_null`): string {
  return quoteName(name)
}

export function addNotNull(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>, context: Context): Step {
  const column = quoteName(to.name[2]!)
  const {notNullName, notNullNoInherit} = to.body
  // said by its name, as PostgreSQL would choose another while a table below has one of that name
  const hasBelow = context.desired.objects.get(to.parent!)?.body.partitionBy && context.server.major >= 18
  const sql =
    notNullName || notNullNoInherit || hasBelow
      ? `ALTER TABLE ${tableOf(to)} ADD CONSTRAINT ${notNullOf(to, notNullName)} NOT NULL ${column}${notNullNoInherit ? ' NO INHERIT' : ''}`
      : `ALTER TABLE ${tableOf(to)} ALTER COLUMN ${column} SET NOT NULL`
  return alters(from, to, sql, {
    hazards: [{name: 'data-dependent', why: `fails on rows of ${tableOf(to)} where ${column} is null`}],
  })
}
