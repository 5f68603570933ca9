// A routine in; what its unknowns may stand for when it runs out: types for polymorphic parameters, the tables whose triggers call it.
import type {Variant} from './plpgsql/ground.ts'
import type {Routine} from './routine.ts'

const ELEMENT = [23, 25, 1082, 3802, 16]
const ARRAY = [1007, 1009, 1182, 3807, 1000]
const RANGE = [3904, 0, 3912, 0, 0]
const MULTIRANGE = [4451, 0, 4535, 0, 0]

/** anyelement and its kin, with the like for int4, text, date, jsonb and boolean */
const POLYMORPHIC: readonly (readonly [number, readonly number[]])[] = [
  [2283, ELEMENT],
  [2776, ELEMENT],
  [5077, ELEMENT],
  [5079, ELEMENT],
  [2277, ARRAY],
  [5078, ARRAY],
  [3831, RANGE],
  [5080, RANGE],
  [4537, MULTIRANGE],
  [4538, MULTIRANGE],
  [3500, [0, 0, 0, 0, 0]],
  [2276, [0, 0, 0, 0, 0]],
]

const NONE: ReadonlyMap<number, number> = new Map()

/** Each of them may be the one: what is wrong with all of them is wrong. */
export function variantsOf({arguments: args, tables}: Routine): Variant[] {
  if (tables.length > 0) return tables.map((table) => ({polymorphic: NONE, table}))
  if (!args.some(({type}) => isPolymorphic(type))) return [{polymorphic: NONE}]
  return ELEMENT.map((_, at) => ({polymorphic: new Map(POLYMORPHIC.map(([pseudo, types]) => [pseudo, types[at]!]))}))
}

export const isPolymorphic = (type: number): boolean => POLYMORPHIC.some(([pseudo]) => pseudo === type)
