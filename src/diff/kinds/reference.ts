// A foreign key in; what must be gone before it is made, out.
import type {CatalogObject, Context, ObjectId} from '../model.ts'

/**
 * The names of unique indexes that go and would serve the foreign key as well: PostgreSQL takes the oldest that fits,
 * which then could not be dropped.
 */
export function fittingKeysGone(key: CatalogObject, context: Context): string[] {
  const needs = new Set(key.needs)
  return referenced(key, context).flatMap((table) =>
    context
      .children('current', table)
      .filter((o) => (o.kind === 'constraint' || o.kind === 'index') && context.isBroken(o.id) && fits(o, needs))
      .flatMap((o) => o.claims.slice(0, 1)),
  )
}

/** A foreign key needs the columns of both of its tables. */
function referenced(key: CatalogObject, context: Context): ObjectId[] {
  const tables = key.needs.flatMap((id) => {
    const column = context.desired.objects.get(id)
    return column?.kind === 'column' && column.parent ? [column.parent] : []
  })
  return [...new Set(tables)]
}

function fits(o: CatalogObject, needs: ReadonlySet<ObjectId>): boolean {
  if (o.kind === 'constraint' && o.body.type !== 'p' && o.body.type !== 'u') return false
  const columns = o.needs.filter((id) => id.startsWith('column '))
  return columns.length > 0 && columns.every((id) => needs.has(id))
}
