// A body's tokens and statements in; what it may change of the schema on its way, by name, out: nobody can tell then what stands there.

import {BOOL} from '../kind.ts'
import type {Piece} from './piece.ts'
import {type Token, tokensOf} from './token.ts'
import type {Work} from './walk.ts'

export interface Touched {
  /** names in its DDL, and words in strings where it runs strings */
  readonly names: ReadonlySet<string>
  /** names without a schema are looked up elsewhere once it has begun */
  readonly movesPath: boolean
  /** it looks at catalogs, or at which server this is */
  readonly looksUp: boolean
  /** words in strings of its conditions */
  readonly asked: ReadonlySet<string>
}

/** These change nothing that a name could stand for. */
const PLAIN = new Set(
  `SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt CallStmt ExplainStmt TransactionStmt LockStmt NotifyStmt ListenStmt UnlistenStmt
   TruncateStmt VacuumStmt VariableSetStmt VariableShowStmt CopyStmt ReindexStmt RefreshMatViewStmt CheckPointStmt ConstraintsSetStmt
   CommentStmt GrantStmt IndexStmt`.split(/\s+/),
)

export async function touchedBy(
  body: string,
  tokens: readonly Token[],
  pieces: Iterable<Piece>,
  works: readonly Work[],
): Promise<Touched> {
  const names = new Set<string>()
  const asked = new Set<string>()
  const isDynamic = works.some(({role}) => role.kind === 'text')
  const conditions = works.filter(({role}) => role.kind === 'value' && role.type === BOOL).map(({span}) => span)
  const isAsked = ({from, to}: Token) => conditions.some((span) => span.from <= from && to <= span.to)
  for (const {kind, tree} of pieces) {
    if (!PLAIN.has(kind) || tree.intoClause) collect(kind === 'CreateTableAsStmt' ? tree.into : tree, names)
  }
  let movesPath = tokens.some(({text}) => text === 'search_path')
  for (const token of tokens) {
    const {kind, from, to} = token
    if (kind !== 'text') continue
    const text = body.slice(from, to)
    if (text.includes('search_path')) movesPath = true
    if (!isDynamic && !isAsked(token)) continue
    for (const word of await wordsIn(text)) {
      if (isDynamic) names.add(word)
      if (isAsked(token)) asked.add(word)
    }
  }
  const looksUp = tokens.some(({kind, text}) => kind === 'word' && (CATALOGS.has(text) || text.includes('version')))
  return {names, movesPath, looksUp, asked}
}

/** Where somebody looks who wants to know what is there. */
const CATALOGS = new Set(
  `to_regclass to_regproc to_regprocedure to_regtype to_regnamespace to_regrole information_schema pg_class pg_proc pg_tables pg_views pg_type
   pg_namespace pg_extension pg_available_extensions pg_attribute pg_trigger pg_constraint pg_index pg_indexes pg_matviews pg_roles
   pg_publication pg_sequences current_setting`.split(/\s+/),
)

function collect(tree: unknown, names: Set<string>): void {
  if (typeof tree === 'string') names.add(tree)
  if (typeof tree !== 'object' || tree === null) return
  for (const value of Object.values(tree)) collect(value, names)
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

async function wordsIn(text: string): Promise<string[]> {
  const words: string[] = []
  const {tokens} = await tokensOf(inside(text)).catch(() => ({tokens: [] as Token[]}))
  for (const {kind, text} of tokens) if (kind === 'word' || kind === 'name') words.push(text)
  return words
}
