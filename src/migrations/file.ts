// A folder in, its migrations out, by version; a name and SQL in, a new file out that overwrites nothing.
import {createHash} from 'node:crypto'
import {link, mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {PgextError} from '../errors.ts'
import {type Header, headerOf, readHeader} from './header.ts'
import {checkSum, writeSum} from './sum.ts'

export interface Migration {
  /** '20261121T061500' */
  readonly version: string
  /** 'add_orders' */
  readonly name: string
  /** as shown to the user */
  readonly path: string
  /** LF, no BOM */
  readonly text: string
  /** sha256 of text */
  readonly checksum: string
  readonly header: Header
}

export interface NewMigration {
  readonly name: string
  readonly sql: string
  readonly from?: string
  readonly to?: string
  readonly model?: number
  /** gives the version */
  readonly at: Date
}

const NAME = /^(\d{8}T\d{6})_([A-Za-z0-9_-]+)\.sql$/
const LIKE = 'names look like 20261121T061500_add_orders.sql'

/**
 * Every migration of the folder, oldest first; `shown` is the folder's name in messages. A missing folder holds none.
 * @param twins whether several of one version are let pass, as a merge may leave them
 */
export async function readMigrations(folder: string, shown = folder, {twins = false} = {}): Promise<Migration[]> {
  const names = (await list(folder)).sort()
  const wrong = names.filter((name) => !isName(name))
  if (wrong.length > 0) {
    throw new PgextError('migration-name', `not a migration's name: ${wrong.map((name) => join(shown, name)).join(', ')}`, {
      hint: `${LIKE}: a UTC time, an underscore, and letters, digits or underscores; rename or move the file`,
    })
  }
  if (!twins) refuseTwins(names, shown)
  return Promise.all(
    names.map(async (name) => migrationFrom(join(shown, name), decode(await readFile(join(folder, name)), join(shown, name)))),
  )
}

/** A migration from its path and text. */
export function migrationFrom(path: string, source: string): Migration {
  const file = path.split(/[\\/]/).at(-1)!
  const [, version, name] = NAME.exec(file) ?? []
  if (!isName(file) || !version || !name) throw new PgextError('migration-name', `not a migration's name: ${path}`, {hint: LIKE})
  const text = clean(source)
  return {version, name, path, text, checksum: checksumOf(text), header: readHeader(text, path)}
}

/**
 * Writes a new file behind all there are, and its line in pgext.sum, which the first one makes; when its second is taken, the next free one is its version.
 * Nothing is written where pgext.sum does not fit what is there: its next line would take that for right.
 */
export async function writeMigration(folder: string, made: NewMigration, shown = folder): Promise<Migration> {
  const slug = slugOf(made.name)
  const text = clean(`${headerOf(made)}\n${made.sql}`)
  await mkdir(folder, {recursive: true}).catch((error) => {
    throw unwritable(shown, error)
  })
  const before = await readMigrations(folder, shown)
  const isSummed = before.length === 0 || (await checkSum(folder, before, shown)) !== undefined
  // a clock that is behind a colleague's must not make it older than what it follows
  const newest = before.at(-1)
  for (let time = Math.max(made.at.getTime(), newest ? timeOf(newest.version) + 1000 : 0); ; time += 1000) {
    const file = `${versionOf(new Date(time))}_${slug}.sql`
    try {
      await place(folder, file, text)
    } catch (error) {
      if ((error as {code?: string}).code === 'EEXIST') continue
      throw unwritable(join(shown, file), error)
    }
    const written = migrationFrom(join(shown, file), text)
    if (isSummed) await writeSum(folder, [...before, written], shown)
    return written
  }
}

/** Writes a file between others; pgext.sum is for the caller to keep. */
export async function insertMigration(
  folder: string,
  {version, name, text}: Pick<Migration, 'version' | 'name' | 'text'>,
  shown = folder,
): Promise<Migration> {
  const file = `${version}_${name}.sql`
  const fail = (error: unknown) => {
    throw unwritable(join(shown, file), error)
  }
  await mkdir(folder, {recursive: true}).catch(fail)
  await place(folder, file, clean(text)).catch(fail)
  return migrationFrom(join(shown, file), text)
}

/** Before files are taken away: one that is not what was read holds what nobody has looked at. */
export async function refuseEdited(folder: string, migrations: readonly Migration[]): Promise<void> {
  for (const {version, name, path, checksum} of migrations) {
    const now = await readFile(join(folder, `${version}_${name}.sql`)).catch(() => undefined)
    if (now === undefined || checksumOf(now.toString()) === checksum) continue
    throw new PgextError('migration-changed', `${path} was edited meanwhile, and nothing was written`, {hint: 'run this again'})
  }
}

/** Half a migration must not be taken for one, whatever ends pgext meanwhile: it bears its name when it is whole. */
async function place(folder: string, file: string, text: string): Promise<void> {
  const [fresh, path] = [join(folder, `.${file}.${process.pid}`), join(folder, file)]
  try {
    await writeFile(fresh, text)
    await link(fresh, path).catch(async (error) => {
      if (error.code === 'EEXIST') throw error
      // not every file system has links
      await writeFile(path, text, {flag: 'wx'}).catch(async (why) => {
        if (why.code !== 'EEXIST') await rm(path, {force: true}).catch(() => {})
        throw why
      })
    })
  } finally {
    await rm(fresh, {force: true}).catch(() => {})
  }
}

/** '20261121T061500', in UTC. */
export function versionOf(at: Date): string {
  return at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
}

/** 'Add orders!' as 'add_orders'. */
export function slugOf(name: string): string {
  const plain = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
  const slug = plain
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/^_/, '')
    .slice(0, 80)
    .replace(/_$/, '')
  if (slug) return slug
  throw new PgextError('migration-name', `a migration can't be named ${JSON.stringify(name)}`, {
    hint: 'use letters and digits of the English alphabet, for example add_orders',
  })
}

