// A database's catalog and the rules of a project in, what a dump of it holds out: the project's own objects, and what it says of them.
import type {Catalog, CatalogObject, ObjectId} from '../diff/model.ts'
import {catalogOf} from '../diff/read.ts'
import {EVERYTHING, scope} from '../diff/scope.ts'
import type {DumpOptions} from './model.ts'

export function ownedBy(catalog: Catalog, {external, roles, ownership}: DumpOptions): Catalog {
  const {current} = scope(catalog, catalog, {...EVERYTHING, external, roles})
  if (ownership === 'strict') return withUnmodelled(current, catalog)
  const objects = new Map([...current.objects].filter(([, o]) => !isOwners(o, current)))
  return catalogOf(objects, current.server, catalog.unmodelled)
}

/** Who owns a thing, and what that role may do with it: loading the files makes another one its owner. */
function isOwners(o: CatalogObject, {objects, server}: Catalog): boolean {
  if (o.kind === 'owner') return true
  if (o.kind !== 'privilege') return false
  if (o.body.role === server.user) return true
  return o.body.to === 'owner' && ownerOf(o, objects) !== server.user
}

function ownerOf(fact: CatalogObject, objects: Catalog['objects']): string | undefined {
  for (let at = fact.parent; at; at = objects.get(at)?.parent) {
    const owner = objects.get(`owner ${at}` as ObjectId)
    if (owner) return owner.body.role
  }
  return undefined
}

function withUnmodelled(catalog: Catalog, {unmodelled}: Catalog): Catalog {
  return catalog.unmodelled === unmodelled ? catalog : {...catalog, unmodelled}
}
