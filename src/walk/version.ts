// pgext's own version, as its package.json says, and a mark of this very build.
import {statSync} from 'node:fs'
import {createRequire} from 'node:module'

export const VERSION: string = createRequire(import.meta.url)('../../package.json').version

/** Whoever builds it again has the same version: a build writes the list of commands anew, and what the compiler notes for itself. */
export const BUILT: string = ['../../oclif.manifest.json', '../.tsbuildinfo', import.meta.url].map(timeOf).join(' ')

function timeOf(path: string): number {
  return statSync(new URL(path, import.meta.url), {throwIfNoEntry: false})?.mtimeMs ?? 0
}
