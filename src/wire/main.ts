// Arguments and the environment in; a process out that serves PGlite as a PostgreSQL, says so in one line of JSON, and ends when it is told to.
import {existsSync, mkdirSync, writeSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {parseArgs} from 'node:util'
import {setFlagsFromString} from 'node:v8'
import {PgextError} from '../errors.ts'
import {emptyDump} from '../shadow/empty.ts'
import {lock} from './lock.ts'
import {Log} from './log.ts'
import {Server} from './server.ts'

const {values} = parseArgs({
  options: {
    folder: {type: 'string'},
    host: {type: 'string', default: '127.0.0.1'},
    port: {type: 'string', default: '0'},
    extensions: {type: 'string', default: ''},
    debug: {type: 'string', default: '0'},
    'max-connections': {type: 'string', default: '100'},
    'idle-in-transaction': {type: 'string', default: '10000'},
    unread: {type: 'string', default: '10000'},
    /** its parent holds the other end: when that closes, this process ends */
    attached: {type: 'boolean', default: false},
  },
})

// PostgreSQL's start runs much of its program once: what is compiled well for that comes too late, and takes the other core. 1,800,000 by itself
setFlagsFromString('--wasm-tiering-budget=40000000')

const log = new Log()

try {
  await serve()
} catch (error) {
  log.say('fatal', error instanceof Error ? error.message : String(error))
  throw error
}

async function serve(): Promise<void> {
  const password = process.env.PGEXT_WIRE_PASSWORD
  const {host, folder} = values
  if (!password && !['127.0.0.1', '::1', 'localhost'].includes(host))
    throw new PgextError('usage', `${host} can be reached by others, and there is no password`, {hint: 'set PGEXT_WIRE_PASSWORD'})
  const extensions = values.extensions.split(',').filter(Boolean)
  if (folder) mkdirSync(dirname(folder), {recursive: true})
  const unlock = folder ? lock(folder) : () => {}
  try {
    // what a folder has already is not made
    const dump = folder && existsSync(join(folder, 'PG_VERSION')) ? undefined : await emptyDump()
    await run({host, password, extensions, dump: dump && new Uint8Array(await dump.arrayBuffer()), folder}, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

interface Start {
  readonly host: string
  readonly password: string | undefined
  readonly extensions: readonly string[]
  readonly dump: Uint8Array | undefined
  readonly folder: string | undefined
}

async function run({host, password, extensions, dump, folder}: Start, unlock: () => void): Promise<void> {
  let die: (message: string) => void = () => {}
  const died = new Promise<string>((resolve) => {
    die = resolve
  })
  const server = new Server(
    {
      host,
      port: Number(values.port),
      ...(password && {password}),
      patience: Number(values['idle-in-transaction']),
      unread: Number(values.unread),
      setup: {
        ...(folder && {folder}),
        ...(dump && {dump}),
        extensions,
        debug: Number(values.debug),
        most: Number(values['max-connections']),
      },
    },
    log,
    (message) => die(message),
  )
  const up = await server.start()
  const {port} = server
  const url = `postgresql://postgres@${host}:${port}/postgres`
  writeSync(1, `${JSON.stringify({ready: true, url, host, port, version: up.version, process: process.pid})}\n`)
  const message = await Promise.race([told(), died])
  process.stdin.destroy()
  await server.close()
  unlock()
  if (message) throw new PgextError('engine-missing', message)
}

/** By a signal, or by the end of the process that started it. */
function told(): Promise<undefined> {
  return new Promise((resolve) => {
    const end = () => resolve(undefined)
    process.once('SIGTERM', end).once('SIGINT', end).once('SIGHUP', end)
    if (values.attached) process.stdin.resume().once('end', end).once('close', end).once('error', end)
  })
}
