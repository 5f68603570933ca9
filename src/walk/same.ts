// Two states in; when their fingerprints are equal, the difference that is none out, without a look at a single object.
import type {Plan} from '../diff/model.ts'
import {sentenceOf} from '../diff/unmodelled.ts'
import type {Difference} from './model.ts'
import type {Known} from './sides.ts'

export function isSameState(current: Known, desired: Known): boolean {
  if (current.catalog.server.major !== desired.catalog.server.major) return false
  return current.catalog.fingerprint === desired.catalog.fingerprint && !desired.loaded?.renames.length
}

export function noDifference(current: Known, desired: Known, more: readonly string[] = []): Difference {
  const plan: Plan = {from: current.catalog.fingerprint, to: desired.catalog.fingerprint, steps: []}
  const notes = [...(desired.loaded?.notes ?? []), ...more, ...blind(current, desired)]
  return {current, desired, changes: [], waiting: [], unseen: [], plan, sizes: new Map(), notes, renames: [], candidates: []}
}

/** What neither side's comparison sees, or could be made. */
export function blind(current: Known, desired: Known): string[] {
  const all = [...current.catalog.unmodelled, ...desired.catalog.unmodelled].map(sentenceOf)
  return [...new Set([...(current.notes ?? []), ...(desired.notes ?? []), ...all])]
}
