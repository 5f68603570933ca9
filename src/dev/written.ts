// A file that somebody may be saving in; the moment when it has been written out. Whoever saves empties it first, and writes it then.
import {stat} from 'node:fs/promises'
import {resolve} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Project} from '../project/model.ts'

/** milliseconds that a file may be empty until that is what somebody meant */
const EMPTY = 1000
/** milliseconds: an editor saves in several strokes, and several files at once; of a file's changes within 50, chokidar tells the first alone */
export const QUIET = 70

/** Resolves when something is in the file, or it is gone, or nothing comes. */
export async function written(path: string): Promise<void> {
  if (!(await isBeingWritten(path))) return
  const until = performance.now() + EMPTY
  do await sleep(QUIET)
  while ((await isBeingWritten(path)) && performance.now() < until)
  // a change that comes now must not be too near to that one
  await sleep(QUIET)
}

async function isBeingWritten(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() === true && found.size === 0 && Date.now() - found.mtimeMs < EMPTY
}

/** The same project, whose files are read when they have been written. */
export function reading(project: Project): Project {
  return {
    ...project,
    async sources() {
      const sources = await project.sources()
      const empty = sources.filter(({text}) => text === '')
      if (empty.length === 0) return sources
      await Promise.all(empty.map(({path}) => written(resolve(project.folder, path))))
      return project.sources()
    },
  }
}
