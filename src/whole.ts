// A path and its content in; a file with all of it out, or, where that fails, the one that was there before as it was.
import {randomBytes} from 'node:crypto'
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import {basename, dirname, join} from 'node:path'

export interface WholeOptions {
  /** whatever it was before; without it that of the file that is there, or the system's */
  readonly mode?: number
}

/** A disk that is full would otherwise leave half a file, or none, in the place of a whole one; so would two that write at once. */
export function writeWhole(path: string, content: string | Uint8Array, {mode}: WholeOptions = {}): void {
  // what a link leads to stays what it leads to
  const place = tried(() => realpathSync(path)) ?? path
  const before = tried(() => statSync(place))
  if (before) accessSync(place, constants.W_OK)
  const fresh = join(dirname(place), `.${basename(place)}.${process.pid}-${randomBytes(3).toString('hex')}`)
  try {
    writeFileSync(fresh, content, {flag: 'wx', ...(mode !== undefined && {mode})})
    if (before && mode === undefined) keepAs(fresh, before)
    renameSync(fresh, place)
  } catch (error) {
    tried(() => rmSync(fresh, {force: true}))
    const {code} = error as NodeJS.ErrnoException
    // a folder that takes no new file may hold one that may be written
    if (!before || (code !== 'EACCES' && code !== 'EPERM')) throw error
    writeFileSync(place, content)
  }
}

function keepAs(path: string, {mode, uid, gid}: Stats): void {
  tried(() => chownSync(path, uid, gid))
  chmodSync(path, mode)
}

function tried<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
