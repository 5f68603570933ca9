// An object in, the one that it dies with in the end out: itself, where it is part of nothing.
import type {Catalog, CatalogObject, ObjectId} from './model.ts'

export function rootOf(o: CatalogObject, catalog: Catalog): ObjectId {
  let at = o
  while (at.parent) {
    const up = catalog.objects.get(at.parent)
    if (!up) break
    at = up
  }
  return at.id
}
