// A live catalog in, and what the files state; the same out, where pgext itself made a REPLICA IDENTITY FULL as it was before.

import {hashOf} from './alike.ts'
import type {Catalog, CatalogObject, ObjectId} from './model.ts'
import {catalogOf} from './read.ts'

/**
 * Rows of tables that have no key travel whole in WAL only so: that is no difference to anybody's files. One that these state is theirs.
 * @param declared its counterpart, where that is no live one
 */
export function asBefore(catalog: Catalog, declared?: Catalog): Catalog {
  const own = [...catalog.objects.values()].filter((o) => o.beside?.before !== undefined && !declared?.objects.has(o.id))
  if (own.length === 0) return catalog
  const objects = new Map<ObjectId, CatalogObject>(catalog.objects)
  for (const {beside, ...o} of own) {
    // by which index nobody knows any more
    if (beside.before === 'n') objects.set(o.id, {...o, body: {}, hash: hashOf(o.kind, {})})
    else if (beside.before === 'd') objects.delete(o.id)
  }
  return catalogOf(objects, catalog.server, catalog.unmodelled, catalog.denied)
}
