// What is to be done to functions in; for each that goes, or is made anew, what uses it out.
import type {Catalog, Change, ObjectId, Step} from '../diff/model.ts'
import {rootOf} from '../diff/root.ts'
import {ROUTINES} from '../diff/routines.ts'

/** By what PostgreSQL knows, and by names that stand in bodies. */
export function callersOf(
  changes: readonly Change[],
  steps: readonly Step[],
  current: Catalog,
): Map<ObjectId, readonly ObjectId[]> {
  const broken = new Set(steps.flatMap(({breaks}) => breaks))
  const gone = changes.flatMap(({from}) => (from && ROUTINES.has(from.kind) && broken.has(from.id) ? [from.id] : []))
  const found = new Map<ObjectId, Set<ObjectId>>(gone.map((id) => [id, new Set()]))
  if (found.size === 0) return new Map()
  for (const o of current.objects.values()) {
    for (const need of [...o.needs, ...o.softNeeds]) {
      if (o.parent !== need && o.id !== need) found.get(need)?.add(rootOf(o, current) === need ? need : o.id)
    }
  }
  return new Map([...found].flatMap(([id, by]) => (by.size > 0 ? [[id, [...by].sort()] as const] : [])))
}
