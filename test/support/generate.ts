// Numbers in, the SQL of a schema out: every list of numbers gives a valid one, lists that differ in little give schemas that differ in little.
import {besides} from './generate/besides.ts'
import {routines} from './generate/routines.ts'
import {spotOf} from './generate/spot.ts'
import {tables} from './generate/tables.ts'
import {types} from './generate/types.ts'
import {views} from './generate/views.ts'

export {NUMBERS} from './generate/spot.ts'

/** @param at which of the schemas that share a database */
export function schemaOf(numbers: readonly number[], at: number, major: number): string {
  const spot = spotOf(numbers, at, major)
  return [...types(spot), ...routines(spot), ...tables(spot), ...views(spot), ...besides(spot)].join('\n')
}
