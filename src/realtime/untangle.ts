// What one transaction changed of a table whose key is checked late in; the same in an order in which keys tell rows apart out.
import type {Change, Row} from '../events/model.ts'

/**
 * Under a deferrable key two rows may bear the same one for a moment, as in `update t set id = id + 1`: row 1 becomes 2 while the row
 * that was 2 still is. Who keeps rows by their key would lose one of them.
 */

/** What one row went through under one key: from where it came to have it, to where it has it no more. */
interface Stay {
  /** it had the key when the transaction began */
  readonly isElder: boolean
  readonly at: number[]
  /** as it is now; undefined: it has the key no more */
  row: Row | undefined
}

/**
 * Places of the changes in their new order; some are left out, where a row came and went while another one stood.
 * undefined: which rows stand in the end can't be told.
 */
export function untangle(changes: readonly Change[]): number[] | undefined {
  const begin = changes.findLastIndex(({operation, partition}) => operation === 'TRUNCATE' && !partition) + 1
  const stays = new Map<string, Stay[]>()
  for (let at = begin; at < changes.length; at++) {
    const change = changes[at]!
    // of one partition: which keys are free now nobody knows
    if (change.operation === 'TRUNCATE' || change.shape !== changes[begin]!.shape) return undefined
    const key = keyOf(change)
    const own = stays.get(key) ?? []
    stays.set(key, own)
    if (!follow(own, change, at, begin > 0)) return undefined
  }
  const blocks = new Map<number, readonly number[]>()
  const moved = new Set<number>()
  for (const own of stays.values()) {
    const left = own.filter(({row}) => row)
    const hasElder = own.some(({isElder}) => isElder)
    if (left.length > 1) return undefined
    // one came and went: whether another one stood meanwhile, and stands, is not said
    if (left.length === 0 && !hasElder && begin === 0) return undefined
    if (own.length === 1) continue
    const first = Math.min(...own.map(({at}) => at[0]!))
    const told = left[0]?.isElder ? left : [...own.filter(({row}) => !row), ...left]
    for (const {at} of own) for (const one of at) moved.add(one)
    blocks.set(
      first,
      told.flatMap(({at}) => at),
    )
  }
  return changes.flatMap((_, at) => blocks.get(at) ?? (moved.has(at) ? [] : [at]))
}

/** Adds a change to what is known of a key. false: it follows from nothing that is known. */
function follow(own: Stay[], {operation, row, old}: Change, at: number, isEmptied: boolean): boolean {
  if (operation === 'INSERT') {
    own.push({isElder: false, at: [at], row: row!})
    return true
  }
  const after = operation === 'DELETE' ? undefined : row!
  const known = old && own.findLast((stay) => stay.row && isSame(stay.row, old))
  if (known) {
    known.at.push(at)
    known.row = after
    return true
  }
  if (isEmptied || !old || own.some(({isElder}) => isElder)) return false
  own.push({isElder: true, at: [at], row: after})
  return true
}

const keyOf = ({shape, row, old}: Change): string =>
  JSON.stringify(shape.columns.flatMap(({key}, at) => (key ? [(row ?? old)![at]] : [])))

/** As far as both are known. */
const isSame = (one: Row, other: Row): boolean =>
  one.every((value, at) => value === other[at] || value === undefined || other[at] === undefined)
