// A folder in, the user's project out: pgext.json and .env with every default, and the files to be read when asked for.
import {readdir, stat} from 'node:fs/promises'
import {join, relative, resolve, sep} from 'node:path'
import {parseEnv} from 'node:util'
import {PgextError} from '../errors.ts'
import type {SourceFile} from '../shadow/model.ts'
import type {Project, Settings} from './model.ts'
import {localUrl} from './running.ts'
import {isBus, isNode} from './serve.ts'
import {DEFAULTS, readSettings} from './settings.ts'
import {readText} from './text.ts'

export interface Overrides {
  /** the database */
  readonly url?: string
  /** where its files are read, instead of its folder */
  readonly files?: string
}

export async function openProject(folder = process.cwd(), overrides: Overrides = {}): Promise<Project> {
  const home = resolve(folder)
  if ((await kindOf(home)) !== 'folder') throw new PgextError('bad-config', `there is no folder ${folder}`)
  const root = overrides.files ?? home
  const settings = (await kindOf(join(root, 'pgext.json')))
    ? await readSettings(await readText(join(root, 'pgext.json'), 'pgext.json'), 'pgext.json')
    : DEFAULTS
  const file = (await kindOf(join(home, '.env'))) ? parseEnv(await readText(join(home, '.env'), '.env')) : {}
  const variable = (name: string): string | undefined => process.env[name] || file[name] || undefined
  const named = overrides.url ?? variable('DATABASE_URL')
  const {url: databaseUrl, isGone = false} = named === undefined ? localUrl(home) : {url: named}
  const shadowUrl = variable('SHADOW_DATABASE_URL')
  const jwtSecret = variable('PGEXT_JWT_SECRET') ?? variable('POSTGREST_JWT_SECRET')
  const bus = variable('PGEXT_BUS')
  if (bus !== undefined && !isBus(bus))
    throw new PgextError('bad-config', 'PGEXT_BUS is no address of a NATS server', {hint: 'nats://host:4222 or tls://host:4222'})
  const node = variable('PGEXT_NODE')
  if (node !== undefined && !isNode(node))
    throw new PgextError('bad-config', 'PGEXT_NODE is no name of a server', {
      hint: 'letters, digits, - and _, at most 40 of them',
    })
  return {
    folder: root,
    settings,
    ...(databaseUrl && {databaseUrl}),
    ...(isGone && {hasLostStack: true}),
    ...(shadowUrl && {shadowUrl}),
    ...(jwtSecret && {jwtSecret}),
    ...(bus && {bus}),
    ...(node && {node}),
    variable,
    sources: () => readProject(root, settings, overrides.files ? `what is staged of ${home}` : home),
    migrationsFolder: resolve(root, settings.migrations),
    queriesFolder: resolve(root, settings.queries),
    seeds: () => readSeeds(root, settings),
  }
}

/** A project that is only to be made: every default, and that database. */
export function newProject(folder: string, databaseUrl: string): Project {
  const root = resolve(folder)
  return {
    folder: root,
    settings: DEFAULTS,
    databaseUrl,
    variable: (name) => process.env[name] || undefined,
    sources: () => readProject(root, DEFAULTS),
    migrationsFolder: resolve(root, DEFAULTS.migrations),
    queriesFolder: resolve(root, DEFAULTS.queries),
    seeds: () => readSeeds(root, DEFAULTS),
  }
}

/** What --from and --to name: a file, a project's folder, or a folder of SQL files. */
export async function readSources(path: string): Promise<readonly SourceFile[]> {
  const kind = await kindOf(path)
  if (!kind)
    throw new PgextError('bad-file', `there is no file or folder ${path}`, {
      hint: 'a side is database, files, migrations, migrations:VERSION, a URL (postgresql://…), or a file or folder of SQL',
    })
  if (kind === 'file') return [await readSource(path, path, false)]
  if ((await kindOf(join(path, 'pgext.json'))) || (await kindOf(join(path, 'schema.sql')))) {
    const project = await openProject(path)
    return (await project.sources()).map((source) => ({...source, path: join(path, source.path)}))
  }
  const files = await sqlFiles(path)
  if (files.length === 0) throw new PgextError('bad-file', `the folder ${path} holds no .sql files`)
  return Promise.all(files.map((file) => readSource(file, file, false)))
}

async function readProject(root: string, settings: Settings, shownRoot = root): Promise<readonly SourceFile[]> {
  // folders of functions, migrations and queries may lie in a schema folder, and are not schema files
  const others = [settings.functions, settings.migrations, settings.queries, ...settings.seed].map((path) => resolve(root, path))
  const isOther = (path: string) => others.some((other) => path === other || path.startsWith(other + sep))
  const found: string[] = []
  for (const named of settings.schema) {
    const path = resolve(root, named)
    const kind = await kindOf(path)
    if (!kind) {
      throw new PgextError('bad-file', `there is no ${named} in ${shownRoot}`, {
        hint: 'make a project with `pgext init`, or name your schema files under "schema" in pgext.json',
      })
    }
    found.push(...(kind === 'folder' ? (await sqlFiles(path)).filter((file) => !isOther(file)) : [path]))
  }
  const functions = resolve(root, settings.functions)
  const functionFiles = (await kindOf(functions)) === 'folder' ? await sqlFiles(functions) : []
  const shown = (path: string) => relative(root, path).split(sep).join('/')
  return Promise.all([
    ...[...new Set(found)].map((path) => readSource(path, shown(path), false)),
    ...functionFiles.map(async (path) => ({
      ...(await readSource(path, shown(path), true)),
      ...(settings.versioned && {versioned: true}),
    })),
  ])
}

async function readSeeds(root: string, {seed}: Settings): Promise<readonly {path: string; text: string}[]> {
  const found: string[] = []
  for (const named of seed) {
    const path = resolve(root, named)
    const kind = await kindOf(path)
    // the usual places need not be there
    if (!kind && seed !== DEFAULTS.seed)
      throw new PgextError('bad-file', `there is no ${named} in ${root}`, {hint: '"seed" in pgext.json names it'})
    if (kind) found.push(...(kind === 'folder' ? await sqlFiles(path) : [path]))
  }
  return Promise.all(
    [...new Set(found)].map(async (path) => {
      const shown = relative(root, path).split(sep).join('/')
      return {path: shown, text: await readText(path, shown)}
    }),
  )
}

async function readSource(path: string, shown: string, holdsFunctions: boolean): Promise<SourceFile> {
  return {path: shown, text: await readText(path, shown), holdsFunctions}
}

/** All *.sql below, in an order that is the same everywhere; hidden ones are editors'. */
async function sqlFiles(folder: string): Promise<string[]> {
  const paths: string[] = []
  const entries = await readdir(folder, {withFileTypes: true})
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const {name} = entry
    if (name.startsWith('.')) continue
    const path = join(folder, name)
    // where a link leads to has to be asked
    const kind = entry.isFile() ? 'file' : await kindOf(path)
    if (kind === 'folder') paths.push(...(await sqlFiles(path)))
    else if (kind === 'file' && name.toLowerCase().endsWith('.sql')) paths.push(path)
  }
  return paths
}

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new PgextError('bad-file', `can't read ${path}: ${message}`, {cause: error})
  }
}
