// A file's text in, its statements out: each with its parse tree, its place, and the comments above it.
import type {Tree} from './parse.ts'
import {cut} from './pieces.ts'
import {lines, offsets} from './places.ts'

export {placeOf} from './places.ts'

export interface Statement {
  /** without the semicolon and the comments above it */
  readonly sql: string
  /** the parse node's name: 'CreateStmt'; 'Unparsed' for what PostgreSQL 18 can't read, with `node.problem`, a PgextError */
  readonly kind: string
  readonly node: Tree
  readonly file: string
  /** of its first word: characters of the file from 0; line and column from 1 */
  readonly start: number
  readonly line: number
  readonly column: number
  readonly comments: readonly Comment[]
  /** a byte position of its tree (`location`) as an offset into `sql` */
  readonly offset: (location: number) => number
}

export interface Comment {
  readonly text: string
  readonly start: number
  /** nothing but blanks stands before it on its line */
  readonly alone: boolean
}

export interface Split {
  readonly statements: readonly Statement[]
  /** comments after the last statement */
  readonly trailing: readonly Comment[]
  readonly notes: readonly string[]
}

/** One behind the other: a comment at the end of one must not take its semicolon along. */
export const scriptOf = (statements: readonly Pick<Statement, 'sql'>[]): string =>
  statements.map(({sql}) => (sql.slice(sql.lastIndexOf('\n') + 1).includes('--') ? `${sql}\n;\n` : `${sql};\n`)).join('')

/** A text's statements, in order. */
export async function splitStatements(text: string, file: string): Promise<readonly Statement[]> {
  const {statements} = await split(text, file)
  for (const {kind, node} of statements) if (kind === 'Unparsed') throw node.problem
  return statements
}

/** Statements, and what stood between them. */
export async function split(text: string, file: string, hasRows = false): Promise<Split> {
  const {pieces, notes} = await cut(text, file, hasRows)
  const at = lines(text)
  const statements: Statement[] = []
  let loose: Comment[] = []
  for (const piece of pieces) {
    const offset = offsets(piece.text)
    let end = 0
    for (const {stmt, stmt_location = 0, stmt_len} of piece.parsed) {
      const from = offset(stmt_location)
      const to = stmt_len === undefined ? piece.text.length : offset(stmt_location + stmt_len)
      const {comments, next} = skipBlanks(text, piece.start + end, piece.start + to)
      const start = Math.max(next, piece.start + from)
      const [kind, node] = Object.entries(stmt)[0] as [string, Tree]
      const sql = text
        .slice(start, piece.start + to)
        .slice(0, kind === 'Unparsed' && text[piece.start + to - 1] === ';' ? -1 : undefined)
        .trimEnd()
      let local: ((location: number) => number) | undefined
      const before = stmt_location + Buffer.byteLength(text.slice(piece.start + from, start))
      statements.push({
        sql,
        kind,
        node,
        file,
        start,
        ...at(start),
        comments: [...loose, ...comments],
        offset: (location) => {
          local ??= offsets(sql)
          return local(location - before)
        },
      })
      loose = []
      end = to
    }
    loose.push(...skipBlanks(text, piece.start + end, piece.start + piece.text.length).comments)
  }
  return {statements, trailing: loose, notes}
}

/** White space, comments and stray semicolons from `at` on; where the first word stands. */
function skipBlanks(text: string, at: number, end: number): {comments: Comment[]; next: number} {
  const comments: Comment[] = []
  const found = (to: number) => {
    const before = text.slice(text.lastIndexOf('\n', at - 1) + 1, at)
    comments.push({text: text.slice(at, to), start: at, alone: before.trim() === ''})
    at = to
  }
  while (at < end) {
    if (text.startsWith('--', at)) {
      const to = text.indexOf('\n', at)
      found(to === -1 || to > end ? end : to)
    } else if (text.startsWith('/*', at)) {
      found(commentEnd(text, at, end))
    } else if (text[at] === ';' || text[at]!.trim() === '') {
      at++
    } else break
  }
  return {comments, next: at}
}

/** Block comments nest in PostgreSQL. */
function commentEnd(text: string, at: number, end: number): number {
  let depth = 0
  while (at < end) {
    if (text.startsWith('/*', at)) depth++
    else if (text.startsWith('*/', at)) depth--
    else {
      at++
      continue
    }
    at += 2
    if (depth === 0) return at
  }
  return end
}
