// A project and a folder in; what other places run it from, a container image's context and systemd's units, written there, out. No secret is in them.
import {existsSync} from 'node:fs'
import {cp, mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {basename, dirname, join, relative, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {anonymousRole, readConfig, shownSchemas} from '../dev/rest.ts'
import {PgextError} from '../errors.ts'
import {quoteName} from '../postgres/quote.ts'
import {MAJOR} from '../project/dev.ts'
import type {Project} from '../project/model.ts'
import {namesMentioned} from '../walk/sides.ts'

const TEMPLATES = fileURLToPath(new URL('../../templates/deploy', import.meta.url))

export interface Artefacts {
  /** relative to the folder */
  readonly written: readonly string[]
  readonly notes: readonly string[]
}

/** @param version pgext's own, for a project that names none */
export async function writeArtefacts(project: Project, folder: string, version: string): Promise<Artefacts> {
  await refuseOthers(folder)
  refuseSecrets(project)
  const words = await wordsFor(project)
  for (const name of ['app', 'page']) await rm(join(folder, name), {recursive: true, force: true})
  const found = await readdir(TEMPLATES, {recursive: true, withFileTypes: true})
  const files = found.filter((one) => one.isFile()).map((one) => relative(TEMPLATES, join(one.parentPath, one.name)))
  const written: string[] = []
  for (const file of files.sort()) {
    // npm leaves dotfiles out of packages
    const name = file.startsWith('_') ? `.${file.slice(1)}` : file
    const text = (await readFile(join(TEMPLATES, file), 'utf8')).replace(/\{\{(\w+)\}\}/g, (_, word: string) => words[word]!)
    await write(join(folder, name), text, name.endsWith('.sh') ? 0o755 : 0o644)
    written.push(name)
  }
  const notes = [
    ...(await copyProject(project, join(folder, 'app'), version)),
    ...(await copyPage(project, join(folder, 'page'))),
  ]
  return {written, notes}
}

const MARK = '# Made by pgext deploy --out'

/** A front end's own build may have the same idea of a folder. */
async function refuseOthers(folder: string): Promise<void> {
  const held = await readdir(folder).catch(() => [])
  if (held.length === 0) return
  const text = await readFile(join(folder, 'Dockerfile'), 'utf8').catch(() => '')
  if (text.startsWith(MARK)) return
  throw new PgextError('bad-file', `${folder} holds what pgext did not write`, {hint: 'name another folder with --out'})
}

const HIDDEN: ReadonlySet<string> = new Set(['db-uri', 'jwt-secret', 'app.settings.jwt_secret'])

/** What is copied into an image is read by many. */
function refuseSecrets(project: Project): void {
  const {bus} = project.settings.serve
  if (bus?.split(',').some((one) => new URL(one.trim()).password !== '' || new URL(one.trim()).username !== ''))
    throw new PgextError('bad-config', '"serve.bus" of pgext.json has credentials, and would be copied into an image', {
      hint: 'put the address into PGEXT_BUS instead',
    })
  for (const [key, value] of Object.entries(flat(readConfig(project))))
    if (HIDDEN.has(key) && typeof value === 'string' && !/^(\$\(\w+\)|@.+|)$/.test(value))
      throw new PgextError('bad-config', `postgrest.conf holds a secret as "${key}", and would be copied into an image`, {
        hint: `name an environment variable there: ${key} = "$(${key === 'db-uri' ? 'DATABASE_URL' : 'POSTGREST_JWT_SECRET'})"`,
      })
}

/** TOML takes dots in keys for tables. */
function flat(table: Readonly<Record<string, unknown>>, path: readonly string[] = []): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(table).flatMap(([key, value]): [string, unknown][] =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(flat(value as Record<string, unknown>, [...path, key]))
        : [[[...path, key].join('.'), value]],
    ),
  )
}

