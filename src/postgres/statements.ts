// A file's text in, its statements out: each with its parse tree, its place, and the comments above it.
import {PgextError, type Where} from '../errors.ts'
import {type Parsed, parse, SyntaxProblem, scan, type Tree} from './parse.ts'

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

/** A text's statements, in order. */
export async function splitStatements(text: string, file: string): Promise<readonly Statement[]> {
  const {statements} = await split(text, file)
  for (const {kind, node} of statements) if (kind === 'Unparsed') throw node.problem
  return statements
}

/** Statements, and what stood between them. */
export async function split(text: string, file: string): Promise<Split> {
  const {pieces, notes} = await cut(text, file)
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

/** A place in the file's text, with its line for the caret. */
export function placeOf(text: string, start: number, file: string): Where {
  const from = text.lastIndexOf('\n', start - 1) + 1
  const to = text.indexOf('\n', start)
  const line = text.slice(0, from).split('\n').length
  return {file, line, column: start - from + 1, text: text.slice(from, to === -1 ? undefined : to)}
}

interface Piece {
  readonly start: number
  readonly text: string
  readonly parsed: readonly Parsed[]
}

/**
 * psql's backslash lines (\\restrict, \\connect) are no SQL: the text is cut at each that stands between statements.
 * Whether it does is told by the parser: what precedes it parses, and its last statement has its semicolon.
 */
async function cut(text: string, file: string): Promise<{pieces: Piece[]; notes: string[]}> {
  const pieces: Piece[] = []
  const notes: string[] = []
  let start = 0
  let from = 0
  for (;;) {
    const end = backslashLine(text, from)
    const found = await parseSpan({text, start, end: end ?? text.length, file}, end === undefined)
    if (end === undefined) return {pieces: [...pieces, ...found!], notes}
    const newline = text.indexOf('\n', end)
    from = newline === -1 ? text.length : newline + 1
    const last = found?.at(-1)?.parsed.at(-1)
    if (!found || (last && last.stmt_len === undefined)) continue
    pieces.push(...found)
    refuseRows(last, text, end, file)
    notes.push(
      `${file}:${placeOf(text, end, file).line}: the psql command ${text.slice(end, from).trim().split(/\s/)[0]} was skipped`,
    )
    start = from
  }
}

/** The first line from `from` on that begins with a backslash. */
function backslashLine(text: string, from: number): number | undefined {
  if (text[from] === '\\') return from
  const newline = text.indexOf('\n\\', from)
  return newline === -1 ? undefined : newline + 1
}

interface Span {
  readonly text: string
  readonly start: number
  readonly end: number
  readonly file: string
}

const INCOMPLETE = /^unterminated|at end of input$/

/** Nothing when the span ends within a statement. */
async function parseSpan(span: Span, isLast: boolean): Promise<Piece[] | undefined> {
  const {text, start, end, file} = span
  const piece = text.slice(start, end)
  try {
    return [{start, text: piece, parsed: await parse(piece)}]
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error
    if (!isLast && INCOMPLETE.test(error.message)) return undefined
    const at = start + characters(piece, error.position)
    const problem = new PgextError('bad-sql', error.message, {where: placeOf(text, at, file), sqlstate: '42601'})
    const lineStart = text.lastIndexOf('\n', at - 1) + 1
    const before = lineStart > start ? await parse(text.slice(start, lineStart)).catch(() => []) : []
    refuseRows(before.at(-1), text, lineStart, file)
    const bounds = await boundsOf(piece).catch(() => undefined)
    if (!bounds) throw problem
    return parseEach(span, bounds, problem)
  }
}

/** Older servers took words as names that 18 reserves: such statements are left to the server, the rest is parsed. */
async function parseEach({text, start, file}: Span, bounds: readonly number[], first: PgextError): Promise<Piece[]> {
  const pieces: Piece[] = []
  let [from, problems] = [start, 0]
  for (const bound of bounds) {
    const piece = text.slice(from, start + bound)
    try {
      pieces.push({start: from, text: piece, parsed: await parse(piece)})
    } catch (error) {
      if (!(error instanceof SyntaxProblem) || ++problems > MANY) throw first
      const where = placeOf(text, from + characters(piece, error.position), file)
      const problem = new PgextError('bad-sql', error.message, {where, sqlstate: '42601'})
      pieces.push({start: from, text: piece, parsed: [{stmt: {Unparsed: {problem}}}]})
    }
    from = start + bound
  }
  return pieces
}

/** So many statements that 18 can't read are no accident. */
const MANY = 200

/** Where statements end, behind their semicolons, by the scanner's tokens; not those in parentheses or BEGIN ATOMIC … END. */
async function boundsOf(text: string): Promise<number[]> {
  const offset = offsets(text)
  const bounds: number[] = []
  let [depth, inside, previous] = [0, 0, '']
  for (const token of await scan(text)) {
    const word = token.text.toLowerCase()
    if (word === '(') depth++
    else if (word === ')') depth = Math.max(0, depth - 1)
    else if (word === 'atomic' && previous === 'begin') inside = 1
    else if (inside > 0 && word === 'case') inside++
    else if (inside > 0 && word === 'end') inside--
    previous = word
    if (word === ';' && depth === 0 && inside === 0) bounds.push(offset(token.end))
  }
  if (bounds.at(-1) !== text.length) bounds.push(text.length)
  return bounds
}

/** COPY … FROM stdin is followed by rows, which are no SQL. */
function refuseRows(last: Parsed | undefined, text: string, at: number, file: string): void {
  const copy = last?.stmt.CopyStmt
  if (!copy?.is_from || copy.filename) return
  throw new PgextError('bad-sql', 'rows do not belong in a schema file', {
    hint: 'move COPY and its rows to seed.sql, or dump the schema alone: pg_dump --schema-only',
    where: placeOf(text, at, file),
  })
}

/** Code points from the start as an index into the string. */
function characters(text: string, count: number): number {
  let at = 0
  for (let n = 0; n < count && at < text.length; n++) at += text.codePointAt(at)! > 0xffff ? 2 : 1
  return Math.min(at, text.length)
}

/** Bytes of UTF-8 as an index into the string; fast when asked in ascending order. */
function offsets(text: string): (bytes: number) => number {
  if (Buffer.byteLength(text) === text.length) return (bytes) => Math.min(bytes, text.length)
  let at = 0
  let passed = 0
  return (bytes) => {
    if (bytes < passed) {
      at = 0
      passed = 0
    }
    while (passed < bytes && at < text.length) {
      const code = text.codePointAt(at)!
      passed += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
      at += code > 0xffff ? 2 : 1
    }
    return at
  }
}

/** Line and column of ascending offsets. */
function lines(text: string): (start: number) => {line: number; column: number} {
  let line = 1
  let from = 0
  return (start) => {
    for (let next = text.indexOf('\n', from); next !== -1 && next < start; next = text.indexOf('\n', from)) {
      line++
      from = next + 1
    }
    return {line, column: start - from + 1}
  }
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
