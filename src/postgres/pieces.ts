// A file's text in, pieces that PostgreSQL 18 parses out: without psql's lines, with what only older servers understand set apart.
import {PgextError} from '../errors.ts'
import {NoRoom, type Parsed, parse, SyntaxProblem, scan} from './parse.ts'
import {characters, offsets, placeOf} from './places.ts'

export interface Piece {
  readonly start: number
  readonly text: string
  readonly parsed: readonly Parsed[]
}

/**
 * psql's backslash lines (\\restrict, \\connect) are no SQL: the text is cut at each that stands between statements.
 * Whether it does is told by the parser: what precedes it parses, and its last statement has its semicolon.
 * @param hasRows rows behind COPY were there, and are blanked
 */
export async function cut(text: string, file: string, hasRows = false): Promise<{pieces: Piece[]; notes: string[]}> {
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
    if (!hasRows) refuseRows(last, text, end, file)
    refuseCommand(text, end, from, file)
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
    if (error instanceof NoRoom) throw tooLarge(piece, file)
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

function tooLarge(piece: string, file: string): PgextError {
  const size = (piece.length / 2 ** 20).toFixed(0)
  return new PgextError('not-supported', `${file}: PostgreSQL's parser has no room for ${size} MB of statements in one file`, {
    hint: 'rows belong in seed.sql or seeds/*.sql, of some MB each; statements in several files',
  })
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
    hint: 'write them to seed.sql as INSERT statements (pg_dump --data-only --inserts), or dump the schema alone: pg_dump --schema-only',
    where: placeOf(text, at, file),
  })
}

/** What psql would have read in from elsewhere can't be skipped without loss. */
function refuseCommand(text: string, start: number, end: number, file: string): void {
  const command = text.slice(start, end).trim().split(/\s/)[0]!
  if (!/^\\(i|ir|include|include_relative|copy|if|gexec)$/.test(command)) return
  throw new PgextError('bad-sql', `pgext can't carry out the psql command ${command}`, {
    hint: command === '\\copy' ? 'put rows into seed.sql' : 'list files under "schema" in pgext.json instead of including them',
    where: placeOf(text, start, file),
  })
}
