// Files and a folder in, the files written out: all of them or, where one is there already, none.

import {existsSync} from 'node:fs'
import {mkdir, readdir} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {PgextError} from '../errors.ts'
import {writeWhole} from '../whole.ts'

export interface Text {
  /** with slashes, relative to the folder */
  readonly path: string
  readonly text: string
}

export function refuseThere(folder: string, files: readonly Text[], hint: string): void {
  const there = files.filter(({path}) => existsSync(join(folder, path))).map(({path}) => path)
  if (there.length === 0) return
  const more = there.length > 3 ? ` and ${there.length - 3} more` : ''
  throw new PgextError('not-allowed', `${there.slice(0, 3).join(', ')}${more} would be overwritten: nothing was written`, {hint})
}

export async function writeTexts(folder: string, files: readonly Text[]): Promise<void> {
  for (const {path, text} of files) {
    const file = join(folder, path)
    try {
      await mkdir(dirname(file), {recursive: true})
      writeWhole(file, text)
    } catch (error) {
      throw new PgextError('bad-file', `can't write ${file}: ${(error as Error).message}`, {
        hint: 'is there room on the disk, and is the folder yours to write in?',
        cause: error,
      })
    }
  }
}

/** SQL files in the folders of these that are none of them: left over from an earlier time. */
export async function strangersBeside(folder: string, files: readonly Text[]): Promise<string[]> {
  const own = new Set(files.map(({path}) => path))
  const tops = new Set(files.flatMap(({path}) => (path.includes('/') ? [path.split('/')[0]!] : [])))
  const found: string[] = []
  for (const top of tops) {
    const names = await readdir(join(folder, top), {recursive: true}).catch(() => [])
    for (const name of names.map((name) => `${top}/${name.replaceAll('\\', '/')}`)) {
      if (name.endsWith('.sql') && !own.has(name)) found.push(name)
    }
  }
  return found.sort()
}
