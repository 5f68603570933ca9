// A project's folder in, its `.pgext/` out: private, held by one stack at a time; what that remembers from one start to the next.
import {randomBytes} from 'node:crypto'
import {chmodSync, existsSync, linkSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {PgextError} from '../errors.ts'
import {holderIn, holderOf, LOCK, markOf, URL_FILE} from '../project/running.ts'
import {writeWhole} from '../whole.ts'
import {writing} from './disk.ts'

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
  /** PGlite's extensions that the files name, or have named, and a hash of those files */
  readonly extensions?: {readonly of: string; readonly names: readonly string[]}
  /** the database is ahead of its journal: what the files say was brought there without a migration */
  readonly isDrafted: boolean
  /** what an earlier start left is gone: a database that is there all the same knows other passwords */
  readonly isForgotten?: boolean
  /** some table is realtime */
  readonly hasEvents?: boolean
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

const FILE = 'dev.json'

export function openState(project: string): State {
  const folder = writing(() => makeFolder(join(project, '.pgext')))
  writing(() => hold(folder))
  let known = remembered(folder)
  const write = (change: Partial<Remembered>) => {
    known = {...known, ...change}
    place(join(folder, FILE), `${JSON.stringify(known, null, 2)}\n`)
  }
  const release = () => {
    rmSync(join(folder, URL_FILE), {force: true})
    rmSync(join(folder, LOCK), {force: true})
  }
  try {
    // of one that was killed
    writing(() => rmSync(join(folder, URL_FILE), {force: true}))
    write({})
  } catch (error) {
    release()
    throw error
  }
  return {
    folder,
    logs: join(folder, 'logs'),
    read: () => known,
    write,
    publish(url) {
      if (url) place(join(folder, URL_FILE), `${url}\n`)
      else rmSync(join(folder, URL_FILE), {force: true})
    },
    release,
  }
}

/** The same one by whatever name somebody came to it. */
function makeFolder(path: string): string {
  // one by one: of several at once Node says no more than that they are not there
  for (const one of [path, join(path, 'logs')]) if (!existsSync(one)) mkdirSync(one, {mode: 0o700})
  const folder = realpathSync(path)
  // the server of a root's stack runs as somebody else, and has to pass through
  chmodSync(folder, process.getuid?.() === 0 ? 0o711 : 0o700)
  chmodSync(join(folder, 'logs'), 0o700)
  return folder
}

/** With its words in it from the first moment: another one that starts now reads them. */
function hold(folder: string): void {
  const path = join(folder, LOCK)
  const mine = `${path}.${process.pid}`
  try {
    writeFileSync(mine, `${markOf(process.pid)}\n`, {mode: 0o600})
    for (let times = 0; times < 5; times++) {
      if (isLinked(mine, path)) return
      const holder = holderOf(folder)
      if (holder?.isThere) {
        throw new PgextError('not-allowed', `pgext dev runs here already, as process ${holder.pid}`, {
          hint: 'use that one, or end it first: q, or ctrl-C, in its terminal',
        })
      }
      putAside(path, `${mine}.old`)
    }
    throw new PgextError('not-allowed', 'another pgext dev is starting here', {hint: 'wait a moment'})
  } finally {
    rmSync(mine, {force: true})
  }
}

/** False: there is such a file. */
function isLinked(from: string, path: string): boolean {
  try {
    linkSync(from, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    // not every file system has links
    writeFileSync(path, readFileSync(from), {flag: 'wx', mode: 0o600})
  }
  return true
}

/** What somebody who lives has put there in the meantime goes back. */
function putAside(path: string, aside: string): void {
  try {
    renameSync(path, aside)
    if (holderIn(readIfThere(aside))?.isThere) linkSync(aside, path)
  } catch {}
  rmSync(aside, {force: true})
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

/** For its owner alone. */
function place(path: string, text: string): void {
  writing(() => writeWhole(path, text, {mode: 0o600}))
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
