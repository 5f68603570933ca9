// A template and a folder in, the project's files written out. What is there already is never touched.
import {randomBytes} from 'node:crypto'
import {existsSync} from 'node:fs'
import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises'
import {basename, dirname, join, relative, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {PgextError} from '../errors.ts'

const TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url))

export interface Written {
  readonly folder: string
  readonly created: readonly string[]
  readonly kept: readonly string[]
}

export interface Choices {
  readonly template: string
  readonly databaseUrl?: string
  /** what stands in the place of the template's own schema and functions */
  readonly files?: readonly {readonly path: string; readonly text: string}[]
}

export async function writeProject(folder: string, choices: Choices): Promise<Written> {
  const target = resolve(folder)
  const from = join(TEMPLATES, choices.template)
  const files = (await readdir(from, {recursive: true, withFileTypes: true}))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(from, join(entry.parentPath, entry.name)))
    .sort((a, b) => (targetName(a) < targetName(b) ? -1 : 1))
  const words = wordsFor(target, choices)
  const created: string[] = []
  const kept: string[] = []
  for (const file of files) {
    const name = targetName(file)
    if (choices.files && isReplaced(name)) continue
    const text = fill(await readFile(join(from, file), 'utf8'), words)
    const isNew = await write(join(target, name), name === 'pgext.json' ? naming(text, choices) : text)
    ;(isNew ? created : kept).push(name)
  }
  for (const {path, text} of choices.files ?? []) {
    const isNew = await write(join(target, path), text)
    ;(isNew ? created : kept).push(path)
  }
  return {folder: target, created, kept}
}

function isReplaced(name: string): boolean {
  return name === 'schema.sql' || name.startsWith('functions/')
}

/** The settings, with the folder where the schema is. */
function naming(settings: string, {files = []}: Choices): string {
  if (!files.some(({path}) => path.startsWith('schema/'))) return settings
  return `${JSON.stringify({...JSON.parse(settings), schema: ['schema']}, null, 2)}\n`
}

/** The database a project of this name gets by default, in the server's usual place. */
function defaultUrl(folder: string): string {
  return `postgres://postgres:postgres@127.0.0.1:5432/${databaseName(folder)}`
}

function wordsFor(folder: string, {databaseUrl}: Choices): Record<string, string> {
  return {
    name: basename(folder),
    database: databaseName(folder),
    // quoted with ' in .env
    databaseLine: `${databaseUrl ? '' : '# '}DATABASE_URL='${(databaseUrl ?? defaultUrl(folder)).replaceAll("'", '%27')}'`,
    schema: schemaFor(folder),
    jwtSecret: randomBytes(32).toString('hex'),
  }
}

/** What editors know pgext.json by: in the nearest node_modules with pgext in it, or where `npm install pgext` will put it. */
function schemaFor(folder: string): string {
  const path = 'node_modules/pgext/templates/pgext.schema.json'
  for (let at = folder, up = './'; ; at = dirname(at), up = up === './' ? '../' : `../${up}`) {
    if (existsSync(join(at, path))) return `${up}${path}`
    if (dirname(at) === at) return `./${path}`
  }
}

/** What a project's database is called where nobody has said. */
export function databaseName(folder: string): string {
  return (
    basename(resolve(folder))
      .toLowerCase()
      .replace(/[^a-z0-9_]+/g, '_')
      .replace(/^(?=\d)/, '_') || 'app'
  )
}

/** npm leaves dotfiles out of packages, so they are stored as `_gitignore`. */
function targetName(file: string): string {
  const name = basename(file)
  return join(dirname(file), name.startsWith('_') ? `.${name.slice(1)}` : name)
}

function fill(text: string, words: Record<string, string>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (mark, word: string) => words[word] ?? mark)
}

/** False when the file is there already: it stays as it is. */
async function write(path: string, text: string): Promise<boolean> {
  try {
    await mkdir(dirname(path), {recursive: true})
    await writeFile(path, text, {flag: 'wx', mode: basename(path) === '.env' ? 0o600 : 0o644})
    return true
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && !message.includes('mkdir')) return false
    throw new PgextError('bad-file', `can't write ${path}: ${message}`, {hint: 'is the folder yours to write in?', cause: error})
  }
}
