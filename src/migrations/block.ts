// A migration in, the parts that are committed as one out: BEGIN … COMMIT, or one statement outside.
import {PgextError} from '../errors.ts'
import {namesIn} from '../postgres/parse.ts'
import {placeOf, type Statement, split} from '../postgres/statements.ts'
import {checksumOf, type Migration} from './file.ts'

export interface Block {
  /** from 1 */
  readonly number: number
  /** setting: SET outside a transaction; it is run again when a half-done migration goes on in a new session */
  readonly kind: 'transaction' | 'lone' | 'setting'
  readonly begin?: Statement
  readonly end?: Statement
  /** without BEGIN and COMMIT */
  readonly statements: readonly Statement[]
  readonly line: number
  readonly checksum: string
}

export const OPENS: ReadonlySet<string> = new Set(['TRANS_STMT_BEGIN', 'TRANS_STMT_START'])
export const INSIDE: ReadonlySet<string> = new Set(['TRANS_STMT_SAVEPOINT', 'TRANS_STMT_RELEASE', 'TRANS_STMT_ROLLBACK_TO'])

/** The server's own version reads as our parser does: what that can't read need not be sent there. */
const PARSER_MAJOR = 18

/** The statements of a file; what only psql understands is refused. `major` is the server's that they are meant for. */
export async function statementsOf({text, path}: Migration, major: number): Promise<readonly Statement[]> {
  const {statements, notes} = await split(text, path).catch((error) => {
    throw isRows(error) ? noCopy(error.where) : error
  })
  if (notes[0]) throw noBackslash(text, path, notes[0])
  const broken = statements.find(({kind}) => kind === 'Unparsed')
  if (broken && major === PARSER_MAJOR) throw broken.node.problem
  const copy = statements.find(({kind, node}) => kind === 'CopyStmt' && !node.filename && !node.is_program)
  if (copy) throw noCopy(placeOf(text, copy.start, path))
  return statements
}

export async function cut(migration: Migration, major: number): Promise<readonly Block[]> {
  const {text, path} = migration
  const blocks: Block[] = []
  let begin: Statement | undefined
  let inside: Statement[] = []
  const add = (block: Pick<Block, 'kind' | 'statements' | 'begin' | 'end'>) => {
    const first = block.begin ?? block.statements[0]!
    const checksum = checksumOf(block.statements.map(({sql}) => sql).join(';\n'))
    blocks.push({...block, number: blocks.length + 1, line: first.line, checksum})
  }
  const refuse = (statement: Statement, message: string, hint: string) => {
    throw new PgextError('bad-file', message, {hint, where: placeOf(text, statement.start, path)})
  }
  for (const statement of await statementsOf(migration, major)) {
    if (statement.kind !== 'TransactionStmt') {
      if (begin) inside.push(statement)
      else add({kind: isSetting(statement) ? 'setting' : 'lone', statements: [statement]})
      continue
    }
    const {kind, chain} = statement.node
    if (OPENS.has(kind)) {
      if (begin) refuse(statement, `BEGIN inside the transaction of line ${begin.line}`, 'end that one first, with COMMIT')
      begin = statement
    } else if (kind === 'TRANS_STMT_COMMIT' && !chain) {
      if (!begin) refuse(statement, 'COMMIT without BEGIN', 'begin the transaction with BEGIN, or leave COMMIT out')
      if (inside.length > 0) add({kind: 'transaction', begin, end: statement, statements: inside})
      begin = undefined
      inside = []
    } else if (begin && INSIDE.has(kind)) {
      inside.push(statement)
    } else {
      refuse(statement, `a migration can't hold ${statement.sql}`, 'write transactions as BEGIN; … COMMIT;')
    }
  }
  if (begin) refuse(begin, 'BEGIN without COMMIT', 'end the transaction with COMMIT')
  return blocks
}

/** Changes the session and nothing else, so that it must be said again in a new one. */
export function isSetting({kind, node}: Statement): boolean {
  if (kind === 'DiscardStmt') return node.target === 'DISCARD_ALL'
  if (kind === 'VariableSetStmt') return !node.is_local && node.kind !== 'VAR_SET_MULTI'
  if (kind !== 'SelectStmt' || node.fromClause) return false
  const calls = namesIn(node).map((name) => name.at(-1))
  return (
    calls.includes('set_config') && calls.every((name) => name === 'set_config' || name === 'current_setting' || name === 'bool')
  )
}

/** Takes away what this session has set, and with DISCARD ALL the lock that it holds. */
export function wipesSession({kind, node}: Statement): boolean {
  return (
    (kind === 'DiscardStmt' && node.target === 'DISCARD_ALL') || (kind === 'VariableSetStmt' && node.kind === 'VAR_RESET_ALL')
  )
}

function isRows(error: unknown): error is PgextError {
  return error instanceof PgextError && error.message.startsWith('rows do not belong')
}

function noCopy(where: PgextError['where']): PgextError {
  return new PgextError('bad-file', 'COPY from stdin or to stdout has no place in a migration', {
    hint: 'write INSERT statements, or put rows that every environment needs into seed.sql',
    where,
  })
}

/** The splitter's note begins with the place, `file:line: …`. */
function noBackslash(text: string, path: string, note: string): PgextError {
  const line = Number.parseInt(note.slice(path.length + 1), 10)
  const start =
    text
      .split('\n')
      .slice(0, line - 1)
      .join('\n').length + (line > 1 ? 1 : 0)
  return new PgextError('bad-file', 'a psql command has no place in a migration', {
    hint: 'a migration holds plain SQL: leave lines that begin with a backslash out',
    where: placeOf(text, start, path),
  })
}