async function wordsFor(project: Project): Promise<Record<string, string>> {
  const {serve, dev} = project.settings
  const unit =
    basename(project.folder)
      .toLowerCase()
      .replace(/[^a-z0-9_-]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'app'
  const anonymous = anonymousRole(project) ?? 'anon'
  const mentioned = (await namesMentioned(await project.sources())).roles
  const special = new Set(['public', 'current_user', 'current_role', 'session_user', 'authenticator', 'postgres'])
  const roles = [...new Set([...mentioned, ...(serve.roles ?? []), anonymous])].filter((role) => !special.has(role)).sort()
  return {
    unit,
    database: unit.replaceAll('-', '_').replace(/^(?=\d)/, '_'),
    eventsPort: String(serve.port || 3001),
    major: String(dev.major ?? MAJOR),
    schemas: shownSchemas(project).join(','),
    anonymous,
    roles: roles
      .flatMap((role) => [`create role ${quoteName(role)} nologin;`, `grant ${quoteName(role)} to authenticator;`])
      .join('\n'),
  }
}

/** Without what belongs to the machine that deploys. */
const LEFT_OUT: ReadonlySet<string> = new Set(['targets', 'frontend', 'logs', 'dev', '$schema'])

async function copyProject(project: Project, to: string, version: string): Promise<string[]> {
  const {folder, settings} = project
  await mkdir(to, {recursive: true})
  const parts = [...settings.schema, settings.functions, settings.migrations, settings.queries, 'external.sql', 'postgrest.conf']
  for (const part of new Set(parts)) {
    const from = resolve(folder, part)
    if (!existsSync(from)) continue
    if (relative(folder, from).startsWith('..'))
      throw new PgextError('bad-config', `${part} lies outside the project, and an image can't have it`, {
        hint: 'move it into the project',
      })
    await cp(from, join(to, part), {recursive: true, filter: (path) => !/(^|[\\/])(node_modules|\.[^\\/]+)$/.test(path)})
  }
  const given = join(folder, 'pgext.json')
  const own = existsSync(given) ? JSON.parse(await readFile(given, 'utf8')) : {}
  const kept = Object.fromEntries(Object.entries(own).filter(([key]) => !LEFT_OUT.has(key)))
  await write(join(to, 'pgext.json'), `${JSON.stringify(kept, null, 2)}\n`)
  return copyPackage(folder, to, version)
}

async function copyPackage(folder: string, to: string, version: string): Promise<string[]> {
  const [manifest, lock] = [join(folder, 'package.json'), join(folder, 'package-lock.json')]
  if (existsSync(manifest)) {
    const {dependencies = {}} = JSON.parse(await readFile(manifest, 'utf8'))
    if (!dependencies.pgext)
      throw new PgextError('bad-config', 'package.json does not name pgext among its dependencies, and an image needs it', {
        hint: 'npm install --save pgext',
      })
    const elsewhere = Object.entries<string>(dependencies).find(([, said]) => /^(file|link|workspace):/.test(said))
    if (elsewhere)
      throw new PgextError(
        'bad-config',
        `package.json takes ${elsewhere[0]} from ${elsewhere[1]}, where an image does not come`,
        {
          hint: 'name a version of a registry, or the address of a package file (https://…)',
        },
      )
    await cp(manifest, join(to, 'package.json'))
    if (existsSync(lock)) {
      await cp(lock, join(to, 'package-lock.json'))
      return []
    }
  } else
    await write(
      join(to, 'package.json'),
      `${JSON.stringify({private: true, type: 'module', dependencies: {pgext: version}}, null, 2)}\n`,
    )
  return ['there is no package-lock.json, which the image is made from: run npm install --package-lock-only in its folder app/']
}

async function copyPage({folder, settings}: Project, to: string): Promise<string[]> {
  const from = resolve(folder, settings.frontend.out ?? settings.frontend.folder)
  await mkdir(to, {recursive: true})
  if (!existsSync(from)) return [`there is no page in ${relative(folder, from)}: folder page/ is empty`]
  await cp(from, to, {recursive: true, filter: (path) => !/(^|[\\/])(node_modules|\.env[^\\/]*|\.git)$/.test(path)})
  return []
}

async function write(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), {recursive: true})
  await writeFile(path, text, {mode})
}
