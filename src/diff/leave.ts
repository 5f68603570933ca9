// What is left alone in; the sentences that say so, the parts that come back with their whole, and what can't do without it out.
import {PgextError} from '../errors.ts'
import type {Catalog, CatalogObject, ObjectId} from './model.ts'

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
    const named = [...this.#named].map(([what, names]) => `left alone: ${what}${names.size > 1 ? 's' : ''} ${listOf(names)}`)
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
  const isKept = (id: ObjectId) => theirs.objects.has(id) || carried.has(id) || !mine.objects.has(id)
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
export function refuseLacking(to: Catalog, desired: Catalog, from: Catalog, current: Catalog): void {
  for (const o of to.objects.values()) {
    if (from.objects.get(o.id)?.hash === o.hash) continue
    for (const id of o.needs) {
      if (to.objects.has(id) || !desired.objects.has(id) || current.objects.has(id) || id.startsWith('role ')) continue
      throw new PgextError('not-supported', `${o.id} needs ${id}, which is left alone and is not there to be used`, {
        hint: `make ${id} there first, or take it out of "ignore" in pgext.json`,
      })
    }
  }
}
