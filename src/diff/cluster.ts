// What a catalog holds of its cluster, shared by all databases there: roles, and what hangs on them alone.
import type {Catalog, CatalogObject} from './model.ts'
import {catalogOf} from './read.ts'

const KINDS = new Set([
  'role',
  'membership',
  'membership of others',
  'parameter privilege',
  'role setting',
  'setting of all roles',
])

export function isOfCluster({kind, parent}: CatalogObject): boolean {
  return KINDS.has(kind) || parent?.startsWith('role ') === true
}

export function clusterOf(catalog: Catalog): Catalog {
  const objects = [...catalog.objects.values()].filter(isOfCluster)
  return catalogOf(new Map(objects.map((o) => [o.id, o])), catalog.server)
}
