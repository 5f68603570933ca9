// Two catalogs in; the tables whose columns stand in another order than wanted, as one sentence, out: PostgreSQL can't move a column.
import {nameOf} from './id.ts'
import type {Catalog, CatalogObject, ObjectId} from './model.ts'

/** Names that a sentence holds. */
const MOST = 20

export function arrangementNotes(current: Catalog, desired: Catalog): string[] {
  const tables = new Map<ObjectId, CatalogObject[]>()
  for (const o of desired.objects.values()) {
    if (o.kind !== 'column' || !current.objects.has(o.id)) continue
    const columns = tables.get(o.parent!)
    if (columns) columns.push(o)
    else tables.set(o.parent!, [o])
  }
  const names: string[] = []
  for (const [id, columns] of tables) {
    const now = columns.sort((a, b) => a.position - b.position).map((column) => current.objects.get(column.id)!.position)
    if (now.some((position, at) => at > 0 && position < now[at - 1]!)) names.push(nameOf(desired.objects.get(id)!))
  }
  if (names.length === 0) return []
  const more = names.length > MOST ? ` … and ${names.length - MOST} more` : ''
  return [
    `columns stand in another order than wanted, which no statement changes: ${names.sort().slice(0, MOST).join(', ')}${more}`,
  ]
}
