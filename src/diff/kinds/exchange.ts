// A plan's context in, the types that must be made anew under rows that hold them out, grouped by what hangs together.
import {idOf, nameOf} from '../id.ts'
import type {CatalogObject, Context, Hazard, ObjectId} from '../model.ts'
import {inOrder, relations} from '../relations.ts'
import {collationRemake} from './collation.ts'
import {compositeRemake} from './composite.ts'
import {domainRemake} from './domain.ts'
import {enumRemake} from './enum.ts'
import {parentTables} from './partition.ts'
import {rangeRemake} from './range.ts'

/** How a kind of type is made anew beside its old self. */
export interface Remake<B = any> {
  readonly word: 'TYPE' | 'DOMAIN' | 'COLLATION'
  /** no ALTER leads there while rows hold the type */
  isAnew(from: CatalogObject<B>, to: CatalogObject<B>, context: Context): boolean
  create(to: CatalogObject<B>, context: Context): string
  /** objects that come with that statement */
  parts(to: CatalogObject<B>, context: Context): readonly CatalogObject[]
  hazards(from: CatalogObject<B>, to: CatalogObject<B>): readonly Hazard[]
}

/** One type of a group. */
export interface Member {
  readonly from: CatalogObject
  readonly to: CatalogObject
  readonly remake: Remake
}

export interface Exchange {
  /** in the order in which they can be made */
  readonly members: readonly Member[]
  /** the same in the order in which the old ones can go */
  readonly goingAway: readonly Member[]
  /** the first of those that have to change for a reason of their own: its steps are the group's */
  readonly leader: ObjectId
  /** columns of the current state that go over to the new types */
  readonly columns: readonly CatalogObject[]
  /** what stops to need the types in this plan */
  readonly leaving: readonly CatalogObject[]
}

/** Taken at call, as these files need one another. */
function remakeOf(kind: string): Remake | undefined {
  if (kind === 'enum') return enumRemake
  if (kind === 'domain') return domainRemake
  if (kind === 'composite type') return compositeRemake
  if (kind === 'range type') return rangeRemake
  return kind === 'collation' ? collationRemake : undefined
}

/** The group that the type is exchanged with; undefined: no rows hang on it, or nothing of it must be made anew. */
export function exchangeOf(id: ObjectId, context: Context): Exchange | undefined {
  const seeds = stirred(context).filter((one) => !context.isBroken(one.id) && isAnew(one.id, context))
  if (seeds.length === 0) return undefined
  const reached = reachedFrom(seeds, context)
  const held = heldOf(reached, context)
  if (!held.has(id)) return undefined
  const group = componentOf(id, held, context)
  const members = sorted(group, context, 'desired')
  const leader = seeds
    .map((seed) => seed.id)
    .sort()
    .find((seed) => group.has(seed))!
  const users = members
    .flatMap(({from}) => context.dependents(from.id))
    .filter((o) => !group.has(o.id) && !context.isBroken(o.id))
  const unique = [...new Map(users.map((o) => [o.id, o])).values()]
  const stays = (o: CatalogObject) => isMadeOf(o.id, group, context)
  const rows = unique.filter((o) => isLive(o, context))
  const types = unique.filter((o) => remakeOf(o.kind) !== undefined)
  return {
    members,
    goingAway: sorted(group, context, 'current').reverse(),
    leader,
    columns: rows.filter(stays),
    leaving: [...rows, ...types].filter((o) => !stays(o)),
  }
}

/** It is to need one of these types, or another that does, which is not there before they are. */
function isMadeOf(id: ObjectId, group: ReadonlySet<ObjectId>, context: Context): boolean {
  return (context.desired.objects.get(id)?.needs ?? []).some((need) => {
    const isType = remakeOf(context.desired.objects.get(need)?.kind ?? '') !== undefined
    return group.has(need) || (isType && isMadeOf(need, group, context))
  })
}

/** Its type is made anew in this plan. */
export function isOfRemade(column: CatalogObject, context: Context): boolean {
  return column.needs.some((id) => exchangeOf(id, context) !== undefined)
}

/** Tables that are partitioned by the type, whose keys' columns no ALTER changes, and tables of it. */
export function boundTo(type: ObjectId, context: Context): ObjectId[] {
  return context.dependents(type).flatMap((o) => {
    if (o.kind === 'column') return o.body.partitionKey ? [o.parent!] : []
    if (o.kind === 'table') return o.body.ofType === undefined ? [] : [o.id]
    return remakeOf(o.kind) ? boundTo(o.id, context) : []
  })
}

/** Rebuilt tables whose old selves hold the types until their rows have moved. */
export function rebuiltWith({members}: Exchange, context: Context): ObjectId[] {
  const columns = members.flatMap(({from}) => context.dependents(from.id)).filter((o) => o.kind === 'column')
  return [...new Set(columns.map((o) => o.parent!))].filter((table) => isRebuilt(table, context))
}

/** Columns of tables below those, dropped once their rows have moved as well; types, with their rules, that columns leave for the new ones. */
export function lateOf({members}: Exchange, context: Context): CatalogObject[] {
  const isLate = (o: CatalogObject | undefined): boolean => {
    if (!o || o.kind === 'column') return o !== undefined && goesInto(o.parent!, context)
    if (o.kind === 'domain constraint') return isLate(context.current.objects.get(o.parent!))
    return remakeOf(o.kind) !== undefined && context.isBroken(o.id) && !context.isMade(o.id)
  }
  return members.flatMap(({from}) => context.dependents(from.id)).filter(isLate)
}

