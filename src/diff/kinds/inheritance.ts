// A table whose parents change in; the steps by which it leaves some and joins others out.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {idAbout, nameOf} from '../id.ts'
import type {CatalogObject, Context, ObjectId, Refusal, Step} from '../model.ts'
import {alters} from '../step.ts'
import type {ColumnBody} from './column.ts'
import {above} from './lineage.ts'
import {columnsGone} from './partition.ts'
import {passage, passes} from './passage.ts'
import {after, type TableBody} from './table.ts'

/**
 * A table leaves its parents before its columns change, and joins others when the columns of both are as they must be;
 * where its own stay as they are it joins first, since what no parent declares any more would be declared here.
 */
export function inheritance(from: CatalogObject<TableBody>, to: CatalogObject<TableBody>, context: Context): Step[] {
  const had = (from.body.inherits ?? []).map((parent) => quoteNames(...parent))
  const has = (to.body.inherits ?? []).map((parent) => quoteNames(...parent))
  const name = nameOf(to)
  const parts = (table: ObjectId) =>
    context.children('desired', table).filter((o) => o.kind === 'column' || (o.kind === 'constraint' && o.body.type === 'c'))
  const gained = has.filter((parent) => !had.includes(parent))
  const joined = (parent: string) => idAbout('joined', to.id, parent)
  const isFirst = joinsFirst(to.id, context)
  return [
    ...passage(to, gained.map(joined), context),
    ...had
      .filter((parent) => !has.includes(parent))
      .map((parent) => {
        const leave = alters(from, to, `ALTER TABLE ${name} NO INHERIT ${parent}`)
        return isFirst ? {...leave, needs: [...leave.needs, ...gained.map(joined)]} : leave
      }),
    ...gained.map((parent) => {
      const above = `table ${parent}` as ObjectId
      const needs = [
        above,
        to.id,
        ...[...parts(to.id), ...parts(above)].map((o) => o.id),
        ...columnsGone([to.id, above], context),
      ]
      if (isFirst) {
        const join = after(to, `ALTER TABLE ${name} INHERIT ${parent}`)
        const ready = [
          above,
          ...[...parts(to.id).filter(({id}) => context.isMade(id)), ...parts(above)].map((o) => o.id),
          ...columnsGone([above], context),
        ]
        return {...join, needs: ready, makes: [joined(parent)]}
      }
      return {...after(to, `ALTER TABLE ${name} INHERIT ${parent}`), needs, makes: [joined(parent)]}
    }),
  ]
}

/** It has other parents than before, which declare what those did alike. */
export function joinsFirst(table: ObjectId, context: Context): boolean {
  const [from, to] = [context.current.objects.get(table), context.desired.objects.get(table)]
  if (!from?.body.inherits || !to?.body.inherits || context.isMade(table)) return false
  const bodyOf = ({body}: CatalogObject) => JSON.stringify({...body, notNullName: undefined})
  // what no parent declares any more is the table's own
  const isLeft = (was: CatalogObject, c: CatalogObject) =>
    was.body.inherited && bodyOf({...was, body: {...was.body, inherited: undefined}}) === bodyOf(c)
  const isRule = (o: CatalogObject) => o.kind === 'constraint' && o.body.type === 'c' && o.body.inherited
  const [had, has] = [context.children('current', table), context.children('desired', table)]
  const rules = (list: readonly CatalogObject[]) => list.flatMap((o) => (isRule(o) ? [`${o.id} ${bodyOf(o)}`] : [])).join()
  const columns = has.filter((o) => o.kind === 'column')
  return (
    rules(had) === rules(has) &&
    columns.every((c) => {
      const before = context.current.objects.get(c.id)
      return before && !context.isBroken(c.id)
        ? bodyOf(before) === bodyOf(c) || isLeft(before, c)
        : passes(c as CatalogObject<ColumnBody>, context)
    })
  )
}

/** What no parent declares for a moment is declared by the table from then on. */
export function stranded(from: CatalogObject<TableBody>, to: CatalogObject<TableBody>, context: Context): Refusal | undefined {
  if (!to.body.inherits || context.isMade(to.id) || joinsFirst(to.id, context)) return undefined
  const column = context.children('desired', to.id).find((o) => {
    const c = o as CatalogObject<ColumnBody>
    const isLost = context.current.objects.get(c.id)?.body.inherited && !context.isMade(c.id)
    return c.kind === 'column' && c.body.inherited && isLost && !above(c, context, 'desired')
  })
  if (!column) return undefined
  return {
    refuse: `${to.id} can’t change ${from.body.inherits ? 'its parents' : 'from a partition to a table that inherits'} while only its parents declare ${quoteName(column.name[2]!)}, which would be its own then: declare it in CREATE TABLE … INHERITS too`,
  }
}
