// A new column in; the columns that ADD COLUMN brings to the tables below, and what is theirs alone, out.
import {idOf} from '../id.ts'
import type {CatalogObject, Context, Step} from '../model.ts'
import {relations} from '../relations.ts'
import {alters} from '../step.ts'
import type {ColumnBody} from './column.ts'
import {withoutDefault} from './default.ts'
import {foreignColumnBrought} from './foreign-column.ts'
import {above} from './lineage.ts'
import {addNotNull} from './not-null.ts'
import {columnExtras} from './storage.ts'

/** They come as the clause has them: compressed alike, with no storage, statistics target or options of the parent's. */
export function broughtApart(c: CatalogObject<ColumnBody>, context: Context, top = c): Step[] {
  const {objects} = context.desired
  return relations(context.desired)
    .dependents(c.parent!)
    .flatMap((o) => {
      const [table, sort] = tableBelow(o, context)
      if (!table || table.id === c.parent || context.isMade(table.id)) return []
      const child = objects.get(idOf(sort, [...table.name, c.name[2]!]))
      if (!child?.body.inherited || !context.isMade(child.id)) return []
      if (above(child, context, 'desired')?.id !== c.id) return []
      const own =
        sort === 'column'
          ? columnBrought(child, top, context)
          : foreignColumnBrought(child, {value: defaultOf(top, context), notNull: givesNotNull(top)}, context)
      const steps = own.map((step) => ({
        ...step,
        makes: step.makes.filter((id) => id !== child.id),
        needs: [...step.needs, child.id],
      }))
      return [...steps, ...broughtApart(child, context, top)]
    })
}

function tableBelow(o: CatalogObject, {desired}: Context): [CatalogObject | undefined, string] {
  const table = o.kind === 'partition' ? desired.objects.get(o.parent!) : o
  if (table?.kind === 'table') return [table, 'column']
  return table?.kind === 'foreign table' ? [table, 'foreign column'] : [undefined, '']
}

function columnBrought(child: CatalogObject<ColumnBody>, top: CatalogObject<ColumnBody>, context: Context): Step[] {
  const {type, collation, notNull} = child.body
  const came = {...child, body: {type, collation, compression: top.body.compression}}
  return [
    ...(notNull && !givesNotNull(top) ? [addNotNull(child, child, context)] : []),
    ...columnExtras(came, child, context).map((sql) => alters(child, child, sql)),
    ...withoutDefault(child, context),
  ]
}

const givesNotNull = ({body}: CatalogObject<ColumnBody>): boolean => body.notNull === true && !body.notNullNoInherit

function defaultOf(c: CatalogObject, context: Context): string | undefined {
  return context.children('desired', c.id).find((child) => child.kind === 'default')?.body.expression
}
