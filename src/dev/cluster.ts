// A folder and a port in, a PostgreSQL of the project's own out: its data stays from one start to the next.
import {createHash} from 'node:crypto'
import {chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../errors.ts'
import {MAJOR} from '../project/dev.ts'
import {type Binaries, findBinaries, howToGet} from '../shadow/binaries.ts'
import {cacheFolder, serverAccount} from '../shadow/home.ts'
import {ENVIRONMENT, initdb, runToEnd} from '../shadow/initdb.ts'
import {type Child, type Program, start} from './child.ts'
import {diskFull, isFull, writing} from './disk.ts'

export interface Cluster {
  readonly child: Child
  readonly version: string
  /** it was made just now */
  readonly isNew: boolean
}

export interface ClusterOptions {
  /** `.pgext/` */
  readonly folder: string
  /** that somebody asked for */
  readonly major?: number
  readonly port: number
  readonly password: string
  /** data that is there was made with another one */
  readonly isForgotten: boolean
  readonly heard: (line: string) => void
  /** as soon as there is a process */
  readonly spawned: (child: Child) => void
}

export const SUPERUSER = 'postgres'
const WINDOWS = process.platform === 'win32'

/** What log lines begin with: time, process, SQLSTATE, role, database. */
export const LOG_PREFIX = '%m [%p] %e %q%u@%d '

/** As durable as any: what is not flushed is not told to those who read changes either, so that waiting with it would make pages wait. */
const SETTINGS = {
  wal_level: 'logical',
  max_wal_size: '256MB',
  max_locks_per_transaction: '512',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  log_line_prefix: LOG_PREFIX,
  log_min_duration_statement: '250ms',
  log_checkpoints: 'off',
  lc_messages: 'C',
  log_timezone: 'UTC',
  timezone: 'UTC',
}

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const major = options.major ?? MAJOR
  const binaries = binariesFor(major, options.major !== undefined)
  const data = dataFolder(options.folder, major)
  const isNew = !existsSync(join(data, 'PG_VERSION'))
  if (isNew) await initialize(binaries, data, options.password)
  else if (options.isForgotten) await setPassword(binaries, data, options.password)
  // the keeper of a stack that was killed may still be ending its server
  for (let times = 0; ; times++) {
    const said: string[] = []
    const child = start(programOf(binaries, data, options.port), (line) => {
      said.push(line)
      options.heard(line)
    })
    options.spawned(child)
    const why = await ready(child, data)
    if (!why) return {child, version: binaries.version, isNew}
    await child.stop()
    if (times < 20 && said.some((line) => line.includes('postmaster.pid'))) await sleep(250)
    else throw notStarted(why, said)
  }
}

function notStarted(why: string, said: readonly string[]): PgextError {
  const words = said.filter((line) => /FATAL|PANIC|could not/.test(line)).slice(-2)
  if (words.some(isFull)) return diskFull(words.join('; '))
  return new PgextError('engine-missing', `the embedded PostgreSQL did not start: ${words.join('; ') || why}`, {
    hint: 'pgext logs db tells more; its data is in .pgext/, and may be removed to start over',
  })
}

/** undefined: it takes connections. Else why it does not. */
async function ready(child: Child, data: string): Promise<string | undefined> {
  const began = Math.floor(Date.now() / 1000)
  let ended: string | undefined
  void child.ended.then((why) => {
    ended = why
  })
  const until = performance.now() + 60_000
  while (performance.now() < until) {
    if (ended) return ended
    // its last line tells the state, long before a client could connect to ask; a server that was killed leaves its own behind
    const lines = readIfThere(join(data, 'postmaster.pid')).split('\n')
    if (Number(lines[2]) >= began - 1 && lines[7]?.startsWith('ready')) return undefined
    await sleep(5)
  }
  return 'not ready within a minute'
}

function binariesFor(major: number, isNamed: boolean): Binaries {
  const found = findBinaries(major)
  if (found) return found
  const others = isNamed
    ? `or take "major" out of "dev" in pgext.json: ${MAJOR} is then taken`
    : 'or name a database of yours in DATABASE_URL; or --engine pglite'
  throw new PgextError('engine-missing', `there is no PostgreSQL ${major} here that pgext could start`, {
    hint: `${howToGet(major)}; ${others}`,
  })
}

/** Root's server runs as somebody else, who may not come as far as root's own folders. */
function dataFolder(folder: string, major: number): string {
  const here = join(folder, `postgres-${major}`)
  if (!serverAccount() || isOpen(dirname(here))) return here
  return join(cacheFolder(), 'dev', createHash('sha256').update(folder).digest('hex').slice(0, 16), `postgres-${major}`)
}

function isOpen(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false
    if (dirname(at) === at) return true
  }
}

function programOf(binaries: Binaries, data: string, port: number): Program {
  const settings = Object.entries({...SETTINGS, port}).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const account = serverAccount()
  return {
    command: join(binaries.bin, `postgres${WINDOWS ? '.exe' : ''}`),
    args: ['-D', data, ...settings],
    env: ENVIRONMENT,
    folder: data,
    ...(account && {account}),
    // fast: whoever is connected is sent away
    signal: 'INT',
  }
}

async function initialize(binaries: Binaries, data: string, password: string): Promise<void> {
  writing(() => mkdirSync(dirname(data), {recursive: true}))
  if (serverAccount()) chmodSync(dirname(data), 0o711)
  const fresh = `${data}.new`
  // what an earlier start was ended in the middle of
  for (const path of [data, fresh]) rmSync(path, {recursive: true, force: true})
  const said = await initdb(binaries, {data: fresh, user: SUPERUSER, password})
  if (said === undefined) return renameSync(fresh, data)
  if (isFull(said)) throw diskFull(said)
  throw new PgextError('engine-missing', `initdb failed: ${said}`, {
    hint: 'name a database of yours in DATABASE_URL, or try --engine pglite',
  })
}

/** By the server as a program for one, which asks for none: whoever may read the data may do so. */
async function setPassword(binaries: Binaries, data: string, password: string): Promise<void> {
  const options = {...serverAccount(), cwd: data, env: ENVIRONMENT}
  const words = `alter role ${SUPERUSER} password '${password}'\n`
  for (let times = 0; ; times++) {
    const said = await runToEnd(join(binaries.bin, 'postgres'), ['--single', '-D', data, 'postgres'], options, words)
    if (said === '') return
    if (times === 20 || !said.includes('postmaster.pid')) throw notStarted(said, [])
    await sleep(250)
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
