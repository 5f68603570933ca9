// A catalog in; who needs whom, and who is whose child, out.
import type {Catalog, CatalogObject, ObjectId} from './model.ts'

export interface Relations {
  dependents(id: ObjectId): readonly CatalogObject[]
  children(id: ObjectId): readonly CatalogObject[]
}

const NONE: readonly CatalogObject[] = []
const known = new WeakMap<Catalog, Relations>()

export function relations(catalog: Catalog): Relations {
  const found = known.get(catalog)
  if (found) return found
  const dependents = new Map<ObjectId, CatalogObject[]>()
  const children = new Map<ObjectId, CatalogObject[]>()
  for (const o of inOrder(catalog)) {
    for (const need of o.needs) push(dependents, need, o)
    if (o.parent) push(children, o.parent, o)
  }
  for (const list of children.values()) list.sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1))
  const made: Relations = {
    dependents: (id) => dependents.get(id) ?? NONE,
    children: (id) => children.get(id) ?? NONE,
  }
  known.set(catalog, made)
  return made
}

/** Objects by id: what is said of them in this order does not hang on the order in which they were read. */
export function inOrder(catalog: Catalog): readonly CatalogObject[] {
  return [...catalog.objects.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function push(map: Map<ObjectId, CatalogObject[]>, id: ObjectId, o: CatalogObject): void {
  const list = map.get(id)
  if (list) list.push(o)
  else map.set(id, [o])
}
