// A project's folder in; which `pgext dev` runs in it, and where its database is, out. It may have been killed, and have left both written down.
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {PgextError} from '../errors.ts'
import {hostMark, isAlive} from '../shadow/home.ts'

/** In `.pgext/`: who runs there, and the URL of its database. */
export const [LOCK, URL_FILE] = ['dev.pid', 'url']

export interface Holder {
  readonly pid: number
  /** no: it is known to be gone. undefined: it is of another host or container, and nobody here can tell */
  readonly isThere?: boolean
}

/** A process id alone may by now be another program's: its time of birth stands beside it where the system tells it. */
export const markOf = (pid: number): string => `${hostMark()} ${pid} ${bornAt(pid)}`

/** @param folder `.pgext/`. undefined: nobody */
export const holderOf = (folder: string): Holder | undefined => holderIn(readIfThere(join(folder, LOCK)))

export function holderIn(text: string): Holder | undefined {
  const [mark, number, born = ''] = text.trim().split(' ')
  const pid = Number(number)
  if (!mark || !Number.isInteger(pid) || pid < 1) return undefined
  return mark === hostMark() ? {pid, isThere: isAlive(pid) && bornAt(pid) === born} : {pid}
}

/** `gone`: whoever wrote that URL was killed, and its database ends with it. */
export function localUrl(project: string): {readonly url?: string; readonly isGone: boolean} {
  const folder = join(project, '.pgext')
  const url = readUrl(join(folder, URL_FILE))
  if (url === '') return {isGone: false}
  const holder = holderOf(folder)
  return holder === undefined || holder.isThere === false ? {isGone: true} : {url, isGone: false}
}

function readUrl(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return ''
    throw new PgextError('bad-file', `can't read .pgext/${URL_FILE}: ${message}`, {
      hint: 'it says where the database of pgext dev is; DATABASE_URL goes before it',
      cause: error,
    })
  }
}

export function noDatabase({hasLostStack = false}: {readonly hasLostStack?: boolean} = {}): PgextError {
  return hasLostStack
    ? new PgextError('bad-config', 'no database is named, and the one of pgext dev is gone: pgext dev was killed here', {
        hint: 'start pgext dev again; or set DATABASE_URL in .env or the environment, or add --url',
      })
    : new PgextError('bad-config', 'no database is named', {
        hint: 'set DATABASE_URL in .env or the environment, or add --url',
      })
}

function bornAt(pid: number): string {
  // its name stands in parentheses, and may hold both spaces and parentheses
  return readIfThere(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[19] ?? ''
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