/** Of text as read here: a checkout with CRLF has the same checksum. */
export function checksumOf(text: string): string {
  return createHash('sha256').update(clean(text)).digest('hex')
}

function clean(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
}

function decode(bytes: Buffer, path: string): string {
  if (!bytes.includes(0)) {
    try {
      return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
    } catch {
      // told below
    }
  }
  const utf16 = bytes.includes(0) ? ' (it looks like UTF-16)' : ''
  throw new PgextError('bad-file', `${path} is not UTF-8 text${utf16}`, {hint: 'save it as UTF-8'})
}

async function list(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, {withFileTypes: true})
    return entries
      .filter((entry) => !entry.isDirectory() && /\.sql$/i.test(entry.name) && !entry.name.startsWith('.'))
      .map(({name}) => name)
  } catch (error) {
    if ((error as {code?: string}).code === 'ENOENT') return []
    throw new PgextError('bad-file', `can't read ${folder}: ${(error as Error).message}`, {
      hint: '"migrations" in pgext.json names the folder of migrations',
      cause: error,
    })
  }
}

function unwritable(path: string, error: unknown): PgextError {
  return new PgextError('bad-file', `can't write ${path}: ${(error as Error).message}`, {
    hint: 'is there room on the disk, and is the folder yours to write in?',
    cause: error,
  })
}

/** 20261399T990000 has the right shape and is no time. */
function isName(file: string): boolean {
  const [, v] = NAME.exec(file) ?? []
  if (!v) return false
  const at = timeOf(v)
  return !Number.isNaN(at) && versionOf(new Date(at)) === v
}

/** Milliseconds since 1970 of '20261121T061500'; NaN where it is no time. */
export const timeOf = (v: string): number =>
  new Date(`${v.slice(0, 4)}-${v.slice(4, 6)}-${v.slice(6, 11)}:${v.slice(11, 13)}:${v.slice(13)}Z`).getTime()

function refuseTwins(sorted: readonly string[], shown: string): void {
  const twins = sorted.filter((name) => sorted.some((other) => other !== name && other.slice(0, 15) === name.slice(0, 15)))
  if (twins.length === 0) return
  throw new PgextError(
    'migration-name',
    `several migrations have one version: ${twins.map((name) => join(shown, name)).join(', ')}`,
    {
      hint: 'after a merge pgext migrate:rebase gives one a time of its own; or rename one that is applied nowhere yet',
    },
  )
}
