// A table in; columns elsewhere whose values are its rows, and what PostgreSQL does not do to it meanwhile, out.
import {idOf, nameOf} from '../id.ts'
import type {CatalogObject, Context, Disturbance, ObjectId, Refusal} from '../model.ts'
import {relations} from '../relations.ts'
import type {ColumnBody} from './column.ts'
import type {TableBody} from './table.ts'

/** PostgreSQL writes no row of the table again, and changes no column's type, under them. */
function holderOf(table: ObjectId, context: Context): CatalogObject | undefined {
  return context.dependents(table).find((o) => isHolder(o, table) && !context.isBroken(o.id))
}

const isHolder = (o: CatalogObject, table: ObjectId): boolean => o.kind === 'column' && o.parent !== table

/** Those that go in this plan must be gone before. */
export function holdersGone(table: ObjectId, context: Context): Disturbance[] {
  const takesDown = (o: CatalogObject) => isHolder(o, table) && context.isBroken(o.id)
  return context.dependents(table).some(takesDown) ? [{id: table, takesDown}] : []
}

/** The table whose rows a new column is to hold gets its own columns first, where nothing stands against it. */
export function columnsHeld(c: CatalogObject, {desired}: Context): ObjectId[] {
  const tables = c.needs.filter((id) => id !== c.parent && desired.objects.get(id)?.kind === 'table')
  return tables.flatMap((id) => relations(desired).children(id)).flatMap((o) => (o.kind === 'column' ? [o.id] : []))
}

const way = (holder: CatalogObject): string =>
  `turn ${holder.id.slice(7)} into text or jsonb in a migration before, and back in one after`

export function retypedRefusal(column: CatalogObject, context: Context): Refusal | undefined {
  const holder = holderOf(column.parent!, context)
  if (!holder) return undefined
  const refuse = `column ${column.id.slice(7)} can’t change its type while ${holder.id.slice(7)} holds rows of its table: ${way(holder)}`
  return {refuse}
}

/** A column that brings values along writes every row, even where there is none. */
export function addedRefusal(
  c: CatalogObject<ColumnBody>,
  value: CatalogObject | undefined,
  context: Context,
): Refusal | undefined {
  const holder = context.isMade(c.parent!) ? undefined : holderOf(c.parent!, context)
  const isFilled = c.body.generated || c.body.identity || (value && !value.body.expression.startsWith('NULL::'))
  if (!holder || !(isFilled || hasRules(c.body.type, c.needs, context))) return undefined
  const refuse = `column ${c.id.slice(7)} can’t be added with values while ${holder.id.slice(7)} holds rows of its table: add it without them first, or ${way(holder)}`
  return {refuse}
}

/** A domain is asked for its default, and whether it takes NULL. */
function hasRules(type: string, needs: readonly ObjectId[], context: Context): boolean {
  const domain = needs.flatMap((id) => context.desired.objects.get(id) ?? []).find((o) => o.kind === 'domain')
  if (!domain || nameOf(domain) !== type) return false
  const {default: value, notNull} = domain.body
  const isRuled = context.children('desired', domain.id).some((o) => o.kind === 'domain constraint')
  return value !== undefined || notNull === true || isRuled || hasRules(domain.body.type, domain.needs, context)
}

export function writtenRefusal(
  from: CatalogObject<TableBody>,
  to: CatalogObject<TableBody>,
  context: Context,
): Refusal | undefined {
  const isMoved = from.body.accessMethod !== to.body.accessMethod
  if (isMoved && context.server.major < 15)
    return {
      refuse: `${to.id} can’t change its access method before PostgreSQL 15: keep it, or make a new table and move the rows`,
    }
  const holder = isMoved || from.body.unlogged !== to.body.unlogged ? holderOf(idOf('table', to.name), context) : undefined
  return holder && {refuse: `${to.id} can’t be written anew while ${holder.id.slice(7)} holds its rows: ${way(holder)}`}
}
