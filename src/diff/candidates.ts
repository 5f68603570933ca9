// Two states in; what goes in one and comes in the other and is alike but for its name out. Told by structure, never sure: somebody has to say.
import {quoteNames} from '../postgres/quote.ts'
import {alike} from './alike.ts'
import {idOf} from './id.ts'
import {kindOf} from './kinds/index.ts'
import type {Catalog, CatalogObject, ObjectId} from './model.ts'
import {relations} from './relations.ts'
import type {Rename} from './renames.ts'

export type Side = 'current' | 'desired'

export type Pair = readonly [CatalogObject, CatalogObject]

/** What may be a rename. */
export interface Candidate extends Rename {
  /** the old one holds what a drop would lose; otherwise the new one can as well be made anew */
  readonly loses: boolean
  /** `table public.a`, `enum value public.mood.sad` */
  readonly old: string
  readonly now: string
  /** `table public.a=public.b`: says that it is one */
  readonly answer: string
}

export function candidates(current: Catalog, desired: Catalog): Candidate[] {
  if (current.fingerprint === desired.fingerprint) return []
  const [gone, come] = [missing(current, desired), missing(desired, current)]
  const whole = gone.length > 0 && come.length > 0 ? wholes(gone, come, current, desired) : []
  return [...whole, ...listed(current, desired)].sort((a, b) => (a.old < b.old ? -1 : 1))
}

/** Objects of one state that the other lacks. */
export function missing(from: Catalog, to: Catalog): CatalogObject[] {
  return [...from.objects.values()].filter((o) => !to.objects.has(o.id))
}

/** One of either side under one key, and no other. */
export function pairs(
  gone: readonly CatalogObject[],
  come: readonly CatalogObject[],
  keyOf: (o: CatalogObject, side: Side) => string | undefined,
): Pair[] {
  const byKey = new Map<string, [CatalogObject[], CatalogObject[]]>()
  for (const [at, [list, side]] of (
    [
      [gone, 'current'],
      [come, 'desired'],
    ] as const
  ).entries()) {
    for (const o of list) {
      const key = keyOf(o, side)
      if (key === undefined) continue
      const found = byKey.get(key) ?? [[], []]
      byKey.set(key, found)
      found[at]!.push(o)
    }
  }
  return [...byKey.values()].flatMap(([a, b]) => (a.length === 1 && b.length === 1 ? [[a[0]!, b[0]!] as const] : []))
}

/** Equal for two objects that are alike but for their names. */
export function likenessOf(o: CatalogObject, catalog: Catalog): string | undefined {
  const {likeness} = kindOf(o.kind)
  const all = likeness ? likeness(o, catalog) : o.body
  return all === undefined ? undefined : `${o.kind} ${alike(o.kind, all)}`
}

function wholes(gone: CatalogObject[], come: CatalogObject[], current: Catalog, desired: Catalog): Candidate[] {
  const mayCome = new Set(come.map((o) => o.kind))
  const old = gone.filter((o) => mayCome.has(o.kind) && isNamed(o))
  if (old.length === 0) return []
  const kindsGone = new Set(old.map((o) => o.kind))
  const now = come.filter((o) => kindsGone.has(o.kind))
  const sides = {current, desired}
  const places = {current: placesOf(current, desired), desired: placesOf(desired, current)}
  const key = (place: (o: CatalogObject, side: Side) => string) => (o: CatalogObject, side: Side) => {
    // a part in a new whole is new
    const where =
      o.parent && !sides[side === 'current' ? 'desired' : 'current'].objects.has(o.parent) ? undefined : place(o, side)
    const likeness = where === undefined ? undefined : likenessOf(o, sides[side])
    return likeness === undefined ? undefined : `${where}\0${o.signature ?? ''}\0${likeness}`
  }
  const taken = new Set<ObjectId>()
  const left = (list: readonly CatalogObject[]) => list.filter((o) => !taken.has(o.id))
  const paired = (from: readonly CatalogObject[]): Pair[] => {
    const renamed = pairs(
      left(from),
      left(now),
      key((o, side) => (o.parent ? `${o.parent}\0${places[side](o)}` : o.name.slice(0, -1).join('\0'))),
    )
    for (const {id} of renamed.flat()) taken.add(id)
    const whole = (list: readonly CatalogObject[]) => left(list).filter((o) => o.name.length === 2 && !o.parent)
    const moved = pairs(
      whole(from),
      whole(now),
      key((o) => `as ${o.name[1]}`),
    )
    for (const {id} of moved.flat()) taken.add(id)
    return [...renamed, ...moved].filter(([from, to]) => kindOf(from.kind).rename!(from, to, sides)?.length)
  }
  const held = new Set(old.filter((o) => isHeld(o, current)))
  // what holds something is settled first, whatever else looks like it
  const losing = paired([...held])
  const others = paired(old.filter((o) => !held.has(o))).filter(singular(sides))
  // a schema that may be another takes what stands in it along
  const schemas = new Set([...losing, ...others].flatMap(([from]) => (from.name.length === 1 ? from.name : [])))
  return [...losing, ...others]
    .filter(([from]) => from.name.length === 1 || !schemas.has(from.name[0]!))
    .map((pair) => candidateOf(pair, held.has(pair[0])))
}

