// Two lock modes in, which of them is stronger out.
import {LOCK_MODES, type LockMode} from '../diff/model.ts'

/** Weaker ones are those of every SELECT and UPDATE. */
const WEAKEST: LockMode = 'SHARE UPDATE EXCLUSIVE'

const rankOf = (mode: LockMode): number => LOCK_MODES.indexOf(mode)

export const isAtLeast = (mode: LockMode, other: LockMode): boolean => rankOf(mode) >= rankOf(other)

export const counts = (mode: LockMode): boolean => isAtLeast(mode, WEAKEST)
