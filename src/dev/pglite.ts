// A project in, PGlite behind a socket out: a PostgreSQL without a binary, as a process of its own.
import {createHash} from 'node:crypto'
import {existsSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {PgextError} from '../errors.ts'
import {connect} from '../postgres/native.ts'
import type {Project} from '../project/model.ts'
import {type Child, start, untilReady} from './child.ts'
import {SUPERUSER} from './cluster.ts'
import type {Database, DatabaseOptions} from './database.ts'
import {diskFull, isFull} from './disk.ts'
import {AUTHENTICATOR, makeAuthenticator} from './login.ts'
import {heardFrom} from './said.ts'
import {FOUND, type State} from './state.ts'
import {supervise} from './supervise.ts'

const PROGRAM = fileURLToPath(new URL('../../dist/wire/main.js', import.meta.url))
/** it has one */
const NAME = 'postgres'
/** milliseconds: WASM takes its time where the cores are busy */
const PATIENCE = 60_000

export async function openPglite(options: DatabaseOptions): Promise<Database> {
  const {state, port, onlooker, inMemory = false, signal} = options
  const {password, authenticator} = state.read()
  const folder = join(state.folder, 'pglite')
  const urlOf = (user: string, word: string) => `postgresql://${user}:${word}@127.0.0.1:${port}/${NAME}`
  const url = urlOf(SUPERUSER, password)
  const isNew = inMemory || !existsSync(folder)
  if (state.read().isForgotten) state.write(isNew ? {isForgotten: false} : FOUND)
  if (!isNew) options.addressed?.(url)
  let version = 'PGlite'
  const server = await supervise({
    name: 'db',
    onlooker,
    isVital: true,
    ...(signal && {signal}),
    start: async (spawned) => {
      const began = await startPglite(options, spawned, inMemory ? undefined : folder)
      version = began.version
      return began.child
    },
    ready: () => ({url, note: version}),
  })
  const prepare = async () => {
    const db = await connect(url)
    await makeAuthenticator(db, authenticator).finally(() => db.close())
  }
  try {
    await prepare()
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    url,
    authenticator: urlOf(AUTHENTICATOR, authenticator),
    engine: 'pglite',
    version,
    isNew,
    isOwn: true,
    async renew() {
      await server.restart(async () => rmSync(folder, {recursive: true, force: true, maxRetries: 5}))
      await prepare()
    },
    close: () => server.stop(),
  }
}

async function startPglite(
  options: DatabaseOptions,
  spawned: (child: Child) => void,
  folder?: string,
): Promise<{child: Child; version: string}> {
  const {project, state, port, log, debug = 0} = options
  const extensions = await extensionsOf(project, state, folder !== undefined && existsSync(folder))
  const heard = heardFrom('db', log)
  const said: string[] = []
  let ready: {version: string} | undefined
  const child = start(
    {
      command: process.execPath,
      args: [
        ...[PROGRAM, '--port', String(port), '--debug', String(debug), '--extensions', extensions.join(',')],
        ...(folder ? ['--folder', folder] : []),
      ],
      env: {...process.env, PGEXT_WIRE_PASSWORD: state.read().password},
      folder: project.folder,
    },
    (line, from) => {
      if (from === 'out' && line.includes('"ready"')) ready = JSON.parse(line)
      else {
        if (said.length < 50) said.push(line)
        heard(line)
      }
    },
  )
  spawned(child)
  const why = await untilReady(child, () => ready !== undefined, PATIENCE)
  if (why === undefined) return {child, version: ready!.version}
  const words = (fatalIn(said) ?? why).replace(/^PGlite did not start: /, '')
  throw isFull(words) ? diskFull(words) : notStarted(words)
}

/**
 * Those that files name, or have named since the database was made: it may have them still. That of files which are as they were last time is
 * remembered: the parser is not loaded for it, while the database waits.
 */
async function extensionsOf(project: Project, state: State, isThere: boolean): Promise<readonly string[]> {
  const last = isThere ? state.read().extensions : undefined
  const had = last?.names ?? []
  try {
    const sources = await project.sources()
    const of = createHash('sha256').update(JSON.stringify(sources)).digest('hex')
    if (last?.of === of) return had
    const {extensionsIn} = await import('../shadow/load.ts')
    const names = [...new Set([...had, ...(await extensionsIn(sources))])]
    state.write({extensions: {of, names}})
    return names
  } catch {
    // files that can't be read are said as soon as it is there
    return had
  }
}

const notStarted = (words: string) =>
  new PgextError('engine-missing', `PGlite did not start: ${words}`, {hint: 'pgext logs db tells more'})

/** What it said last before it gave up; its lines are JSON. */
function fatalIn(said: readonly string[]): string | undefined {
  const fatal = said.findLast((line) => line.includes('"fatal"'))
  try {
    return fatal === undefined ? said.at(-1) : (JSON.parse(fatal) as {message: string}).message
  } catch {
    return fatal
  }
}
