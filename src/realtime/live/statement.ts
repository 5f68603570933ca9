// The text of a query in, the statements that run it out: once, or for many sets of parameters.
import {PgextError, type Where} from '../../errors.ts'
import {scan, walk} from '../../postgres/parse.ts'
import {type Statement as Split, splitStatements} from '../../postgres/statements.ts'
import {type Input, readingOf, setsFrom} from './input.ts'

export interface Statement {
  /** without comments above it and a semicolon behind it */
  readonly sql: string
  /** its parse tree */
  readonly tree: unknown
  /** where $1, $2, … stand in it */
  readonly places: readonly Place[]
  /** 3 where there is a $3, and no $4 */
  readonly parameters: number
  /** it has an ORDER BY */
  readonly isOrdered: boolean
  /** a place in it (from 0) as one of the text that it was read from */
  readonly where: (at: number) => Where
}

interface Place {
  readonly start: number
  readonly end: number
  /** 1 of $1 */
  readonly number: number
}

/** One of these in a SELECT would write. */
const WRITES: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'intoClause'])
/** FOR UPDATE and its like take locks, which what only reads may not. */
const LOCKS = 'LockingClause'

/**
 * @param file what errors call the text; empty: it was handed over by a program
 * @throws PgextError `bad-sql` with its place, where it can't be read or is not one SELECT
 */
export async function readStatement(text: string, file = ''): Promise<Statement> {
  return (await readHead(text, file)).statement
}

/** A comment above it. */
export interface Remark {
  readonly text: string
  readonly where: Where
}

export async function readHead(text: string, file: string): Promise<{statement: Statement; comments: readonly Remark[]}> {
  const statements = await splitStatements(text, file)
  const [first, second] = statements
  if (!first) throw new PgextError('bad-sql', `${file || 'the query'} holds no statement`, {hint: 'a live query is one SELECT'})
  if (second) throw refused('a live query is one statement', second, text)
  if (first.kind !== 'SelectStmt') throw refused('a live query is a SELECT', first, text)
  walk({SelectStmt: first.node}, (name) => {
    if (WRITES.has(name)) throw refused('a live query only reads', first, text)
    if (name === LOCKS) throw refused('a live query locks no rows', first, text)
  })
  const places = await placesIn(first.sql)
  const where = (at: number): Where => whereIn(text, file, first.start + at)
  const parameters = Math.max(0, ...places.map(({number}) => number))
  const comments = first.comments.map((comment) => ({text: comment.text, where: whereIn(text, file, comment.start)}))
  const isOrdered = (first.node.sortClause ?? []).length > 0
  return {statement: {sql: first.sql, tree: first.node, places, parameters, isOrdered, where}, comments}
}

async function placesIn(sql: string): Promise<Place[]> {
  const bytes = Buffer.from(sql)
  const tokens = (await scan(sql)).filter(({name}) => name === 'PARAM')
  return tokens.map(({start, end, text}) => ({
    start: bytes.toString('utf8', 0, start).length,
    end: bytes.toString('utf8', 0, end).length,
    number: Number(text.slice(1)),
  }))
}

/** At most `rows` of them, and one more to tell that there are more. A subquery's order stays. */
export function single({sql}: Statement, rows: number): string {
  return `select pgext_row.* from (\n${sql}\n) pgext_row limit ${rows + 1}`
}

/**
 * For sets of parameters: an array for each of $1, $2, … (`input.ts`); which set a row is of stands first in it, from 1.
 */
export function batched({sql, places}: Statement, inputs: readonly Input[], rows: number): string {
  let text = ''
  let at = 0
  for (const {start, end, number} of places) {
    text += `${sql.slice(at, start)} ${readingOf(inputs[number - 1]!, `pgext_set.p${number}`)} `
    at = end
  }
  const names = inputs.map((_, at) => `p${at + 1}, `).join('')
  return `select pgext_set.set, pgext_rows.*
    from ${setsFrom(inputs)} with ordinality as pgext_set (${names}set)
    cross join lateral (select pgext_row.* from (\n${text}${sql.slice(at)}\n) pgext_row limit ${rows + 1}) pgext_rows`
}

function refused(message: string, {kind, start, file}: Split, text: string): PgextError {
  return new PgextError('bad-sql', message, {hint: `this is ${kind.replace('Stmt', '')}`, where: whereIn(text, file, start)})
}

function whereIn(text: string, file: string, at: number): Where {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  return {file, line, column: before.length - before.lastIndexOf('\n'), text: text.split('\n')[line - 1]}
}
