// EXECUTE's text, where it is a constant, in; what is wrong in the statement that it holds out.

import type {Description} from '../../postgres/describe.ts'
import {positionOf} from '../../postgres/error.ts'
import {parse, SyntaxProblem} from '../../postgres/parse.ts'
import {characters} from '../../postgres/places.ts'
import type {Fault} from './fault.ts'
import {referencesIn} from './reference.ts'
import {becomes, type Place, type Result} from './result.ts'
import type {Role} from './work.ts'

export async function executed(result: Result, role: Extract<Role, {kind: 'text'}>, place: Place): Promise<Fault[]> {
  const {solved} = result
  const {piece} = solved
  const sql: string | undefined = piece.tree.targetList?.[0]?.ResTarget?.val?.A_Const?.sval?.sval
  if (sql === undefined || piece.tree.targetList.length !== 1 || piece.tree.fromClause) return []
  const start = solved.work.span.from
  // without escapes a place in the text is one in the body
  const written = place.routine.body.slice(start, solved.work.span.to)
  const shift = written.indexOf(sql)
  const at = (position: number | undefined) =>
    position === undefined || shift === -1 ? start : start + shift + characters(sql, position)
  const statements = await parse(sql).catch((error) => {
    if (error instanceof SyntaxProblem) return error
    throw error
  })
  if (statements instanceof SyntaxProblem) {
    return [{message: statements.message, sqlstate: '42601', at: at(statements.position)}]
  }
  // of several, the first may make what the next one needs
  if (statements.length !== 1) return []
  const [kind, tree] = Object.entries(statements[0]!.stmt)[0]!
  if (!ASKED.has(kind) || referencesIn({[kind]: tree}).relations.some((name) => place.understood.touched.names.has(name.at(-1)!)))
    return []
  const values = role.using.map((work) => place.understood.statements.find((one) => one.work === work)?.answer)
  const types = values.map((answer) => (answer && !(answer instanceof Error) ? (answer.columns[0]?.type ?? 0) : 0))
  const answer = await place.means.session.ask(place.means.path, {sql, types})
  if (answer instanceof Error) {
    return [{message: answer.message, sqlstate: answer.sqlstate ?? '', at: at(positionOf(answer)), hint: answer.hint}]
  }
  const {columns, parameters} = answer as Description
  if (parameters.length > types.length) {
    return [{message: `there is no parameter $${types.length + 1}`, sqlstate: '42P02', at: at(undefined)}]
  }
  return (await becomes({solved, columns}, role.role, place)).map((fault) => fault)
}

const ASKED = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'])
