// A table OF a type in; the steps that let it stand alone while the type or its columns change, and tie it again, out.
import {idAbout, nameOf} from '../id.ts'
import type {CatalogObject, Context, ObjectId, Refusal, Step} from '../model.ts'
import {alters} from '../step.ts'
import {exchangeOf} from './exchange.ts'
import {columnsGone} from './partition.ts'
import type {TableBody} from './table.ts'

export interface Ties {
  readonly untie: readonly Step[]
  readonly tie: readonly Step[]
}

/** PostgreSQL changes neither a type that has tables nor the columns of such a table, but both once they are apart: no row is touched. */
export function tiesOf(from: CatalogObject<TableBody>, to: CatalogObject<TableBody>, context: Context): Ties | Refusal {
  const [had, has] = [from.body.ofType, to.body.ofType]
  if (had === has && !typeOf(from, context).some((type) => changes(type, context))) return {untie: [], tie: []}
  if (has !== undefined && !keepsOrder(to, context)) return reordered(to, has)
  const name = nameOf(to)
  const columns = context.children('desired', to.id).filter((c) => c.kind === 'column')
  return {
    untie: had === undefined ? [] : [alters(from, to, `ALTER TABLE ${name} NOT OF`, {makes: untied(to.id, context), needs: []})],
    tie:
      has === undefined
        ? []
        : [
            alters(from, to, `ALTER TABLE ${name} OF ${has}`, {
              makes: [idAbout('tied', to.id)],
              needs: [
                ...to.needs,
                to.id,
                ...columns.map((c) => c.id),
                ...columnsGone([to.id], context),
                ...untied(to.id, context),
              ],
              releases: [],
            }),
          ],
  }
}

/** A table's columns keep their order, and its type's attributes must have the same. */
export function reordered(t: CatalogObject, type: string): Refusal {
  return {
    refuse: `${t.id} can’t be a table of ${type}, whose attributes stand in another order than its columns would: add new attributes last, or make a new table and move the rows`,
  }
}

/** Made when the table stands alone. */
export function untied(table: ObjectId, {current}: Pick<Context, 'current'>): ObjectId[] {
  return current.objects.get(table)?.body.ofType === undefined ? [] : [idAbout('untied', table)]
}

/** The tables of a type, those that go or are made anew left out. */
export function tablesOf(type: ObjectId, context: Context): CatalogObject<TableBody>[] {
  return context.dependents(type).filter((o) => isOf(o, type, context) && !context.isBroken(o.id))
}

export function isOf(o: CatalogObject, type: ObjectId, {current}: Pick<Context, 'current'>): boolean {
  return o.kind === 'table' && o.body.ofType !== undefined && o.body.ofType === nameOf(current.objects.get(type)!)
}

function typeOf(t: CatalogObject<TableBody>, context: Context): ObjectId[] {
  return t.needs.filter((id) => context.current.objects.has(id) && isOf(t, id, context))
}

function changes(type: ObjectId, context: Context): boolean {
  const {current, desired} = context
  if (context.isBroken(type) || exchangeOf(type, context)) return true
  return current.objects.get(type)!.hash !== desired.objects.get(type)?.hash
}

/** New columns come last. */
function keepsOrder(to: CatalogObject, context: Context): boolean {
  const wanted = context.children('desired', to.id).filter((c) => c.kind === 'column')
  const made = new Set(wanted.filter((c) => context.isMade(c.id)).map((c) => c.id))
  const kept = context.children('current', to.id).filter((c) => c.kind === 'column' && !context.isBroken(c.id))
  const after = [...kept.map((c) => c.id), ...made]
  return wanted.length === after.length && wanted.every((c, at) => c.id === after[at])
}
