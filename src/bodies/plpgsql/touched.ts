// A body's tokens and statements in; what it may change of the schema on its way, by name, out: nobody can tell then what stands there.
import type {Piece} from './piece.ts'
import {type Token, tokensOf} from './token.ts'

export interface Touched {
  /** names in its DDL, and words in strings where it runs strings */
  readonly names: ReadonlySet<string>
  /** names without a schema are looked up elsewhere once it has begun */
  readonly movesPath: boolean
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
  isDynamic: boolean,
): Promise<Touched> {
  const names = new Set<string>()
  for (const {kind, tree} of pieces) {
    if (!PLAIN.has(kind) || tree.intoClause) collect(kind === 'CreateTableAsStmt' ? tree.into : tree, names)
  }
  let movesPath = tokens.some(({text}) => text === 'search_path')
  for (const {kind, from, to} of tokens) {
    if (kind !== 'text') continue
    const text = body.slice(from, to)
    if (text.includes('search_path')) movesPath = true
    if (isDynamic) for (const word of await wordsIn(text)) names.add(word)
  }
  return {names, movesPath}
}

function collect(tree: unknown, names: Set<string>): void {
  if (typeof tree === 'string') names.add(tree)
  if (typeof tree !== 'object' || tree === null) return
  for (const value of Object.values(tree)) collect(value, names)
}

/** Whether a body, or a string in it, makes a relation of that name. */
export async function makesRelation(text: string, name: string): Promise<boolean> {
  if (!text.toLowerCase().includes(name.toLowerCase())) return false
  const {tokens} = await tokensOf(text).catch(() => ({tokens: [] as Token[]}))
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'text' && (await makesRelation(inside(text.slice(token.from, token.to)), name))) return true
    if (token.text !== name || (token.kind !== 'word' && token.kind !== 'name')) continue
    const before = tokens.slice(Math.max(0, at - 9), at).map(({text}) => text)
    const last = before.lastIndexOf(';')
    const words = before.slice(last + 1)
    if (words.includes('create') && (words.includes('table') || words.includes('view'))) return true
    if (words.includes('into') && words.some((word) => word === 'temp' || word === 'temporary' || word === 'table')) return true
    if (words.includes('rename')) return true
  }
  return false
}

/** Without its quotes; what is escaped in it matters to no name. */
const inside = (text: string): string =>
  text.startsWith('$')
    ? text.slice(text.indexOf('$', 1) + 1, text.lastIndexOf('$', text.length - 2))
    : text.slice(text.indexOf("'") + 1, -1)

async function wordsIn(text: string): Promise<string[]> {
  const words: string[] = []
  const {tokens} = await tokensOf(inside(text)).catch(() => ({tokens: [] as Token[]}))
  for (const {kind, text} of tokens) if (kind === 'word' || kind === 'name') words.push(text)
  return words
}
