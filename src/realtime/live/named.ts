// The folder `queries/` in, its queries by name out: one SELECT a file, which pages may ask for by the file's name.
import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {PgextError, type Where} from '../../errors.ts'
import {parse, type Tree, typeText} from '../../postgres/parse.ts'
import {quoteNames} from '../../postgres/quote.ts'
import {readText} from '../../project/text.ts'
import {readHead, type Statement} from './statement.ts'

export interface Named {
  /** of the file, without `.sql`; with the folders below `queries/`, by / */
  readonly name: string
  readonly text: string
  readonly file: string
  /** of $1, $2, …; empty where the file names none */
  readonly names: readonly string[]
  /** SQL of their types */
  readonly types: readonly string[]
  readonly static: boolean
  readonly reads: readonly string[]
  readonly key?: readonly string[]
  readonly throttleMs?: number
}

/**
 * All of them, and the errors of those that can't be read, by their names.
 *
 * @param shown the folder as its user knows it
 */
export async function readQueries(
  folder: string,
  shown = 'queries',
): Promise<{named: Map<string, Named>; errors: Map<string, PgextError>}> {
  const named = new Map<string, Named>()
  const errors = new Map<string, PgextError>()
  for (const name of await namesIn(folder)) {
    const file = `${shown}/${name}.sql`
    try {
      named.set(name, await readNamed(name, await readText(join(folder, `${name}.sql`), file), file))
    } catch (error) {
      if (!(error instanceof PgextError)) throw error
      errors.set(name, error)
    }
  }
  return {named, errors}
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {withFileTypes: true}).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new PgextError('bad-file', `can't read ${folder}: ${error.message}`, {cause: error})
  })
  const names: string[] = []
  for (const entry of entries.filter(({name}) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory()) for (const name of await namesIn(join(folder, entry.name))) names.push(`${entry.name}/${name}`)
    else if (entry.name.endsWith('.sql')) names.push(entry.name.slice(0, -'.sql'.length))
  }
  return names
}

export async function readNamed(name: string, text: string, file: string): Promise<Named> {
  const {statement, comments} = await readHead(text, file)
  let named: Named = {name, text, file, names: [], types: [], static: false, reads: []}
  for (const {text: comment, where} of comments) {
    const [, directive, value = ''] = /^--\s*pgext:(\S*)[ \t]*(.*)$/.exec(comment) ?? []
    if (directive !== undefined) named = {...named, ...(await said(directive, value.trim(), where, statement))}
  }
  if (named.names.length === 0 && statement.parameters > 0)
    throw new PgextError('bad-sql', `${file} has $1, which it gives no name`, {
      hint: 'write above it, for example: -- pgext:params status text, room int',
      where: statement.where(statement.places[0]!.start),
    })
  return named
}

const KNOWN: Readonly<Record<string, string>> = {
  params: 'status text, room int',
  reads: 'public.task, sales.orders',
  key: 'id',
  throttle: '500ms',
  static: '',
}

async function said(directive: string, value: string, where: Where, statement: Statement): Promise<Partial<Named>> {
  const wrong = (message: string) =>
    new PgextError('bad-sql', message, {hint: `for example: -- pgext:${directive} ${KNOWN[directive]}`.trimEnd(), where})
  switch (directive) {
    case 'params':
      return readParams(value, statement, wrong)
    case 'reads':
    case 'key': {
      const list = value.split(',').map((one) => one.trim())
      if (list.includes('')) throw wrong(`pgext:${directive} needs a list of names`)
      return {[directive]: list}
    }
    case 'throttle': {
      const [, number] = /^(\d{1,6}) *(ms)?$/.exec(value) ?? []
      if (number === undefined) throw wrong('pgext:throttle needs milliseconds')
      return {throttleMs: Number(number)}
    }
    case 'static':
      if (value !== '') throw wrong('pgext:static stands by itself')
      return {static: true}
  }
  throw new PgextError('bad-sql', `there is no directive pgext:${directive} for a query`, {
    hint: Object.entries(KNOWN)
      .map(([name, example]) => `-- pgext:${name} ${example}`.trimEnd())
      .join('; '),
    where,
  })
}

/** They stand as a function's parameters do. */
async function readParams(
  value: string,
  {parameters}: Statement,
  wrong: (message: string) => PgextError,
): Promise<Partial<Named>> {
  const parsed = await parse(`create function f(${value}) returns void language sql as ''`).catch(() => [])
  const list: Tree[] = (parsed[0]?.stmt.CreateFunctionStmt?.parameters ?? []).map((item: Tree) => item.FunctionParameter)
  const names = list.map(({name}) => name)
  const types = list.map(({argType}) => typeText(argType, quoteNames))
  if (parsed.length !== 1 || list.length === 0 || names.includes(undefined) || types.includes(undefined))
    throw wrong('pgext:params needs names with their types')
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw wrong(`pgext:params names ${twice} twice`)
  if (names.length < parameters) throw wrong(`the query has $${parameters}, but pgext:params names ${names.length}`)
  return {names, types: types as string[]}
}
