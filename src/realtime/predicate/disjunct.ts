// A predicate in; the ways in which it can hold out, each with a column by which viewers are found, where it has one.
import {type Bind, binder, type Place} from './evaluate.ts'
import type {Predicate, Value} from './model.ts'

/** One of them holds where all of its parts do; the predicate where one of them does. */
export interface Disjunct {
  readonly parts: readonly Predicate[]
  /** Part of it: only viewers who have a value can be meant. */
  readonly anchor?: Anchor
  /** Nothing beside the anchor. */
  readonly isExact: boolean
  readonly bind: Bind
}

export type Anchor = Extract<Predicate, {is: 'equal' | 'any' | 'member'}>

/** More ways than that are asked of each viewer. */
const MOST = 16

/** @param constants values that are the same for every viewer */
export function disjunctsOf(predicate: Predicate, placeOf: Place, constants: readonly Value[]): Disjunct[] {
  const ways = waysOf(predicate)
  return (ways.length > MOST ? [[predicate]] : ways).map((parts) => disjunctOf(parts, placeOf, constants))
}

function waysOf(predicate: Predicate): Predicate[][] {
  if (predicate.is === 'or') return predicate.of.flatMap(waysOf)
  if (predicate.is !== 'and') return [[predicate]]
  return predicate.of.reduce<Predicate[][]>(
    (ways, part) => {
      const more = waysOf(part)
      return ways.length * more.length > MOST
        ? ways.map((way) => [...way, part])
        : ways.flatMap((way) => more.map((one) => [...way, ...one]))
    },
    [[]],
  )
}

function disjunctOf(parts: readonly Predicate[], placeOf: Place, constants: readonly Value[]): Disjunct {
  const anchor = parts.find(
    (part): part is Anchor => (part.is === 'equal' || part.is === 'any' || part.is === 'member') && !part.term.isConstant,
  )
  return {
    parts,
    ...(anchor && {anchor}),
    isExact: anchor !== undefined && parts.length === 1,
    bind: binder({is: 'and', of: parts}, placeOf, constants),
  }
}

/** Columns that it speaks of. */
export function columnsOf(predicate: Predicate): Set<string> {
  if ('column' in predicate) return new Set([predicate.column.name])
  if (!('of' in predicate)) return new Set()
  const {of} = predicate
  return new Set((Array.isArray(of) ? of : [of]).flatMap((one: Predicate) => [...columnsOf(one)]))
}