function goesInto(table: ObjectId, context: Context): boolean {
  if (context.desired.objects.has(table)) return false
  const above = parentTables(table, context.current).map((parent) => idOf('table', parent))
  return above.some((id) => isRebuilt(id, context) || goesInto(id, context))
}

/** Made when what brings values over can be called. */
export function callable(leader: ObjectId): ObjectId {
  return `${leader} values` as ObjectId
}

/** Made when a column is of its new type. */
export function retyped(column: ObjectId): ObjectId {
  return `${column} of its new type` as ObjectId
}

/** A table is never broken and made but by a rebuild. */
function isRebuilt(table: ObjectId, context: Context): boolean {
  return context.isBroken(table) && context.isMade(table)
}

/** The type whose steps bring the column over to its new type. */
export function carrierOf(column: CatalogObject, context: Context): ObjectId | undefined {
  const {objects} = context.current
  const types = (objects.get(column.id)?.needs ?? []).filter((id) => remakeOf(objects.get(id)?.kind ?? ''))
  const exchanges = types.flatMap((id) => exchangeOf(id, context) ?? [])
  return exchanges.find(({columns}) => columns.some((o) => o.id === column.id))?.leader
}

/** Does a column hold the type inside another one: an array, a composite type, a range? */
export function isContained(type: CatalogObject, context: Context): boolean {
  return context.dependents(type.id).some((o) => {
    if (isLive(o, context)) return o.kind === 'column' && o.body.type !== nameOf(type)
    if (o.kind === 'domain') return o.body.type === nameOf(type) ? isContained(o, context) : isHeld(o, context)
    return remakeOf(o.kind) !== undefined && isHeld(o, context)
  })
}

function isHeld(type: CatalogObject, context: Context): boolean {
  return context
    .dependents(type.id)
    .some((o) => isLive(o, context) || (remakeOf(o.kind) !== undefined && !context.isBroken(o.id) && isHeld(o, context)))
}

/** A column with rows of its own. */
function isLive(o: CatalogObject, context: Context): boolean {
  return o.kind === 'column' && !o.body.generated && (!context.isBroken(o.id) || isRebuilt(o.parent!, context))
}

function isAnew(id: ObjectId, context: Context): boolean {
  const [from, to] = [context.current.objects.get(id)!, context.desired.objects.get(id)!]
  return remakeOf(from.kind)!.isAnew(from, to, context)
}

const known = new WeakMap<Context, CatalogObject[]>()

/** Types that differ, or whose parts do. */
function stirred(context: Context): readonly CatalogObject[] {
  let found = known.get(context)
  if (!found) {
    const {current, desired} = context
    const [before, after] = [relations(current), relations(desired)]
    const rules = (children: readonly CatalogObject[]) =>
      JSON.stringify(children.filter((c) => c.kind === 'domain constraint').map((c) => [c.id, c.hash]))
    found = inOrder(current).filter((o) => {
      const to = remakeOf(o.kind) && desired.objects.get(o.id)
      return to && (to.hash !== o.hash || rules(before.children(o.id)) !== rules(after.children(o.id)))
    })
    known.set(context, found)
  }
  return found
}

/** The types made of those types, in any depth. */
function reachedFrom(seeds: readonly CatalogObject[], context: Context): Set<ObjectId> {
  const reached = new Set<ObjectId>()
  const walk = (id: ObjectId) => {
    if (reached.has(id)) return
    reached.add(id)
    for (const o of context.dependents(id)) {
      if (!remakeOf(o.kind) || context.isBroken(o.id)) continue
      if (context.desired.objects.get(o.id)?.needs.includes(id)) walk(o.id)
    }
  }
  for (const seed of seeds) walk(seed.id)
  return reached
}

function heldOf(reached: ReadonlySet<ObjectId>, context: Context): Set<ObjectId> {
  const held = new Map<ObjectId, boolean>()
  const isIt = (id: ObjectId): boolean => {
    const before = held.get(id)
    if (before !== undefined) return before
    held.set(id, false)
    const found = context.dependents(id).some((o) => isLive(o, context) || (reached.has(o.id) && isIt(o.id)))
    held.set(id, found)
    return found
  }
  return new Set([...reached].filter(isIt))
}

function componentOf(id: ObjectId, held: ReadonlySet<ObjectId>, context: Context): Set<ObjectId> {
  const group = new Set<ObjectId>()
  const walk = (at: ObjectId) => {
    if (!held.has(at) || group.has(at)) return
    group.add(at)
    for (const o of context.dependents(at)) walk(o.id)
    for (const need of context.current.objects.get(at)!.needs) walk(need)
  }
  walk(id)
  return group
}

/** What another one is made of comes before it, in that state. */
function sorted(group: ReadonlySet<ObjectId>, context: Context, state: 'current' | 'desired'): Member[] {
  const members: Member[] = []
  const seen = new Set<ObjectId>()
  const visit = (id: ObjectId) => {
    if (!group.has(id) || seen.has(id)) return
    seen.add(id)
    const to = context.desired.objects.get(id)!
    for (const need of context[state].objects.get(id)!.needs) visit(need)
    members.push({from: context.current.objects.get(id)!, to, remake: remakeOf(to.kind)!})
  }
  for (const id of [...group].sort()) visit(id)
  return members
}
