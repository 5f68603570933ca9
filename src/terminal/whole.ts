// A path and a text in; a file with all of it out, or, where that fails, the one that was there before as it was.
import {access, chown, constants, realpath, rename, rm, stat, writeFile} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'

/** A disk that is full would otherwise leave half a file, or none, in the place of a whole one. */
export async function writeWhole(path: string, text: string): Promise<void> {
  // what a link leads to stays what it leads to
  const place = await realpath(path).catch(() => path)
  const before = await stat(place).catch(() => undefined)
  if (before) await access(place, constants.W_OK)
  const fresh = join(dirname(place), `.${basename(place)}.${process.pid}`)
  try {
    await writeFile(fresh, text, {...(before && {mode: before.mode})})
    if (before) await chown(fresh, before.uid, before.gid).catch(() => {})
    await rename(fresh, place)
  } catch (error) {
    await rm(fresh, {force: true}).catch(() => {})
    const {code} = error as NodeJS.ErrnoException
    // a folder that takes no new file may hold one that may be written
    if (before && (code === 'EACCES' || code === 'EPERM')) return writeFile(place, text)
    throw error
  }
}
