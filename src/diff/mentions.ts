// Function bodies in, the objects whose names stand in them out. Only for ordering: a wrong guess gives way in a cycle.
import type {CatalogObject, ObjectId} from './model.ts'

const WORD = /[\p{L}_][\p{L}\p{N}_$]*/gu

export function mentions(
  named: readonly {row: {text?: string}; id: ObjectId}[],
  objects: ReadonlyMap<ObjectId, CatalogObject>,
): Map<ObjectId, ObjectId[]> {
  const found = new Map<ObjectId, ObjectId[]>()
  const texts = named.filter(({row}) => row.text)
  if (texts.length === 0) return found
  const byName = new Map<string, CatalogObject[]>()
  for (const object of objects.values()) {
    if (object.name.length !== 2) continue
    const list = byName.get(object.name[1]!)
    if (list) list.push(object)
    else byName.set(object.name[1]!, [object])
  }
  for (const {row, id} of texts) {
    const words = new Set(row.text!.match(WORD) ?? [])
    const schemas = words
    const ids = [...words].flatMap((word) => {
      const candidates = byName.get(word) ?? byName.get(word.toLowerCase()) ?? []
      const near = candidates.filter((c) => schemas.has(c.name[0]!))
      return (near.length > 0 ? near : candidates).map((c) => c.id)
    })
    found.set(id, ids.filter((other) => other !== id).sort())
  }
  return found
}
