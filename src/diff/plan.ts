// Two catalogs in, the ordered steps from one to the other out. Pure; every kind says itself how it is made, altered, dropped.
import type {Server} from '../postgres/db.ts'
import {Alongs, type Result} from './along.ts'
import {compare} from './compare.ts'
import {closeOver, type Fates} from './fates.ts'
import {kindOf, kinds, rankOf} from './kinds/index.ts'
import type {Along, Catalog, CatalogObject, Change, Context, ObjectId, Plan, Rebuild, Refusal, Step} from './model.ts'
import {order} from './order.ts'
import {afterOverloads} from './overloads.ts'
import {onPaths} from './path.ts'
import {relations} from './relations.ts'
import {widening} from './widening.ts'

export interface PlanOptions {
  /** the target's; the current state's by default */
  readonly server?: Server
  readonly changes?: readonly Change[]
  /** tables with rows, or nobody knows how many: the plan goes the long way round where that holds up nobody; none by default */
  readonly busy?: (table: ObjectId) => boolean
  /** columns whose type changes, and the expressions that files give for that */
  readonly using?: ReadonlyMap<ObjectId, string>
}

export function plan(current: Catalog, desired: Catalog, options: PlanOptions = {}): Plan {
  const changes = options.changes ?? compare(current, desired)
  if (changes.length === 0) return {from: current.fingerprint, to: desired.fingerprint, steps: []}
  const before = relations(current)
  const after = relations(desired)
  const fates: Fates = {made: new Set(), broken: new Set(), rebuilt: new Set(), altered: new Map()}
  const context: Context = {
    current,
    desired,
    server: options.server ?? current.server,
    dependents: before.dependents,
    children: (state, id) => (state === 'current' ? before : after).children(id),
    isMade: (id) => fates.made.has(id),
    isBroken: (id) => fates.broken.has(id),
    isBusy: (id) => current.objects.has(id) && !fates.broken.has(id) && (options.busy?.(id) ?? false),
    using: (id) => options.using?.get(id),
  }
  closeOver(changes, context, fates)
  const rebuilds = rebuildsOf(context, fates)
  const steps = [
    ...dropSteps(context, fates, rebuilds),
    ...rebuilds.flatMap(({aside}) => aside),
    ...alterSteps(context, fates),
    ...awaitingRows(createSteps(context, fates), rebuilds, context),
    ...rebuilds.flatMap(({move}) => move),
  ]
  const along = new Alongs(steps)
  for (const made of fates.made) {
    for (const kind of kinds) if (kind.attend) along.steps.push(...kind.attend(desired.objects.get(made)!, context))
  }
  along.settle()
  along.refuse()
  const ordered = order(afterOverloads(along.steps, context), {
    dependents: before.dependents,
    parent: (id) => current.objects.get(id)?.parent,
    rank: (step) => rank(step, context),
  })
  return {from: current.fingerprint, to: desired.fingerprint, steps: widening(onPaths(ordered, context), changes, context)}
}

/** Renames first, then what holds no rows goes, then things are made and altered, last what holds rows goes. */
function rank(step: Step, {current, desired}: Context): number {
  const kind = (desired.objects.get(step.object) ?? current.objects.get(step.object))?.kind
  const at = kind ? rankOf(kind) : 0
  if (step.verb === 'rename') return at
  // what can't share a transaction comes last, so that the rest shares one
  if (step.transaction === 'alone' || step.transaction === 'apart') return 5000 + at
  if (step.verb !== 'drop') return 2000 + at
  return kind && kindOf(kind).holdsRows ? 3999 - at : 1999 - at
}

function dropSteps(context: Context, {broken, rebuilt}: Fates, rebuilds: readonly Rebuild[]): Result[] {
  const {objects} = context.current
  const roots = [...broken].map((id) => objects.get(id)!).filter((o) => !(o.parent && broken.has(o.parent)) && !rebuilt.has(o.id))
  const drops = roots.map((o) => ({o, result: kindOf(o.kind).drop(o, context)}))
  // some of a family may have ended before: a detached partition's indexes are no part of the parent's
  const ended = new Set([
    ...drops.flatMap(({o, result}) => (isSteps(result) ? result.flatMap((step) => step.breaks.filter((id) => id !== o.id)) : [])),
    ...rebuilds.flatMap(({aside}) => aside.flatMap((step) => step.breaks)),
  ])
  return drops.flatMap(({o, result}): Result[] => {
    if (!isSteps(result)) return [{object: o, does: 'break', result}]
    const family = descendants(o, context).filter((part) => !ended.has(part.id))
    return result.map((step, at) => (at < result.length - 1 ? step : dropWithFamily(step, o, family, context)))
  })
}

function rebuildsOf(context: Context, {rebuilt}: Fates): Rebuild[] {
  return [...rebuilt].map((id) => {
    const from = context.current.objects.get(id)!
    const rebuild = kindOf(from.kind).rebuild!(from, context.desired.objects.get(id)!, context)
    const last = rebuild.aside.length - 1
    const first = rebuild.aside.slice(0, last)
    const left = (steps: readonly Step[]) => {
      const gone = new Set(steps.flatMap((step) => step.breaks))
      return descendants(from, context).filter((part) => !gone.has(part.id))
    }
    // what hangs on other things that go can't stay on the old table until that is dropped
    first.push(...dropsOf(tiedIn(left(first), from.id, context).filter(isReplaceable), context))
    const family = left(first)
    return {...rebuild, aside: [...first, dropWithFamily(rebuild.aside[last]!, from, family, context)]}
  })
}

