// SQL text in, PostgreSQL's own parse trees and tokens out. The only file that knows libpg-query.

/** A node of PostgreSQL's parse tree, as JSON. */
export type Tree = Record<string, any>

export interface Parsed {
  readonly stmt: Tree
  /** bytes of UTF-8 */
  readonly stmt_location?: number
  /** bytes of UTF-8; absent when no semicolon ends the statement */
  readonly stmt_len?: number
}

export interface Token {
  /** bytes of UTF-8 */
  readonly start: number
  readonly end: number
  readonly name: string
  readonly text: string
}

/** PostgreSQL's parser refuses the text. */
export class SyntaxProblem extends Error {
  /** characters (code points) before the offending one */
  readonly position: number

  constructor(message: string, position: number) {
    super(message)
    this.name = 'SyntaxProblem'
    this.position = position
  }
}

/** The parser, which has the memory of a WASM module, ends in the middle of a text. */
export class NoRoom extends Error {}

// loaded when first needed: most of `pgext --help` should not wait for 1.7 MB of WASM
const library = async () => {
  const pg = await import('libpg-query')
  await pg.loadModule()
  return pg
}

export async function parse(sql: string): Promise<Parsed[]> {
  const pg = await library()
  if (sql.trim() === '') return []
  try {
    return (pg.parseSync(sql) as {stmts?: Parsed[]}).stmts ?? []
  } catch (error) {
    if (pg.hasSqlDetails(error)) throw new SyntaxProblem(error.message, error.sqlDetails?.cursorPosition ?? 0)
    // how a WASM module says that it has ended
    if (!(error instanceof Error)) throw new NoRoom('out of memory', {cause: error})
    throw error
  }
}

export async function scan(sql: string): Promise<Token[]> {
  const pg = await library()
  if (sql.trim() === '') return []
  return pg.scanSync(sql).tokens.map(({start, end, tokenName, text}) => ({start, end, name: tokenName, text}))
}

/** Every node of the tree, from the outside in: its name and its fields. Fields without a name of their own are visited under `''`. */
export function walk(tree: unknown, visit: (name: string, node: Tree) => void, name = ''): void {
  if (Array.isArray(tree)) {
    for (const item of tree) walk(item, visit)
    return
  }
  if (typeof tree !== 'object' || tree === null) return
  visit(name, tree)
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'object' && value !== null) walk(value, visit, key)
  }
}

/** Roles by name, wherever a statement mentions one; not PUBLIC, not CURRENT_USER. */
export function rolesIn(tree: unknown): string[] {
  const roles = new Set<string>()
  walk(tree, (_, node) => {
    if (node.roletype === 'ROLESPEC_CSTRING') roles.add(node.rolename)
    // those of PostgreSQL's own are there, or nobody can make them
    for (const {AccessPriv} of (node.granted_roles ?? []) as Tree[])
      if (!AccessPriv.priv_name.startsWith('pg_')) roles.add(AccessPriv.priv_name)
  })
  return [...roles]
}

/** Tablespaces by name, wherever a statement puts something into one. */
export function tablespacesIn(tree: unknown): string[] {
  const names = new Set<unknown>()
  walk(tree, (_, node) => {
    for (const key of IN_TABLESPACE) names.add(node[key])
    if (node.subtype === 'AT_SetTableSpace') names.add(node.name)
    if (TABLESPACES.has(node.name) && node.kind === 'VAR_SET_VALUE')
      for (const arg of node.args ?? []) names.add(arg.A_Const?.sval?.sval)
  })
  return [...names].filter((name): name is string => typeof name === 'string' && name !== '')
}

const IN_TABLESPACE = [
  'tablespacename',
  'tableSpace',
  'tableSpaceName',
  'indexspace',
  'orig_tablespacename',
  'new_tablespacename',
]
/** settings that list them */
const TABLESPACES: ReadonlySet<string> = new Set(['default_tablespace', 'temp_tablespaces'])

/** Functions that an expression calls, as written: ['cron', 'schedule']. */
export function callsIn(tree: unknown): string[][] {
  const calls: string[][] = []
  walk(tree, (name, node) => {
    if ((name === 'FuncCall' || name === 'funccall') && node.funcname) calls.push(strings(node.funcname))
  })
  return calls
}

/** Tables, types and functions that a statement names, as written, wherever they stand. */
export function namesIn(tree: unknown): string[][] {
  const names: string[][] = []
  walk(tree, (_, node) => {
    if (typeof node.relname === 'string') names.push(rangeName(node))
    if (Array.isArray(node.funcname)) names.push(strings(node.funcname))
    if (Array.isArray(node.names) && 'typemod' in node) names.push(strings(node.names))
  })
  return names
}

/** [{String: {sval: 'a'}}, …] as ['a', …] */
export function strings(list: unknown): string[] {
  return (Array.isArray(list) ? list : []).flatMap((item: Tree) => (item.String ? [item.String.sval ?? ''] : []))
}

export function rangeName(range: Tree): string[] {
  return range.schemaname ? [range.schemaname, range.relname] : [range.relname]
}

/** A type as SQL that regtype and regprocedure read; nothing for `table.column%TYPE`. */
export function typeText(type: Tree, quote: (...parts: string[]) => string): string | undefined {
  if (type.pct_type) return undefined
  return quote(...strings(type.names)) + '[]'.repeat(type.arrayBounds?.length ?? 0)
}

/** The input types of CREATE FUNCTION's or CREATE AGGREGATE's parameters, as SQL. */
export function inputTypes(parameters: readonly Tree[] | undefined, quote: (...parts: string[]) => string): string | undefined {
  const types = (parameters ?? [])
    .map((item) => item.FunctionParameter as Tree)
    .filter(({mode}) => mode !== 'FUNC_PARAM_OUT' && mode !== 'FUNC_PARAM_TABLE')
    .map(({argType}) => typeText(argType, quote))
  return types.includes(undefined) ? undefined : types.join(', ')
}