/** Whether nothing else in their schemas is like them: of two functions that do the same neither is known by what it does. */
function singular(states: {readonly [side in Side]: Catalog}): (pair: Pair) => boolean {
  const known = new Map<string, Map<string, number>>()
  const counts = (kind: string, side: Side) => {
    const found = known.get(`${side} ${kind}`) ?? new Map<string, number>()
    if (known.has(`${side} ${kind}`)) return found
    known.set(`${side} ${kind}`, found)
    for (const o of states[side].objects.values()) {
      const key = o.kind === kind ? keyOf(o, side) : undefined
      if (key !== undefined) found.set(key, (found.get(key) ?? 0) + 1)
    }
    return found
  }
  const keyOf = (o: CatalogObject, side: Side) =>
    JSON.stringify([o.name.slice(0, -1), o.signature ?? null, likenessOf(o, states[side])])
  return ([from, to]) =>
    from.parent !== undefined ||
    (counts(from.kind, 'current').get(keyOf(from, 'current')) === 1 && counts(to.kind, 'desired').get(keyOf(to, 'desired')) === 1)
}

function isNamed(o: CatalogObject): boolean {
  const kind = kindOf(o.kind)
  return kind.rename !== undefined && !kind.quiet
}

/** It can't be dropped and made again, or something that can't hangs on it. */
function isHeld(o: CatalogObject, catalog: Catalog): boolean {
  const holds = (one: CatalogObject) => kindOf(one.kind).replaceable?.(one) === false
  return holds(o) || relations(catalog).dependents(o.id).some(holds)
}

/** Behind which of its like, among those that both states have, a part stands. */
function placesOf(catalog: Catalog, other: Catalog): (o: CatalogObject) => string {
  const known = new Map<ObjectId, Map<ObjectId, string>>()
  return (o) => {
    const key = `${o.kind} ${o.parent}` as ObjectId
    const found = known.get(key) ?? new Map<ObjectId, string>()
    if (!known.has(key)) {
      known.set(key, found)
      let before = ''
      for (const part of relations(catalog).children(o.parent!)) {
        if (part.kind !== o.kind) continue
        if (other.objects.has(part.id)) before = part.id
        else found.set(part.id, before)
      }
    }
    return found.get(o.id) ?? ''
  }
}

function candidateOf([from, to]: Pair, loses: boolean): Candidate {
  const {kind, name, signature} = to
  const answer = `${from.id}=${quoteNames(...(from.parent ? name.slice(-1) : name))}`
  return {kind, name, ...(signature && {signature}), from: from.name, old: from.id, now: to.id, answer, loses}
}

/** Labels and attributes: each at the same place among those that stay. */
function listed(current: Catalog, desired: Catalog): Candidate[] {
  return [...current.objects.values()].flatMap((o) => {
    const {list} = kindOf(o.kind)
    const to = list && desired.objects.get(o.id)
    if (!list || !to || to.hash === o.hash || !isHeld(o, current)) return []
    const [had, has] = [list.items(o), list.items(to)]
    const places = (items: typeof had, others: typeof had) => {
      const names = new Set(others.map(({name}) => name))
      let before = ''
      return items.flatMap(({name, like}) => {
        if (names.has(name)) {
          before = name
          return []
        }
        return [{name, key: JSON.stringify([before, like])}]
      })
    }
    const [gone, come] = [places(had, has), places(has, had)]
    return gone.flatMap(({name, key}) => {
      const [same, ...more] = come.filter((item) => item.key === key)
      if (!same || more.length > 0 || gone.filter((item) => item.key === key).length > 1) return []
      const part = (label: string) => idOf(list.name, [...o.name, label])
      const answer = `${part(name)}=${quoteNames(same.name)}`
      const [old, now] = [part(name), part(same.name)]
      return [{kind: list.name, name: [...o.name, same.name], from: [name], old, now, answer, loses: true}]
    })
  })
}
