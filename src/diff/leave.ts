// What is left alone in; the sentences that say so, the parts that come back with their whole, and what can't do without it out.
import {PgextError} from '../errors.ts'
import {ATTACHED} from './attached.ts'
import type {Catalog, CatalogObject, ObjectId, Step} from './model.ts'
import {rootOf} from './root.ts'

interface Compared {
  readonly current: Catalog
  readonly desired: Catalog
}

/** Names of one sort that a sentence holds. */
const MOST = 20

export class Leaving {
  readonly #named = new Map<string, Set<string>>()
  readonly #ignored = new Set<string>()

  name(what: string, name: string): void {
    this.#named.set(what, (this.#named.get(what) ?? new Set()).add(name))
  }

  ignore(id: ObjectId): void {
    this.#ignored.add(id)
  }

  notes(): string[] {
    const named = [...this.#named].map(
      ([what, names]) => `left alone: ${what}${names.size > 1 && !what.endsWith(':') ? 's' : ''} ${listOf(names)}`,
    )
    return this.#ignored.size > 0 ? [...named, `left alone, as "ignore" says: ${listOf(this.#ignored)}`] : named
  }
}

function listOf(names: ReadonlySet<string>): string {
  const sorted = [...names].sort()
  const more = sorted.length > MOST ? ` … and ${sorted.length - MOST} more` : ''
  return `${sorted.slice(0, MOST).join(', ')}${more}`
}

/** Parts of the current state's managed objects that are left alone while the whole stays. */
export function carry(current: Catalog, mine: Catalog, theirs: Catalog): CatalogObject[] {
  const carried = new Map<ObjectId, CatalogObject>()
  const isOut = (id: ObjectId) => !mine.objects.has(id) && !id.startsWith('extension ')
  const isKept = (id: ObjectId) => theirs.objects.has(id) || carried.has(id) || isOut(id)
  const visit = (o: CatalogObject): boolean => {
    if (carried.has(o.id)) return true
    if (!o.parent || mine.objects.has(o.id) || NEW_ONES.has(o.kind)) return false
    const up = current.objects.get(o.parent)
    const stays = mine.objects.has(o.parent) ? theirs.objects.has(o.parent) : up !== undefined && visit(up)
    if (!stays || !o.needs.every(isKept)) return false
    carried.set(o.id, o)
    return true
  }
  for (const o of current.objects.values()) visit(o)
  return [...carried.values()]
}

/** They decide what new objects are like. */
const NEW_ONES = new Set(['default privilege'])

/** What is made or changed and needs something that is left alone finds it in the current state. */
export function refuseLacking({current: from, desired: to}: Compared, current: Catalog, desired: Catalog): void {
  for (const o of to.objects.values()) {
    if (from.objects.get(o.id)?.hash === o.hash) continue
    for (const need of o.needs) {
      if (to.objects.has(need) || !desired.objects.has(need) || current.objects.has(need) || need.startsWith('role ')) continue
      const root = rootOf(desired.objects.get(need)!, desired)
      const id = current.objects.has(root) ? need : root
      throw new PgextError('not-supported', `${o.id} needs ${id}, which is left alone and is not there to be used`, {
        hint: `make ${id} there first, or take it out of "ignore" in pgext.json`,
      })
    }
  }
}

/** What is left alone is in nobody's way, and nothing that it needs goes. */
export function refuseBlocked(steps: readonly Step[], left: ReadonlySet<ObjectId>, current: Catalog): void {
  const broken = new Set(steps.flatMap((step) => step.breaks))
  const made = new Set(steps.flatMap((step) => step.makes))
  const disturbances = steps.flatMap((step) => step.disturbs)
  if (broken.size + disturbances.length === 0) return
  const dies = (id: ObjectId | undefined): boolean =>
    id !== undefined && (broken.has(id) || dies(current.objects.get(id)?.parent))
  for (const id of left) {
    const o = current.objects.get(id)!
    const need =
      o.needs.find((need) => broken.has(need)) ?? disturbances.find(({id, takesDown}) => o.needs.includes(id) && takesDown(o))?.id
    if (isTheirs(o, left) && broken.has(o.parent!) && made.has(o.parent!)) {
      throw new PgextError('not-supported', `${o.parent} would be made anew, and ${o.id}, which is left alone, would be lost`, {
        hint: 'change it in place, or write this part of the migration by hand',
      })
    }
    if (!need || dies(o.id)) continue
    throw new PgextError('not-supported', `${need} can't be changed or dropped as planned: ${o.id} needs it, and is left alone`, {
      hint: ATTACHED.has(o.kind)
        ? `put it into your files; or drop it: pgext migrate does, where a migration made it`
        : `let its owner take ${rootOf(o, current)} down first; or, if it is yours, put it into your files`,
    })
  }
}

/** Whole objects that nothing managed needs: a copy of the state can do without. */
export function spare(
  {left, desired}: Compared & {readonly left: ReadonlySet<ObjectId>},
  current: Catalog,
  wanted: readonly ObjectId[] = [],
): Set<ObjectId> {
  if (left.size === 0) return new Set()
  const families = new Map<ObjectId, CatalogObject[]>()
  const queue = [...desired.objects.values()]
  const parts: CatalogObject[] = []
  for (const o of current.objects.values()) {
    const root = rootOf(o, current)
    if (isTheirs(o, left)) parts.push(o)
    else if (!left.has(root) || !left.has(o.id)) queue.push(o)
    else {
      const family = families.get(root)
      if (family) family.push(o)
      else families.set(root, [o])
    }
  }
  for (const id of wanted) queue.push(...(families.get(id) ?? []))
  for (const id of wanted) families.delete(id)
  for (let o = queue.pop(); o; o = queue.pop()) {
    for (const need of o.needs) {
      const there = current.objects.get(need)
      const root = there && rootOf(there, current)
      const family = root && families.get(root)
      if (!family) continue
      families.delete(root)
      queue.push(...family)
    }
  }
  const unneeded = new Set([...families.values()].flat().map((o) => o.id))
  for (const o of parts) if (o.needs.some((id) => unneeded.has(id))) unneeded.add(o.id)
  return unneeded
}

/** A part of something managed that can't be without an extension which is left alone. */
function isTheirs(o: CatalogObject, left: ReadonlySet<ObjectId>): boolean {
  return o.parent !== undefined && left.has(o.id) && o.needs.some((id) => id.startsWith('extension ') && left.has(id))
}
