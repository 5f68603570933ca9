// The state that is compared and the database's own in; the former with the partitions that no file names, which statements reach too, out.
import {idOf} from '../diff/id.ts'
import type {Catalog, CatalogObject, ObjectId} from '../diff/model.ts'

export function withUnnamed(compared: Catalog, whole: Catalog): Catalog {
  const found = new Map<ObjectId, CatalogObject>()
  const has = (id: ObjectId) => compared.objects.has(id) || found.has(id)
  const facts = [...whole.objects.values()].filter(({kind, id}) => kind === 'partition' && !compared.objects.has(id))
  // those below others of them, too
  for (let before = -1; before < found.size; ) {
    before = found.size
    for (const fact of facts) {
      if (has(fact.id) || !has(idOf('table', fact.body.parent))) continue
      found.set(fact.id, fact)
      const table = whole.objects.get(fact.parent!)
      if (table) found.set(table.id, table)
    }
  }
  return found.size === 0 ? compared : {...compared, objects: new Map([...compared.objects, ...found])}
}
