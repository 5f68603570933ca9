// A project's folder in, its `.pgext/` out: private, held by one stack at a time; what that remembers from one start to the next.
import {randomBytes} from 'node:crypto'
import {chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {PgextError} from '../errors.ts'
import {hostMark, isAlive} from '../shadow/home.ts'

/** Of a database that is there, and nothing remembers how: no rows are made twice, and no migration is run over what it made. */
export const FOUND: Partial<Remembered> = {isForgotten: false, isDrafted: true, isSeeded: true}

/** What one start leaves for the next. */
export interface Remembered {
  /** of the database's superuser, and of the login that PostgREST has */
  readonly password: string
  readonly authenticator: string
  /** what tokens are signed with, where the project has no secret of its own */
  readonly secret: string
  /** ports that were free last time, so that addresses stay the same */
  readonly ports: Readonly<Record<string, number>>
  /** what the database was brought to last: a hash of all files that say so */
  readonly synced?: string
  /** the database is ahead of its journal: what the files say was brought there without a migration */
  readonly isDrafted: boolean
  /** what an earlier start left is gone: a database that is there all the same knows other passwords */
  readonly isForgotten?: boolean
  /** seed.sql has been run */
  readonly isSeeded: boolean
}

export interface State {
  readonly folder: string
  readonly logs: string
  read(): Remembered
  write(change: Partial<Remembered>): void
  /** how other commands reach the database while the stack runs; undefined: no longer */
  publish(url: string | undefined): void
  release(): void
}

const LOCK = 'dev.pid'
const FILE = 'dev.json'
const URL_FILE = 'url'

export function openState(project: string): State {
  const folder = join(project, '.pgext')
  try {
    mkdirSync(join(folder, 'logs'), {recursive: true, mode: 0o700})
    // the server of a root's stack runs as somebody else, and has to pass through
    chmodSync(folder, process.getuid?.() === 0 ? 0o711 : 0o700)
    chmodSync(join(folder, 'logs'), 0o700)
  } catch (error) {
    throw new PgextError('bad-file', `can't write in .pgext: ${(error as Error).message}`, {
      hint: 'the local stack keeps its database there: is the folder yours?',
      cause: error,
    })
  }
  hold(folder)
  let known = remembered(folder)
  const write = (change: Partial<Remembered>) => {
    known = {...known, ...change}
    place(join(folder, FILE), `${JSON.stringify(known, null, 2)}\n`)
  }
  write({})
  return {
    folder,
    logs: join(folder, 'logs'),
    read: () => known,
    write,
    publish(url) {
      if (url) place(join(folder, URL_FILE), `${url}\n`)
      else rmSync(join(folder, URL_FILE), {force: true})
    },
    release() {
      rmSync(join(folder, URL_FILE), {force: true})
      rmSync(join(folder, LOCK), {force: true})
    },
  }
}

/** A process id alone may by now be another program's: its time of birth stands beside it where the system tells it. */
function hold(folder: string): void {
  const mine = `${hostMark()} ${process.pid} ${bornAt(process.pid)}\n`
  const path = join(folder, LOCK)
  for (let times = 0; times < 3; times++) {
    try {
      writeFileSync(path, mine, {flag: 'wx', mode: 0o600})
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const [mark, pid, born] = readIfThere(path).trim().split(' ')
    const isThere = mark === hostMark() && isAlive(Number(pid)) && bornAt(Number(pid)) === born
    if (isThere) {
      throw new PgextError('not-allowed', `pgext dev runs here already, as process ${pid}`, {
        hint: 'use that one, or end it first: q, or ctrl-C, in its terminal',
      })
    }
    rmSync(path, {force: true})
  }
  throw new PgextError('not-allowed', 'another pgext dev is starting here', {hint: 'wait a moment'})
}

function bornAt(pid: number): string {
  // its name stands in parentheses, and may hold both spaces and parentheses
  return readIfThere(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[19] ?? ''
}

function remembered(folder: string): Remembered {
  const fresh = {password: secret(), authenticator: secret(), secret: secret(), ports: {}, isDrafted: false, isSeeded: false}
  return {...fresh, ...(stored(folder) ?? {isForgotten: true})}
}

/** undefined: nothing that a stack has written, or no longer as it was. */
function stored(folder: string): Remembered | undefined {
  try {
    const {ports, ...words} = JSON.parse(readIfThere(join(folder, FILE)))
    const isWhole = ['password', 'authenticator', 'secret'].every((name) => typeof words[name] === 'string' && words[name] !== '')
    return isWhole ? {...words, ports: isPorts(ports) ? ports : {}} : undefined
  } catch {
    return undefined
  }
}

const isPorts = (value: unknown): value is Remembered['ports'] =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((port) => Number.isInteger(port) && port > 0 && port < 65_536)

const secret = (): string => randomBytes(24).toString('hex')

/** Whole, or not at all; for its owner alone. */
function place(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, {mode: 0o600})
  renameSync(`${path}.new`, path)
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** What tokens of the stack that was started here are signed with, where the project has no secret of its own. */
export function localSecret(project: string): string | undefined {
  return stored(join(project, '.pgext'))?.secret
}
