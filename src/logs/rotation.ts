// A log's folder and its source in; its files in order, and the current one put aside when it is full.
import {closeSync, existsSync, openSync, renameSync, rmSync, statSync} from 'node:fs'
import {join} from 'node:path'

/** bytes of one file, and how many are kept beside the current one */
export const FULL = 10 * 2 ** 20
export const KEPT = 3

/** milliseconds after which whoever held the lock has died */
const STALE = 10_000

/** 0 is the current one, 1 the one before it. */
export const fileOf = (folder: string, source: string, number = 0): string =>
  join(folder, `${source}${number === 0 ? '' : `.${number}`}.ndjson`)

/** Those that are there, the oldest first. */
export function filesOf(folder: string, source: string): string[] {
  const numbers = Array.from({length: KEPT + 1}, (_, number) => KEPT - number)
  return numbers.map((number) => fileOf(folder, source, number)).filter((file) => existsSync(file))
}

/** False: somebody else is at it, or has just been. */
export function rotate(folder: string, source: string, full: number): boolean {
  const lock = join(folder, `${source}.lock`)
  if (!take(lock)) return false
  try {
    // another process may have been faster
    if (sizeOf(fileOf(folder, source)) < full) return false
    for (let number = KEPT; number > 0; number--) {
      const from = fileOf(folder, source, number - 1)
      if (existsSync(from)) renameSync(from, fileOf(folder, source, number))
    }
    return true
  } finally {
    rmSync(lock, {force: true})
  }
}

function take(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx', 0o600))
    return true
  } catch {
    const age = Date.now() - (statSync(lock, {throwIfNoEntry: false})?.mtimeMs ?? Date.now())
    // taken at the next attempt
    if (age > STALE) rmSync(lock, {force: true})
    return false
  }
}

const sizeOf = (file: string): number => statSync(file, {throwIfNoEntry: false})?.size ?? 0
