// Two states in; indexes, constraints and the like that differ in their name alone out, and the current state as it is once they are renamed.

import {hashOf} from './alike.ts'
import {likenessOf, missing, type Pair, pairs} from './candidates.ts'
import {kindOf} from './kinds/index.ts'
import type {Catalog, CatalogObject, ObjectId, Step} from './model.ts'
import {catalogOf} from './read.ts'
import {renames} from './step.ts'

/** Within one table, of one likeness, the only one that goes and the only one that comes. */
export function quietPairs(current: Catalog, desired: Catalog): Pair[] {
  if (current.fingerprint === desired.fingerprint) return []
  const isQuiet = (o: CatalogObject) =>
    kindOf(o.kind).quiet !== undefined && current.objects.has(o.parent!) && desired.objects.has(o.parent!)
  const gone = missing(current, desired).filter(isQuiet)
  if (gone.length === 0) return []
  const come = missing(desired, current).filter(isQuiet)
  if (come.length === 0) return []
  const sides = {current, desired}
  const found = pairs(gone, come, (o, side) =>
    kindOf(o.kind).quiet!(o, sides[side]) ? `${o.parent}\0${likenessOf(o, sides[side])}` : undefined,
  )
  const claimed = found.length > 0 ? new Set([...current.objects.values()].flatMap((o) => o.claims)) : new Set<string>()
  return found.filter(([from, to]) => {
    const isFree = to.claims.every((claim) => from.claims.includes(claim) || !claimed.has(claim))
    return isFree && kindOf(from.kind).rename!(from, to, sides)?.length
  })
}

export function quietSteps(found: readonly Pair[], current: Catalog, desired: Catalog): Step[] {
  return found.flatMap(([from, to]) => kindOf(from.kind).rename!(from, to, {current, desired})!.map((sql) => renames(to.id, sql)))
}

/** No text but their own holds the names of such objects: what the state is once they are renamed need not be read. */
export function afterQuiet(catalog: Catalog, found: readonly Pair[]): Catalog {
  if (found.length === 0) return catalog
  const now = new Map(found.map((pair) => [pair[0].id, pair]))
  const idNow = idsAfter(found)
  const objects = new Map<ObjectId, CatalogObject>()
  for (const o of catalog.objects.values()) {
    const made = renamed(o, now, idNow)
    objects.set(made.id, made)
  }
  return catalogOf(objects, catalog.server, catalog.unmodelled)
}

/** What the ids of objects are once they are renamed. */
export function idsAfter(found: readonly Pair[]): (id: ObjectId) => ObjectId {
  const now = new Map(found.map(([from, to]) => [from.id, to.id]))
  return (id) => now.get(id) ?? id
}

function renamed(o: CatalogObject, now: ReadonlyMap<ObjectId, Pair>, idNow: (id: ObjectId) => ObjectId): CatalogObject {
  const own = now.get(o.id)
  const subject = o.parent && now.get(o.parent)
  if (!own && !subject && !o.needs.some((id) => now.has(id)) && !o.softNeeds.some((id) => now.has(id))) return o
  const needs = [...new Set(o.needs.map(idNow))].sort()
  const softNeeds = o.softNeeds.map(idNow)
  if (own) {
    const [, {id, name, claims, body, hash}] = own
    return {...o, id, name, claims, body, hash, needs, softNeeds}
  }
  const body = followed(o, now)
  return {
    ...o,
    // a fact is named after what it is about
    ...(subject && {
      id: `${o.kind} ${subject[1].id}${o.id.slice(o.kind.length + 1 + subject[0].id.length)}` as ObjectId,
      name: subject[1].name,
      parent: subject[1].id,
    }),
    needs,
    softNeeds,
    ...(body !== o.body && {body, hash: hashOf(o.kind, body)}),
  }
}

function followed(o: CatalogObject, now: ReadonlyMap<ObjectId, Pair>): unknown {
  const {follow} = kindOf(o.kind)
  let body = o.body
  if (follow) {
    for (const id of o.needs) {
      const pair = now.get(id)
      if (pair) body = follow({...o, body}, ...pair)
    }
  }
  return body
}
