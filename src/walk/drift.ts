// A live state, and what its journal's migrations left, in; what differs, but for functions that are deployed beside migrations, out.
import type {Catalog, Change} from '../diff/model.ts'
import {type Scoped, scope} from '../diff/scope.ts'
import {compareSchema, deployable, oursBy} from './functions.ts'
import {leaveFunctions} from './known.ts'
import {rulesFor} from './rules.ts'
import type {Known, Workplace} from './sides.ts'

/** @param files say what is managed, and which functions are deployed */
export function driftOf(current: Known, replayed: Known, files: Known, place: Workplace): Change[] {
  return driftBetween(current, replayed, files, place).changes
}

export interface Drift {
  /** from the live state to the replayed one */
  readonly changes: Change[]
  /** both as they are compared */
  readonly current: Catalog
  readonly desired: Catalog
  readonly unseen: Scoped['unseen']
  readonly notes: readonly string[]
}

export function driftBetween(current: Known, replayed: Known, files: Known, place: Workplace): Drift {
  const loaded = files.loaded!
  const left: Known = {...replayed, loaded}
  const rules = rulesFor(current, left, place)
  const scoped = leaveFunctions(scope(current.catalog, replayed.catalog, rules), current, left)
  const records = current.live?.records
  const beside = new Set([...loaded.functions, ...(records?.keys() ?? [])])
  const functions = deployable(scoped.current, scoped.desired, beside, oursBy(records))
  return {...scoped, changes: compareSchema(scoped.current, scoped.desired, functions)}
}
