// A state in which functions have come instead of others in; the same with the owners and grants of those that went, where no file says otherwise, out.
import type {Catalog, CatalogObject, Change, ObjectId} from '../diff/model.ts'
import {catalogOf} from '../diff/read.ts'
import {ROUTINES} from '../diff/routines.ts'
import {groupBy} from './routines.ts'

/** What somebody has set beside the files, and what would otherwise be as for anything new: open to all. */
const INHERITED = new Set(['owner', 'privilege'])

/** @param live everything that the old ones have, whether files speak of it or not */
export function succeed(
  target: Catalog,
  changes: readonly Change[],
  live: Catalog,
): {target: Catalog; inherited: readonly CatalogObject[]} {
  const successors = successorsIn(changes)
  if (successors.size === 0) return {target, inherited: []}
  const isSaid = (kind: string, to: CatalogObject) =>
    [...target.objects.values()].some((o) => o.parent === to.id && o.kind === kind)
  const inherited = [...live.objects.values()].flatMap((o) => {
    const to = o.parent && INHERITED.has(o.kind) ? successors.get(o.parent) : undefined
    return to && !isSaid(o.kind, to) ? [handed(o, o.parent!, to)] : []
  })
  if (inherited.length === 0) return {target, inherited}
  const objects = new Map([...target.objects, ...inherited.map((o) => [o.id, o] as const)])
  return {target: catalogOf(objects, target.server), inherited}
}

/** One that goes and one that comes, alone under one name: the same function with another signature. */
function successorsIn(changes: readonly Change[]): Map<ObjectId, CatalogObject> {
  const named = (objects: readonly CatalogObject[]) => groupBy(objects, ({name}) => name.join('\0'))
  const routines = changes.filter(({from, to}) => ROUTINES.has((to ?? from)!.kind))
  const gone = named(routines.flatMap((change) => (change.verb === 'drop' ? [change.from] : [])))
  const come = named(routines.flatMap((change) => (change.verb === 'create' ? [change.to] : [])))
  return new Map(
    [...gone].flatMap(([name, [old, ...others]]) => {
      const [to, ...more] = come.get(name) ?? []
      return to && others.length + more.length === 0 ? [[old!.id, to] as const] : []
    }),
  )
}

function handed(o: CatalogObject, from: ObjectId, to: CatalogObject): CatalogObject {
  const id = o.id.replace(from, () => to.id) as ObjectId
  return {...o, id, name: to.name, parent: to.id, needs: o.needs.map((need) => (need === from ? to.id : need))}
}
