// A PL/pgSQL routine in, what PostgreSQL would say of its statements when they run out.
import type {PgextError} from '../../errors.ts'
import {positionOf} from '../../postgres/error.ts'
import {RECORD, type Types} from '../kind.ts'
import type {Finding} from '../model.ts'
import type {Routine} from '../routine.ts'
import type {Session} from '../session.ts'
import {excuse} from './excuse.ts'
import {declaredTypes, outsideOf, type Variant} from './ground.ts'
import {parseBody} from './parse.ts'
import {type Piece, pieceOf, withStandins} from './piece.ts'
import {Unread} from './reader.ts'
import {type Solved, solve} from './solve.ts'
import {type Tokens, tokensOf} from './token.ts'
import {type Touched, touchedBy} from './touched.ts'
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
  readonly touched: Touched
}

/** Something found, and how sure it is that a call gets there. */
export interface Found extends Finding {
  readonly isConditional: boolean
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
  const all: Piece[] = []
  const {table} = variant
  const standins = [...new Set(table?.transitions)].map((name) => ({name, query: `select (null::${table!.name}).*`}))
  await Promise.all(
    walked.works.map(async (work) => {
      const piece = await pieceOf(text, tokens, work)
      if (!piece) return
      all.push(piece)
      if (isAnalysed(piece)) pieces.set(work, await withStandins(text, tokens, piece, standins))
    }),
  )
  const isDynamic = walked.works.some(({role}) => role.kind === 'text')
  const touched = await touchedBy(text, tokens, all, isDynamic)
  const unassigned = outside.variables.filter(
    ({isRecord, origin}) => isRecord && (origin !== 'out' || routine.returns === RECORD),
  )
  const feeds = [...unassigned.map((variable) => ({variable, at: 0})), ...walked.feeds]
  const ask = ({sql, types}: {sql: string; types: readonly number[]}) => session.ask(path, {sql, types})
  const solved = await solve(pieces, feeds, {ask, types, isColumn: means.isColumn, conflict: body.conflict})
  const statements = walked.works.flatMap((work) => solved.get(work) ?? [])
  return {...read, ...walked, variables: [...outside.variables, ...walked.variables], body, statements, touched}
}

/** Of other statements PostgreSQL knows nothing before it runs them. */
const ANALYSED = new Set(
  'SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt CallStmt CreateTableAsStmt ExplainStmt'.split(' '),
)
const isAnalysed = ({kind}: Piece): boolean => ANALYSED.has(kind)

export async function checkPlpgsql(routine: Routine, variant: Variant, means: Means): Promise<Found[]> {
  const understood = await statementsOf(routine, variant, means)
  if (!understood) return []
  const found = await Promise.all(
    understood.statements.flatMap((solved) =>
      faultsOf(solved).map(async ({at, sqlstate, message, hint}): Promise<Found[]> => {
        const excused = await excuse(sqlstate, at, solved, understood, means)
        if (excused === 'silent') return []
        const {isConditional} = solved.work
        return [{routine: routine.id, level: excused ?? 'error', rule: 'statement', message, sqlstate, at, hint, isConditional}]
      }),
    ),
  )
  return found.flat()
}

interface Fault {
  readonly message: string
  readonly sqlstate: string
  readonly at: number
  readonly hint?: string
}

function faultsOf({answer, ambiguous, missing, bound, work}: Solved): Fault[] {
  if (ambiguous.length > 0) {
    return ambiguous.map(({reference, at}) => ({
      message: `column reference "${reference.names.join('.')}" is ambiguous`,
      sqlstate: '42702',
      at,
      hint: 'it could refer to either a PL/pgSQL variable or a table column: put the table, or the name of the function, before it',
    }))
  }
  if (missing.length > 0) {
    return missing.map(({variable, field, at}) => ({
      message: `record "${variable.name}" has no field "${field}"`,
      sqlstate: '42703',
      at,
    }))
  }
  if (!(answer instanceof Error)) return []
  const sqlstate = answer.sqlstate ?? ''
  if (sqlstate === '42501' || (bound.isVague && !CERTAIN.has(sqlstate))) return []
  return [{message: answer.message, sqlstate, at: placeOf(answer, bound.at, work.span.from), hint: answer.hint}]
}

/** What is wrong whatever the types of variables are. */
const CERTAIN = new Set(['42P01', '42703', '3F000'])

export function placeOf(error: PgextError, at: (position: number) => number, otherwise: number): number {
  const position = positionOf(error)
  return position === undefined ? otherwise : at(position)
}
