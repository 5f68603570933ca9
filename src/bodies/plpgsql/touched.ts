// A body's tokens and statements in; what it may change of the schema on its way, by name, out: nobody can tell then what stands there.

import {parse, type Tree} from '../../postgres/parse.ts'
import type {Piece} from './piece.ts'
import {type Token, tokensOf} from './token.ts'
import type {Span} from './tree.ts'

export interface Touched {
  /** relations, functions, types and schemas that it makes, changes or drops */
  readonly names: ReadonlySet<string>
  /** of them, those that are there only then */
  readonly made: ReadonlySet<string>
  /** names without a schema are looked up elsewhere once it has begun */
  readonly movesPath: boolean
}

export async function touchedBy(
  body: string,
  tokens: readonly Token[],
  pieces: Iterable<Piece>,
  isDynamic: boolean,
): Promise<Touched> {
  const names = new Set<string>()
  const made = new Set<string>()
  const touched = {names, made}
  for (const {kind, tree} of pieces) touch(kind, tree, touched)
  let movesPath = tokens.some(({text}) => text === 'search_path')
  for (const {kind, from, to} of tokens) {
    if (kind !== 'text') continue
    const text = body.slice(from, to)
    if (text.includes('search_path')) movesPath = true
    if (isDynamic) await touchIn(inside(text), touched)
  }
  return {names, made, movesPath}
}

/** These make and change nothing that has a name. */
const PLAIN = new Set(
  `InsertStmt UpdateStmt DeleteStmt MergeStmt CallStmt ExplainStmt TransactionStmt LockStmt NotifyStmt ListenStmt UnlistenStmt
   TruncateStmt VacuumStmt VariableSetStmt VariableShowStmt CopyStmt ReindexStmt RefreshMatViewStmt CheckPointStmt ConstraintsSetStmt
   CommentStmt GrantStmt IndexStmt`.split(/\s+/),
)

interface Sets {
  readonly names: Set<string>
  readonly made: Set<string>
}

function touch(kind: string, tree: Tree, {names, made}: Sets): void {
  if (PLAIN.has(kind)) return
  const relation = tree.intoClause?.rel ?? tree.into?.rel ?? tree.relation ?? tree.view ?? tree.sequence ?? tree.typevar
  if (relation) names.add(relation.relname)
  if (relation && kind !== 'AlterTableStmt' && kind !== 'RenameStmt') made.add(relation.relname)
  if (typeof tree.newname === 'string') for (const set of [names, made]) set.add(tree.newname)
  if (kind === 'SelectStmt' || kind === 'CreateTableAsStmt' || kind === 'CreateStmt' || kind === 'AlterTableStmt' || relation)
    return
  if (kind === 'DropStmt') {
    collect(tree, names)
    return
  }
  for (const set of [names, made])
    collect(tree.funcname ?? tree.defnames ?? tree.typeName ?? tree.domainname ?? tree.schemaname ?? tree, set)
}

function collect(tree: unknown, names: Set<string>): void {
  if (typeof tree === 'string') names.add(tree)
  if (typeof tree !== 'object' || tree === null) return
  for (const value of Object.values(tree)) collect(value, names)
}

/** A string that may be run: read as SQL where that goes, else each of its words counts. */
async function touchIn(text: string, touched: Sets): Promise<void> {
  const {tokens} = await tokensOf(text).catch(() => ({tokens: [] as Token[]}))
  if (!tokens.some(({text}) => text === 'create' || text === 'alter' || text === 'drop' || text === 'into')) return
  const statements = await parse(text).catch(() => undefined)
  for (const {stmt} of statements ?? []) for (const [kind, tree] of Object.entries(stmt)) touch(kind, tree, touched)
  if (statements) return
  const first = tokens.findIndex(({text}) => text === 'create' || text === 'alter' || text === 'drop')
  for (const {kind, text} of first === -1 ? [] : tokens.slice(first)) {
    if (kind !== 'word' && kind !== 'name') continue
    touched.names.add(text)
    touched.made.add(text)
  }
}

/** Where somebody looks who wants to know what is there: whatever it is, */
const ANYTHING = words('pg_namespace pg_extension pg_available_extensions information_schema to_regnamespace')
/** or by what is said of it where it is not. */
const CATALOGS: Readonly<Record<string, ReadonlySet<string>>> = {
  '42P01': words('pg_class pg_tables pg_views pg_matviews pg_sequences pg_publication to_regclass'),
  '42883': words('pg_proc to_regproc to_regprocedure'),
  '42703': words('pg_attribute'),
  '42704': words('pg_type to_regtype'),
  '3F000': words('pg_proc pg_class pg_tables to_regclass to_regproc to_regprocedure'),
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '))
}

/** An alias of one letter stands in many a string. */
const wordsOf = (text: string): string[] => text.split(/[^\p{L}\p{N}_$]+/u)

/** Whether a condition looks at catalogs, or at which server this is; or asks for one of these names. */
export function looksUp(body: string, tokens: readonly Token[], span: Span, sqlstate: string, names: readonly string[]): boolean {
  const here = tokens.filter(({from, to}) => span.from <= from && to <= span.to)
  return here.some(({kind, text, from, to}, at) => {
    if (kind === 'text') {
      const said = body.slice(from, to)
      return said.includes('server_version') || wordsOf(said).some((word) => names.includes(word))
    }
    if (kind !== 'word') return false
    if (ANYTHING.has(text) || CATALOGS[sqlstate]?.has(text)) return true
    return text.includes('version') && here[at + 1]?.text === '('
  })
}

/** Whether a body, or a string in it, makes something of that name; `tmp_%I` and `'tmp_' ||` make all that begin so. */
export async function makes(text: string, name: string, isString = false): Promise<boolean> {
  const {tokens} = await tokensOf(text).catch(() => ({tokens: [] as Token[]}))
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'text' && (await makes(inside(text.slice(token.from, token.to)), name, true))) return true
    if (token.kind !== 'word' && token.kind !== 'name') continue
    const next = tokens[at + 1]
    const isOpen = isString && (!next || (next.text === '%' && next.from === token.to))
    if (token.text !== name && !(isOpen && name.startsWith(token.text))) continue
    const before = tokens.slice(Math.max(0, at - 9), at).map(({text}) => text)
    const words = before.slice(before.lastIndexOf(';') + 1)
    if (words.includes('create') || (words.includes('rename') && words.includes('to'))) return true
    if (words.includes('into') && words.some((word) => word === 'temp' || word === 'temporary' || word === 'table')) return true
  }
  return false
}

/** Without its quotes; what is escaped in it matters to no name. */
export const inside = (text: string): string =>
  text.startsWith('$')
    ? text.slice(text.indexOf('$', 1) + 1, text.lastIndexOf('$', text.length - 2))
    : text.slice(text.indexOf("'") + 1, -1)
