// Migrations in, migrations/pgext.sum out: a chain of checksums, one line each, so that two branches that both add a migration conflict in git.
import {createHash} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {PgextError} from '../errors.ts'
import {writeWhole} from '../whole.ts'
import type {Migration} from './file.ts'

/** What a line is made of: a file's name, and the checksum of its text. */
export type Summed = Pick<Migration, 'version' | 'name' | 'checksum'>

export interface SumLine {
  /** '20261121T061500_add_orders.sql' */
  readonly file: string
  /** of the line before, the file's name and its checksum: 64 hexadecimal digits */
  readonly hash: string
  /** where it stands, from 1 */
  readonly line: number
}

export interface SumFile {
  /** as shown to the user */
  readonly path: string
  readonly lines: readonly SumLine[]
}

/**
 * changed   the file is not what it was when its line was written
 * missing   it has a line, and there is no such file
 * unlisted  there is a file, and it has no line
 * order     its line stands in another place than it was written for
 */
export interface SumProblem {
  readonly kind: 'changed' | 'missing' | 'unlisted' | 'order'
  readonly file: string
  /** of its line in pgext.sum, if it has one */
  readonly line?: number
}

export const SUM = 'pgext.sum'
const HEAD = '# pgext.sum: what migrations/ holds, in order; pgext writes it. Two branches conflict here: pgext migrate:rebase\n'
const LINE = /^(\S+\.sql) ([0-9a-f]{64})$/
const CONFLICT = /^(<{7}|={7}|>{7}|\|{7})( |$)/

/** The whole text of the file. */
export function sumOf(migrations: readonly Summed[]): string {
  let hash = ''
  const lines = inOrder(migrations).map((migration) => {
    hash = hashOf(hash, fileOf(migration), migration.checksum)
    return `${fileOf(migration)} ${hash}\n`
  })
  return HEAD + lines.join('')
}

/**
 * The folder's pgext.sum, `shown` being the folder's name in messages; undefined: there is none.
 * Throws 'sum' where it holds the marks of a merge, or lines that are none of its own.
 */
export async function readSum(folder: string, shown = folder): Promise<SumFile | undefined> {
  const text = await readText(folder, shown)
  return text === undefined ? undefined : parse(text, join(shown, SUM))
}

/** The text itself, LF and no BOM, whatever it holds. */
export async function readText(folder: string, shown = folder): Promise<string | undefined> {
  try {
    return (await readFile(join(folder, SUM), 'utf8')).replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  } catch (error) {
    if ((error as {code?: string}).code === 'ENOENT') return undefined
    throw new PgextError('bad-file', `can't read ${join(shown, SUM)}: ${(error as Error).message}`, {
      hint: 'it is a text file that pgext keeps beside the migrations',
      cause: error,
    })
  }
}

function parse(text: string, path: string): SumFile {
  const lines = text.split('\n')
  const at = (line: number) => ({file: path, line: line + 1, column: 1, text: lines[line]!})
  const mark = lines.findIndex((line) => CONFLICT.test(line))
  if (mark >= 0)
    throw new PgextError('sum', 'two branches that were merged have added migrations, and nobody has put them in order yet', {
      hint: 'pgext migrate:rebase puts them in order',
      where: at(mark),
    })
  return {
    path,
    lines: lines.flatMap((line, index) => {
      if (line.trim() === '' || line.startsWith('#')) return []
      const [, file, hash] = LINE.exec(line.trimEnd()) ?? []
      if (file && hash) return [{file, hash, line: index + 1}]
      throw new PgextError('sum', 'not a line of pgext.sum: a file name, a space and 64 hexadecimal digits', {
        hint: 'bring it back from version control, or take the files as they are with pgext migrate:sum',
        where: at(index),
      })
    }),
  }
}

/** What of it does not fit the files; empty: all is as it was written. Each line is judged by the one before as it stands, so that one edit is told once. */
export function compareSum({lines}: Pick<SumFile, 'lines'>, migrations: readonly Summed[]): SumProblem[] {
  const files = new Map(migrations.map((migration) => [fileOf(migration), migration]))
  const before = new Set(['', ...lines.map(({hash}) => hash)])
  const seen = new Set<string>()
  const problems: SumProblem[] = lines.flatMap(({file, hash, line}, index): SumProblem[] => {
    const migration = files.get(file)
    const isTwice = seen.has(file)
    seen.add(file)
    if (!migration) return [{kind: 'missing', file, line}]
    const isBehind = index === 0 || lines[index - 1]!.file < file
    const fits = (previous: string) => hashOf(previous, file, migration.checksum) === hash
    if (fits(lines[index - 1]?.hash ?? '')) return isBehind && !isTwice ? [] : [{kind: 'order', file, line}]
    return [{kind: [...before].some(fits) ? 'order' : 'changed', file, line}]
  })
  const unlisted = [...files.keys()].filter((file) => !seen.has(file)).sort()
  return [...problems, ...unlisted.map((file) => ({kind: 'unlisted' as const, file}))]
}

export async function writeSum(folder: string, migrations: readonly Summed[], shown = folder): Promise<void> {
  try {
    writeWhole(join(folder, SUM), sumOf(migrations))
  } catch (error) {
    throw new PgextError('bad-file', `can't write ${join(shown, SUM)}: ${(error as Error).message}`, {
      hint: 'is there room on the disk, and is the folder yours to write in? then pgext migrate:sum writes it',
      cause: error,
    })
  }
}

/** Ends with 'sum' where there is a pgext.sum and it does not fit; a folder without one is taken as it is. */
export async function checkSum(folder: string, migrations: readonly Summed[], shown = folder): Promise<SumFile | undefined> {
  const sum = await readSum(folder, shown)
  if (!sum) return undefined
  const problems = compareSum(sum, migrations)
  if (problems.length === 0) return sum
  throw new PgextError('sum', `${sum.path} does not fit the migrations:\n${problems.map((one) => `  ${say(one)}`).join('\n')}`, {
    hint: problems.some(({kind}) => kind === 'order')
      ? 'after a merge pgext migrate:rebase puts them in order; pgext migrate:sum takes the files as they are'
      : 'bring back what should not have changed; if the files are right, pgext migrate:sum takes them as they are',
  })
}

const WORDS: Readonly<Record<SumProblem['kind'], string>> = {
  changed: 'edited since its line was written, or lines before it are gone',
  missing: 'has a line, and there is no such file',
  unlisted: 'has no line: nobody has taken it over yet',
  order: 'its line was written for another place',
}

/** '20261121T061500_add_orders.sql: has no line …' */
export const say = ({kind, file, line}: SumProblem): string => `${file}${line ? ` (line ${line})` : ''}: ${WORDS[kind]}`

export const fileOf = ({version, name}: Pick<Summed, 'version' | 'name'>): string => `${version}_${name}.sql`

const inOrder = (migrations: readonly Summed[]): Summed[] => [...migrations].sort((a, b) => (fileOf(a) < fileOf(b) ? -1 : 1))

const hashOf = (previous: string, file: string, checksum: string): string =>
  createHash('sha256').update(`${previous}\n${file}\n${checksum}`).digest('hex')
