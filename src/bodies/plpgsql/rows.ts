// Rows, or an array's elements, and the variables that take them in; why they can't out.
import {RECORD} from '../kind.ts'
import {assignFaults} from './assign.ts'
import type {Fault} from './fault.ts'
import type {Place, Result} from './result.ts'
import type {Target} from './tree.ts'
import {valueFaults} from './value.ts'

/** INTO, or a loop over rows. */
export async function rowsFaults(result: Result, targets: readonly Target[], place: Place): Promise<Fault[]> {
  const {columns, solved} = result
  const {types} = place.means
  const {scope, span} = solved.work
  const at = targets[0]?.from ?? span.from
  if (columns.length === 0) {
    return [{message: 'INTO used with a command that cannot return data', sqlstate: '42601', at}]
  }
  const found = targets.map(({names, from}) => scope.find(names, from))
  if (found.includes(undefined)) return []
  const [first] = found
  const isWhole = first!.used === targets[0]!.names.length
  if (targets.length === 1 && first!.variable.isRow && isWhole) {
    if (first!.variable.isRecord) return []
    const fields = (await types.of(first!.variable.type))?.fields
    // a row in one column
    if (!fields || (columns.length === 1 && (await types.of(columns[0]!.type))?.fields)) return []
    return miscounted(columns.length, fields.length, at)
  }
  const faults = miscounted(columns.length, targets.length, at)
  for (const [n, target] of targets.entries()) {
    const column = columns[n]
    if (!column) break
    const one: Result = {solved, columns: [column]}
    const more =
      found[n]!.used === target.names.length
        ? await wholeFaults(one, found[n]!.variable.type, place)
        : await assignFaults(one, target, place)
    faults.push(...more.map((fault) => ({...fault, at: target.from})))
  }
  return faults
}

const wholeFaults = async (one: Result, type: number, place: Place): Promise<Fault[]> =>
  type === RECORD ? [] : valueFaults(one, await place.means.types.of(type), place)

function miscounted(columns: number, targets: number, at: number): Fault[] {
  if (columns === targets) return []
  const what = columns > targets ? 'the rest is lost' : 'the rest becomes null'
  return [
    {level: 'warning', rule: 'columns', message: `${count(columns, 'column')} for ${count(targets, 'variable')}: ${what}`, at},
  ]
}

export const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`

/** FOREACH … IN ARRAY. */
export async function elementFaults(
  result: Result,
  targets: readonly Target[],
  isSliced: boolean,
  place: Place,
): Promise<Fault[]> {
  const {columns, solved} = result
  const {types} = place.means
  const array = await types.of(columns[0]!.type)
  if (!array || array.sort === 'p') return []
  const at = solved.work.span.from
  const inner = array.base === array.oid ? array : await types.of(array.base)
  if (!inner || inner.element === 0) {
    return [{message: `FOREACH expression must yield an array, not type ${array.name}`, sqlstate: '42804', at}]
  }
  const target = solved.work.scope.find(targets[0]!.names, targets[0]!.from)
  if (!target || target.variable.isRow || targets.length !== 1) return []
  const to = await types.of(target.variable.type)
  if (!to || to.sort === 'p') return []
  const isArray = to.category === 'A'
  if (isSliced !== isArray) {
    const message = isSliced
      ? 'FOREACH ... SLICE loop variable must be of an array type'
      : 'FOREACH loop variable must not be of an array type'
    return [{message, sqlstate: '42804', at: targets[0]!.from}]
  }
  if (isSliced) return []
  const one: Result = {solved, columns: [{...columns[0]!, type: inner.element}]}
  return (await valueFaults(one, to, place)).map((fault) => ({...fault, at: targets[0]!.from}))
}
