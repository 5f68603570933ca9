// A PL/pgSQL routine in, what PostgreSQL would say of its statements when they run out.
import type {PgextError} from '../../errors.ts'
import {positionOf} from '../../postgres/error.ts'
import {RECORD, type Types} from '../kind.ts'
import type {Finding} from '../model.ts'
import type {Routine} from '../routine.ts'
import type {Session} from '../session.ts'
import {declaredTypes, outsideOf, type Variant} from './ground.ts'
import {parseBody} from './parse.ts'
import {type Piece, pieceOf} from './piece.ts'
import {Unread} from './reader.ts'
import {type Solved, solve} from './solve.ts'
import {type Tokens, tokensOf} from './token.ts'
import type {Body} from './tree.ts'
import {type Walked, type Work, walkBody} from './walk.ts'

/** What all bodies are asked about with. */
export interface Means {
  readonly session: Session
  readonly types: Types
  /** types by what bodies say of them */
  readonly known: Map<string, Promise<{type: number; isRow: boolean}>>
  readonly isColumn: (name: string) => Promise<boolean>
  readonly path: string
}

/** A body with everything in it that PostgreSQL has been asked about. */
export interface Understood extends Tokens, Walked {
  readonly body: Body
  /** in the order of the body */
  readonly statements: readonly Solved[]
}

/** A body's statements, with the types of their variables; undefined: its grammar has more than is known here. */
export async function statementsOf(routine: Routine, variant: Variant, means: Means): Promise<Understood | undefined> {
  const {session, types, path} = means
  const text = routine.body
  const read = await tokensOf(text)
  const {tokens} = read
  let body: Body
  try {
    body = parseBody(tokens)
  } catch (error) {
    if (error instanceof Unread) return undefined
    throw error
  }
  const [outside, typeOf] = await Promise.all([
    outsideOf(routine, variant, types),
    declaredTypes(text, tokens, body.block, path, means),
  ])
  const walked = walkBody(body.block, outside.scope, typeOf, text, outside.variables.length)
  const pieces = new Map<Work, Piece>()
  await Promise.all(
    walked.works.map(async (work) => {
      const piece = await pieceOf(text, tokens, work)
      if (piece && isAnalysed(piece)) pieces.set(work, piece)
    }),
  )
  const unassigned = outside.variables.filter(
    ({isRecord, origin}) => isRecord && (origin !== 'out' || routine.returns === RECORD),
  )
  const feeds = [...unassigned.map((variable) => ({variable, at: 0})), ...walked.feeds]
  const ask = ({sql, types}: {sql: string; types: readonly number[]}) => session.ask(path, {sql, types})
  const solved = await solve(pieces, feeds, {ask, types, isColumn: means.isColumn, conflict: body.conflict})
  const statements = walked.works.flatMap((work) => solved.get(work) ?? [])
  return {...read, ...walked, variables: [...outside.variables, ...walked.variables], body, statements}
}

/** Of other statements PostgreSQL knows nothing before it runs them. */
const ANALYSED = new Set(
  'SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt CallStmt CreateTableAsStmt ExplainStmt'.split(' '),
)
const isAnalysed = ({kind}: Piece): boolean => ANALYSED.has(kind)

export async function checkPlpgsql(routine: Routine, variant: Variant, means: Means): Promise<Finding[]> {
  const understood = await statementsOf(routine, variant, means)
  if (!understood) return []
  return understood.statements.flatMap((solved) => findingsOf(routine, solved))
}

function findingsOf(routine: Routine, {answer, ambiguous, missing, bound, work}: Solved): Finding[] {
  const finding = (message: string, sqlstate: string, at: number, hint?: string): Finding => ({
    routine: routine.id,
    level: 'error',
    rule: 'statement',
    message,
    sqlstate,
    at,
    hint,
  })
  if (ambiguous.length > 0) {
    return ambiguous.map(({reference, at}) =>
      finding(
        `column reference "${reference.names.join('.')}" is ambiguous`,
        '42702',
        at,
        'it could refer to either a PL/pgSQL variable or a table column: put the table, or the name of the function, before it',
      ),
    )
  }
  if (missing.length > 0) {
    return missing.map(({variable, field, at}) => finding(`record "${variable.name}" has no field "${field}"`, '42703', at))
  }
  if (!(answer instanceof Error)) return []
  if (bound.isVague && !CERTAIN.has(answer.sqlstate ?? '')) return []
  return [finding(answer.message, answer.sqlstate!, placeOf(answer, bound.at, work.span.from), answer.hint)]
}

/** What is wrong whatever the types of variables are. */
const CERTAIN = new Set(['42P01', '42703', '3F000'])

export function placeOf(error: PgextError, at: (position: number) => number, otherwise: number): number {
  const position = positionOf(error)
  return position === undefined ? otherwise : at(position)
}
