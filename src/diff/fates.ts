// Changes in; what each object goes through out: made, broken, altered in place. What needs a broken object is taken down with it.
import {PgextError} from '../errors.ts'
import {kindOf} from './kinds/index.ts'
import type {Along, CatalogObject, Change, Context, ObjectId, Refusal, Step} from './model.ts'
import {isOverloaded} from './overloads.ts'

export interface Fates {
  /** absent before, or dropped and made again */
  readonly made: Set<ObjectId>
  /** goes away (and may come back) */
  readonly broken: Set<ObjectId>
  /** made anew with their rows kept */
  readonly rebuilt: Set<ObjectId>
  readonly altered: Map<ObjectId, readonly Step[] | Along | Refusal>
}

export function closeOver(changes: readonly Change[], context: Context, fates: Fates): void {
  const alters = new Map<ObjectId, {from: CatalogObject; to: CatalogObject}>()
  const queue: ObjectId[] = []
  const take = (id: ObjectId) => {
    if (fates.broken.has(id)) return
    fates.broken.add(id)
    const again = context.desired.objects.get(id)
    if (again) fates.made.add(id)
    alters.delete(id)
    fates.altered.delete(id)
    queue.push(id)
    if (again && kindOf(again.kind).stirsAnew) stir(again)
  }
  const stir = (o: CatalogObject) => {
    for (const id of kindOf(o.kind).stirs?.(o, context) ?? []) {
      const [from, to] = [context.current.objects.get(id), context.desired.objects.get(id)]
      if (from && to && !fates.broken.has(id)) alters.set(id, {from, to})
    }
  }
  for (const change of changes) {
    if (change.verb === 'create') fates.made.add(change.to.id)
    else if (change.verb === 'alter') alters.set(change.to.id, change)
  }
  for (const change of changes) stir(change.verb === 'drop' ? change.from : change.to)
  for (const change of changes) if (change.verb === 'drop') take(change.from.id)

  for (;;) {
    while (queue.length > 0) spread(queue.pop()!, context, fates, alters, take)
    // an alter may turn into a replacement once it sees what else goes
    for (const [id, {from, to}] of [...alters]) {
      const result = kindOf(to.kind).alter(from, to, context)
      if (result === 'replace') {
        if (kindOf(to.kind).rebuild) fates.rebuilt.add(id)
        take(id)
      } else fates.altered.set(id, result)
    }
    for (const result of fates.altered.values()) {
      if (!Array.isArray(result)) continue
      for (const step of result as Step[]) disturb(step, context, fates, take)
    }
    if (queue.length === 0) return
  }
}

/** Everything that dies with, or can't stand without, a broken object is broken too. */
function spread(
  id: ObjectId,
  context: Context,
  fates: Fates,
  alters: Map<ObjectId, {from: CatalogObject; to: CatalogObject}>,
  take: (id: ObjectId) => void,
): void {
  for (const child of context.children('current', id)) take(child.id)
  const cause = context.current.objects.get(id)!
  for (const dependent of context.dependents(id)) {
    if (fates.broken.has(dependent.id)) continue
    const alter = alters.get(dependent.id)
    const letsGo = alter && !alter.to.needs.includes(id) && !misleads(cause, alter.to)
    if (letsGo && !isSucceeded(cause, alter.to, context, fates)) continue // in place
    refuseIfRowsAreLost(dependent, cause, fates)
    take(dependent.id)
  }
}

function misleads(gone: CatalogObject, to: CatalogObject): boolean {
  return kindOf(to.kind).replaceable?.(to) !== false && isOverloaded(gone, to.needs)
}

/** What comes under its name can't be made before it goes: whoever lets go of it by a statement that needs the new one never could. */
function isSucceeded(gone: CatalogObject, to: CatalogObject, context: Context, fates: Fates): boolean {
  if (kindOf(to.kind).replaceable?.(to) === false) return false
  const names = new Set<string>()
  const above = (o: CatalogObject) => (o.parent ? context.current.objects.get(o.parent) : undefined)
  for (let o: CatalogObject | undefined = gone; o && fates.broken.has(o.id); o = above(o)) {
    for (const claim of o.claims) names.add(claim)
  }
  if (names.size === 0) return false
  const seen = new Set<ObjectId>(to.needs)
  for (const id of seen) {
    const o = context.desired.objects.get(id)
    if (o?.claims.some((claim) => names.has(claim))) return true
    for (const need of o?.needs ?? []) seen.add(need)
  }
  return false
}

function disturb(step: Step, context: Context, fates: Fates, take: (id: ObjectId) => void): void {
  for (const {id, takesDown} of step.disturbs) {
    for (const dependent of context.dependents(id)) {
      if (fates.broken.has(dependent.id) || !takesDown(dependent)) continue
      refuseIfRowsAreLost(dependent, context.current.objects.get(id) ?? dependent, fates)
      take(dependent.id)
    }
  }
}

function refuseIfRowsAreLost(o: CatalogObject, cause: CatalogObject, fates: Fates): void {
  const {replaceable} = kindOf(o.kind)
  if (!replaceable || replaceable(o) || (o.parent && fates.broken.has(o.parent))) return
  throw new PgextError(
    'not-supported',
    `${o.id} would have to be dropped and made again${o === cause ? '' : ` because ${cause.id} is`}, which loses rows`,
    {
      hint: 'change it in two migrations, or write this one by hand',
    },
  )
}