/** What would fail on, or fire for, rows that are not there yet is made behind their move. */
function awaitingRows(results: Result[], rebuilds: readonly Rebuild[], context: Context): Result[] {
  if (rebuilds.length === 0) return results
  return results.map((result) => {
    if (!('sql' in result)) return result
    const made = context.desired.objects.get(result.object)
    const rows = rebuilds.filter(({waits}) => made && waits(made)).map((rebuild) => rebuild.rows)
    return rows.length > 0 ? {...result, needs: [...result.needs, ...rows]} : result
  })
}

/** The drop of an object takes everything that dies with it along; in a cycle its parts go one by one first. */
function dropWithFamily(step: Step, o: CatalogObject, family: readonly CatalogObject[], context: Context): Step {
  const inside = new Set<ObjectId>([o.id, ...family.map((part) => part.id)])
  const tied = tiedIn(family, o.id, context)
  const whole = {
    ...step,
    breaks: [...new Set([...step.breaks, ...inside])],
    frees: [...step.frees, ...family.flatMap((part) => part.claims)],
  }
  if (tied.length === 0 || step.split) return whole
  return {
    ...whole,
    split: () => {
      const parts = dropsOf(withDependents(tied, family), context)
      const gone = new Set(parts.flatMap((part) => part.breaks))
      return [...parts, {...whole, breaks: whole.breaks.filter((id) => !gone.has(id)), split: undefined}]
    },
  }
}

/** Parts that need something that goes, but does not die with the whole. */
function tiedIn(family: readonly CatalogObject[], whole: ObjectId, context: Context): CatalogObject[] {
  const inside = new Set<ObjectId>([whole, ...family.map((part) => part.id)])
  return family.filter((part) => part.needs.some((id) => !inside.has(id) && context.isBroken(id)))
}

/** And those of the family that can't stand without them: an index on a column that goes first. */
function withDependents(some: readonly CatalogObject[], family: readonly CatalogObject[]): CatalogObject[] {
  const list = [...some]
  const going = new Set(some.map(({id}) => id))
  for (let before = -1; before < going.size; ) {
    before = going.size
    for (const part of family) {
      if (going.has(part.id) || !part.needs.some((id) => going.has(id))) continue
      going.add(part.id)
      if (!part.parent || !going.has(part.parent)) list.push(part)
    }
  }
  return list
}

/** One by one, each with what dies with it, unless that is one of them. */
function dropsOf(parts: readonly CatalogObject[], context: Context): Step[] {
  const own = new Set(parts.map(({id}) => id))
  return parts.flatMap((part) => {
    const result = kindOf(part.kind).drop(part, context)
    if (!isSteps(result)) return []
    const family = descendants(part, context).filter(({id}) => !own.has(id))
    return result.map((step, at) => (at < result.length - 1 ? step : dropWithFamily(step, part, family, context)))
  })
}

function isReplaceable(o: CatalogObject): boolean {
  return kindOf(o.kind).replaceable?.(o) ?? true
}

function descendants(o: CatalogObject, context: Context): CatalogObject[] {
  return context.children('current', o.id).flatMap((child) => [child, ...descendants(child, context)])
}

function alterSteps(context: Context, {altered}: Fates): Result[] {
  return [...altered].flatMap(([id, result]): Result[] => {
    if (isSteps(result)) return [...result]
    return [{object: context.desired.objects.get(id)!, does: 'make', result}]
  })
}

function createSteps(context: Context, {made}: Fates): Result[] {
  const results: Result[] = []
  const done = new Set<ObjectId>()
  const objects = [...made].map((id) => context.desired.objects.get(id)!)
  const depth = new Map<ObjectId, number>()
  const depthOf = (o: CatalogObject): number => {
    const known = depth.get(o.id)
    if (known !== undefined) return known
    const parent = o.parent && context.desired.objects.get(o.parent)
    const value = parent ? depthOf(parent) + 1 : 0
    depth.set(o.id, value)
    return value
  }
  const key = (o: CatalogObject) => o.name.slice(0, 2).join('\0')
  const compareKeys = (a: CatalogObject, b: CatalogObject) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)
  objects.sort(
    (a, b) =>
      depthOf(a) - depthOf(b) ||
      rankOf(a.kind) - rankOf(b.kind) ||
      compareKeys(a, b) ||
      a.position - b.position ||
      (a.id < b.id ? -1 : 1),
  )
  for (const o of objects) {
    if (done.has(o.id)) continue
    const result = kindOf(o.kind).create(o, context)
    if (!isSteps(result)) {
      results.push({object: o, does: 'make', result})
      continue
    }
    for (const step of result) {
      results.push(step)
      for (const id of step.makes) done.add(id)
    }
  }
  return results
}

function isSteps(result: readonly Step[] | Along | Refusal): result is readonly Step[] {
  return Array.isArray(result)
}
