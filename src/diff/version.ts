// A catalog and the extensions whose versions count in; the same without the versions of others, which depend on the server, out.

import {hashOf} from './alike.ts'
import type {Catalog, CatalogObject, ObjectId} from './model.ts'
import {catalogOf} from './read.ts'

export function unversioned(catalog: Catalog, counted: ReadonlySet<string> = new Set()): Catalog {
  const bare = versions(catalog).filter((o) => !counted.has(o.name[0]!))
  if (bare.length === 0) return catalog
  const objects = new Map<ObjectId, CatalogObject>(catalog.objects)
  for (const o of bare) {
    const {version, ...body} = o.body
    objects.set(o.id, {...o, body, hash: hashOf(o.kind, body)})
  }
  return catalogOf(objects, catalog.server, catalog.unmodelled, catalog.denied)
}

function versions(catalog: Catalog): CatalogObject[] {
  const found: CatalogObject[] = []
  for (const o of catalog.objects.values()) if (o.kind === 'extension' && o.body.version !== undefined) found.push(o)
  return found
}
