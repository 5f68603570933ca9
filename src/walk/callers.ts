// What is to be done to functions in; for each that goes, or is made anew, what uses it, and what may, out.
import type {Usage} from '../bodies/uses.ts'
import type {Catalog, Change, ObjectId, Step} from '../diff/model.ts'
import {rootOf} from '../diff/root.ts'
import {ROUTINES} from '../diff/routines.ts'
import type {Callers} from './model.ts'

/**
 * By what PostgreSQL knows of the schema, and says of bodies. Where it can't be asked (dynamic SQL, another language) names in bodies are all
 * there is, and what has them only may use it.
 * @param ask what bodies use in the current state; undefined: nobody could look
 */
export async function callersOf(
  changes: readonly Change[],
  steps: readonly Step[],
  current: Catalog,
  ask: () => Promise<Usage | undefined>,
): Promise<Map<ObjectId, Callers>> {
  const broken = new Set(steps.flatMap(({breaks}) => breaks))
  const gone = new Set(changes.flatMap(({from}) => (from && ROUTINES.has(from.kind) && broken.has(from.id) ? [from.id] : [])))
  const known = new Map<ObjectId, Set<ObjectId>>()
  const named = new Map<ObjectId, Set<ObjectId>>()
  for (const o of gone.size === 0 ? [] : current.objects.values()) {
    const note = (list: Map<ObjectId, Set<ObjectId>>, need: ObjectId) => {
      if (!gone.has(need) || o.parent === need || o.id === need) return
      const by = rootOf(o, current) === need ? need : o.id
      list.set(need, (list.get(need) ?? new Set()).add(by))
    }
    for (const need of o.needs) note(known, need)
    for (const need of o.softNeeds) note(named, need)
  }
  const says = named.size > 0 ? await ask() : undefined
  const exact = new Set((says?.uses ?? []).flatMap(({routine, on, guessed}) => (guessed ? [] : [`${routine}\0${on}`])))
  const doubtful = new Set([...(says?.unsure ?? []), ...(says?.dynamic ?? []), ...(says?.unread ?? [])])
  const isSure = new Set((says?.routines ?? []).filter((id) => !doubtful.has(id)))
  const found = [...gone].map((id): [ObjectId, Callers] => {
    const words = [...(named.get(id) ?? [])]
    const uses = new Set([...(known.get(id) ?? []), ...words.filter((by) => exact.has(`${by}\0${id}`))])
    return [id, {uses: [...uses].sort(), may: words.filter((by) => !uses.has(by) && !isSure.has(by)).sort()}]
  })
  return new Map(found.filter(([, {uses, may}]) => uses.length + may.length > 0))
}
