// A major version in, a running PostgreSQL of our own out: a copy of an empty cluster that is made once, gone when pgext is.
import {type ChildProcess, spawn} from 'node:child_process'
import {chownSync, closeSync, mkdtempSync, openSync, readFileSync, readSync} from 'node:fs'
import {cp} from 'node:fs/promises'
import {createServer, type Socket} from 'node:net'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../errors.ts'
import type {Binaries} from './binaries.ts'
import {hostMark, runFolder, serverAccount} from './home.ts'
import {ENVIRONMENT, templateOf, USER} from './initdb.ts'

export interface Cluster {
  readonly url: (database: string) => string
  /** stops the server and removes its files */
  close(): Promise<void>
}

const WINDOWS = process.platform === 'win32'

/** Nothing here outlives the process, so nothing needs to reach a disk. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  jit: 'off',
  wal_level: 'logical',
  max_connections: '60',
  max_locks_per_transaction: '1024',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  checkpoint_timeout: '1h',
  max_wal_size: '512MB',
  log_min_messages: 'log',
  log_checkpoints: 'off',
  lc_messages: 'C',
  timezone: 'UTC',
}

/**
 * Runs the server ($2…) until pgext is gone, however that ended: the pipe on descriptor 3 is closed by then. Then removes its folder ($1).
 * The server is its child, as a process whose parent has gone may stay a zombie that looks alive for ever (containers without an init).
 */
const KEEP = `
  folder=$1; shift
  "$@" 3<&- & server=$!
  { read _ <&3; kill -QUIT $server; } 2>/dev/null & reader=$!
  wait $server
  kill $reader 2>/dev/null
  cd /; rm -rf "$folder"`
const KEEP_NODE = `
  const [folder, command, ...args] = process.argv.slice(1)
  const server = require('child_process').spawn(command, args, {stdio: ['ignore', 'inherit', 'inherit']})
  server.on('error', (error) => { console.error(error.message); process.exit(1) })
  server.on('exit', () => { require('fs').rmSync(folder, {recursive: true, force: true, maxRetries: 20}); process.exit() })
  require('fs').createReadStream('', {fd: 3}).on('error', () => server.kill()).on('end', () => server.kill()).resume()`

/** @param more settings, beside and before its own */
/** @param more settings; undefined: not one of ours, but the server's own */
export async function startCluster(
  binaries: Binaries,
  more: Readonly<Record<string, string | undefined>> = {},
): Promise<Cluster> {
  const account = serverAccount()
  const {data: template, password} = await templateOf(binaries)
  const folder = mkdtempSync(join(runFolder(), `pgext-${hostMark()}-${process.pid}-`))
  const data = join(folder, 'data')
  await copy(template, data)
  // mkdtemp's folder is closed to everybody else; the socket is in it
  if (account) chownSync(folder, account.uid, account.gid)
  const port = WINDOWS ? await freePort() : 5432
  const places = WINDOWS
    ? {listen_addresses: '127.0.0.1', port: String(port)}
    : {listen_addresses: '', unix_socket_directories: folder, port: String(port)}
  const settings = Object.entries({...SETTINGS, ...places, ...more}).flatMap(([name, value]) =>
    value === undefined ? [] : ['-c', `${name}=${value}`],
  )
  const log = openSync(join(folder, 'log'), 'a+', 0o600)
  const [keeper, ...script] = WINDOWS ? [process.execPath, '-e', KEEP_NODE] : ['/bin/sh', '-c', KEEP, 'pgext-keeper']
  const server = spawn(
    keeper!,
    [...script, folder, join(binaries.bin, `postgres${WINDOWS ? '.exe' : ''}`), '-D', data, ...settings],
    {
      ...account,
      cwd: folder,
      env: ENVIRONMENT,
      stdio: ['ignore', log, log, 'pipe'],
      // ctrl-C reaches every process of the terminal's group: the server must outlive pgext's own tidying
      detached: true,
    },
  )
  const pipe = server.stdio[3] as Socket
  // a shadow that nobody closed must not keep the process alive
  server.unref()
  pipe.unref()
  const close = async () => {
    pipe.destroy()
    await ended(server)
  }
  try {
    await ready(server, folder, log)
  } catch (error) {
    await close()
    throw error
  } finally {
    closeSync(log)
  }
  const host = WINDOWS ? '127.0.0.1' : encodeURIComponent(folder)
  return {
    url: (database) =>
      `postgresql://${USER}:${password}@/${encodeURIComponent(database)}?host=${host}&port=${port}&sslmode=disable`,
    close,
  }
}

async function ready(server: ChildProcess, folder: string, log: number): Promise<void> {
  let failed: string | undefined
  server.once('error', (error) => {
    failed = error.message
  })
  server.once('exit', () => {
    failed ??= 'it ended at once'
  })
  const until = Date.now() + 30_000
  while (!failed && Date.now() < until) {
    // the last line of the file tells the state, long before a client could connect to ask
    if (/^ready/m.test(readIfThere(join(folder, 'data', 'postmaster.pid')))) return
    await sleep(4)
  }
  // the log's folder may be gone already: read it through the descriptor
  const said = readAll(log).trim().split('\n').slice(-3).join('; ')
  throw new PgextError(
    'engine-missing',
    `the embedded PostgreSQL did not start: ${said || failed || 'not ready within 30 seconds'}`,
    {
      hint: 'set SHADOW_DATABASE_URL to a server of your own, or "shadow": "pglite" in pgext.json',
    },
  )
}

function readAll(descriptor: number): string {
  const text = Buffer.alloc(65536)
  return text.toString('utf8', 0, readSync(descriptor, text, 0, text.length, 0))
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** cp keeps owners, and is three times as fast as Node's own copy. */
async function copy(from: string, to: string): Promise<void> {
  if (!WINDOWS && (await isCopied(spawn('cp', ['-a', from, to], {stdio: 'ignore'})))) return
  await cp(from, to, {recursive: true})
}

function isCopied(copying: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => copying.once('error', () => resolve(false)).once('exit', (code) => resolve(code === 0)))
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve()
  child.ref()
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const {port} = probe.address() as {port: number}
      probe.close(() => resolve(port))
    })
  })
}
