// Renames whose new names are taken in; those that swap names among themselves, and whether that has been done before, out.
import {likenessOf} from './candidates.ts'
import {idOf} from './id.ts'
import type {Catalog, States} from './model.ts'
import {find, oldNameOf, type Rename} from './renames.ts'

export interface Circles {
  /** one of each circle, to step aside so that the others can go on */
  readonly first: readonly Rename[]
  /** those whose things bear the names that they are to have */
  readonly swapped: readonly Rename[]
}

export function circles(stuck: readonly Rename[], states: States): Circles {
  const first: Rename[] = []
  const swapped: Rename[] = []
  const seen = new Set<Rename>()
  for (const rename of stuck) {
    const circle = circleOf(rename, stuck)
    if (!circle || seen.has(rename)) continue
    for (const one of circle) seen.add(one)
    // a directive stays in its file: what it asks for may have been done
    const isDone = circle.every((one) => one.where) ? isSwapped(circle, states) : false
    if (isDone === false) first.push(rename)
    if (isDone) swapped.push(...circle)
  }
  return {first, swapped}
}

/** It and those that take each other's names, back to its own. */
export function circleOf(rename: Rename, among: readonly Rename[]): Rename[] | undefined {
  const byOld = new Map(among.map((one) => [idOf(one.kind, oldNameOf(one), one.signature), one]))
  const circle: Rename[] = []
  for (let at: Rename | undefined = rename; at && circle.length <= among.length; ) {
    circle.push(at)
    at = byOld.get(idOf(at.kind, at.name, at.signature))
    if (at === rename) return circle
  }
  return undefined
}

/** Told by what they are, where that tells; undefined: it doesn't. */
function isSwapped(circle: readonly Rename[], {current, desired}: States): boolean | undefined {
  const alike = (nameNow: (one: Rename) => readonly string[]) =>
    circle.every((one) => lookOf(current, one, nameNow(one)) === lookOf(desired, one, one.name))
  const [isAsWanted, isToSwap] = [alike((one) => one.name), alike(oldNameOf)]
  return isAsWanted === isToSwap ? undefined : isAsWanted
}

function lookOf(catalog: Catalog, rename: Rename, name: readonly string[]): string | undefined {
  const place = find(catalog, rename, name)
  if (!place?.list) return place && likenessOf(place.o, catalog)
  return JSON.stringify(place.list.items(place.o).find((item) => item.name === name.at(-1))?.like)
}
