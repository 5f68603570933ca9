// A routine in; what its unknowns may stand for when it runs out: types for polymorphic parameters, the tables whose triggers call it.
import type {Variant} from './plpgsql/ground.ts'
import type {Routine} from './routine.ts'

/** anyelement and its kin, with the like for int4, text and date; ranges there are for two of them alone */
const POLYMORPHIC: readonly (readonly [number, readonly [int4: number, text: number, date: number]])[] = [
  [2283, [23, 25, 1082]],
  [2776, [23, 25, 1082]],
  [5077, [23, 25, 1082]],
  [5079, [23, 25, 1082]],
  [2277, [1007, 1009, 1182]],
  [5078, [1007, 1009, 1182]],
  [3831, [3904, 0, 3912]],
  [5080, [3904, 0, 3912]],
  [4537, [4451, 0, 4535]],
  [4538, [4451, 0, 4535]],
  [3500, [0, 0, 0]],
  [2276, [0, 0, 0]],
]

const NONE: ReadonlyMap<number, number> = new Map()

/** Each of them may be the one: what is wrong with all of them is wrong. */
export function variantsOf({arguments: args, tables}: Routine): Variant[] {
  if (tables.length > 0) return tables.map((table) => ({polymorphic: NONE, table}))
  const isPolymorphic = args.some(({type}) => POLYMORPHIC.some(([pseudo]) => pseudo === type))
  if (!isPolymorphic) return [{polymorphic: NONE}]
  return [0, 1, 2].map((at) => ({polymorphic: new Map(POLYMORPHIC.map(([pseudo, types]) => [pseudo, types[at]!]))}))
}
