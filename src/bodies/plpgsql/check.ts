// A PL/pgSQL routine in, what PostgreSQL would say of its statements when they run out.

import type {Catalogs} from '../catalogs.ts'
import {RECORD, type Types} from '../kind.ts'
import type {Finding} from '../model.ts'
import type {Routine} from '../routine.ts'
import type {Session} from '../session.ts'
import {noField, targetType} from './assign.ts'
import {excuse} from './excuse.ts'
import {type Fault, placeOf} from './fault.ts'
import {missingReturn} from './flow.ts'
import {declaredTypes, outsideOf, type Variant} from './ground.ts'
import {parseBody} from './parse.ts'
import {type Mention, type Piece, pieceOf, withStandins} from './piece.ts'
import {plannedFaults, spreadFaults} from './planned.ts'
import {Unread} from './reader.ts'
import {refusals, unfilled} from './refusal.ts'
import {type Place, resultFaults} from './result.ts'
import {type Solution, type Solved, solve} from './solve.ts'
import {temporariesIn, thereAt} from './temporary.ts'
import {type Tokens, tokensOf} from './token.ts'
import {type Touched, touchedBy} from './touched.ts'
import type {Body} from './tree.ts'
import {utilityFaults} from './utility.ts'
import {walkBody} from './walk.ts'
import type {Walked, Work} from './work.ts'

/** What all bodies are asked about with. */
export interface Means {
  readonly session: Session
  readonly types: Types
  /** types by what bodies say of them */
  readonly known: Map<string, Promise<{type: number; isRow: boolean}>>
  readonly catalogs: Catalogs
  readonly path: string
}

/** A body with everything in it that PostgreSQL has been asked about. */
export interface Understood extends Tokens, Walked, Pick<Solution, 'typeAt' | 'shapeAt' | 'isEmpty' | 'isOfRows'> {
  readonly body: Body
  /** in the order of the body */
  readonly statements: readonly Solved[]
  readonly touched: Touched
  /** statements that PostgreSQL does not look at before it runs them */
  readonly utilities: readonly {readonly work: Work; readonly piece: Piece}[]
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
  const made = new Map<Work, Piece>()
  await Promise.all(
    walked.works.map(async (work) => {
      const piece = await pieceOf(text, tokens, work)
      if (piece) made.set(work, piece)
    }),
  )
  const temporaries = await temporariesIn({routine, tokens, block: body.block, pieces: made, means})
  const {table} = variant
  const transitions = [...new Set(table?.transitions)].map((name) => ({name, query: `select (null::${table!.name}).*`}))
  const pieces = new Map<Work, Piece>()
  const utilities: {work: Work; piece: Piece}[] = []
  await Promise.all(
    [...made].map(async ([work, piece]) => {
      const standins = [...transitions, ...thereAt(temporaries, work.span.from)]
      if (!isAnalysed(piece)) utilities.push({work, piece})
      else pieces.set(work, await withStandins(text, tokens, piece, standins))
    }),
  )
  const touched = await touchedBy(
    text,
    tokens,
    made.values(),
    walked.works.some(({role}) => role.kind === 'text'),
  )
  const unassigned = outside.variables.filter(
    ({isRecord, origin}) => isRecord && (origin !== 'out' || routine.returns === RECORD),
  )
  const feeds = [...unassigned.map((variable) => ({variable, at: 0})), ...walked.feeds]
  const ask = ({sql, types}: {sql: string; types: readonly number[]}) => session.ask(path, {sql, types})
  const {solved, ...records} = await solve(pieces, feeds, {
    ask,
    types,
    isColumn: means.catalogs.isColumn,
    conflict: body.conflict,
  })
  const statements = walked.works.flatMap((work) => solved.get(work) ?? [])
  return {
    ...read,
    ...walked,
    variables: [...outside.variables, ...walked.variables],
    body,
    statements,
    touched,
    utilities,
    ...records,
  }
}

/** Of other statements PostgreSQL knows nothing before it runs them. */
const ANALYSED = new Set(
  'SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt CallStmt CreateTableAsStmt ExplainStmt'.split(' '),
)
const isAnalysed = ({kind}: Piece): boolean => ANALYSED.has(kind)

export interface Checked {
  readonly found: readonly Found[]
  readonly understood?: Understood
}

export async function checkPlpgsql(routine: Routine, variant: Variant, means: Means): Promise<Checked> {
  const understood = await statementsOf(routine, variant, means)
  if (!understood) return {found: [unread(routine)]}
  const place: Place = {routine, variant, understood, means}
  const found = await Promise.all(
    understood.statements.map(async (solved): Promise<Found[]> => {
      const faults = await faultsOf(solved, place)
      const kept = await Promise.all(faults.map((fault) => finding(fault, solved, place)))
      return kept.flat()
    }),
  )
  const others = await Promise.all(
    understood.utilities.map(async (one): Promise<Found[]> => {
      const faults = await utilityFaults(one.piece, place)
      const kept = await Promise.all(faults.map((fault) => finding(fault, one, place, 'made')))
      return kept.flat()
    }),
  )
  const {body, tokens} = understood
  const ends = [
    ...missingReturn(routine, body.block, tokens, routine.body),
    ...refusals(routine, understood),
    ...(await unfilled(understood, means.types)),
  ]
  return {found: [...found.flat(), ...others.flat(), ...ends.map((fault) => plain(fault, routine))], understood}
}

const unread = ({id}: Routine): Found => ({
  ...{routine: id, level: 'note', rule: 'unread', isConditional: false},
  message: 'its statements were not looked at: pgext can’t read its grammar, PostgreSQL can',
})

const plain = ({level = 'error', rule = 'statement', ...fault}: Fault, {id}: Routine): Found => ({
  ...{routine: id, level, rule, isConditional: false},
  ...fault,
})

async function finding(
  {level = 'error', rule = 'statement', ...fault}: Fault,
  solved: Pick<Solved, 'work' | 'piece'>,
  place: Place,
  by: 'names' | 'made' = 'names',
): Promise<Found[]> {
  const excused = await excuse(fault.sqlstate ?? '', fault.at, solved, place, by)
  if (excused === 'silent') return []
  const {isConditional} = solved.work
  return [{routine: place.routine.id, level: excused ?? level, rule, ...fault, isConditional}]
}

async function faultsOf(solved: Solved, place: Place): Promise<Fault[]> {
  const {answer, ambiguous, missing, bound, work, piece} = solved
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
  if (piece.strays.length > 0) {
    return piece.strays.map((at) => ({
      message: `there is no parameter ${/^\$\d+/.exec(place.routine.body.slice(at))?.[0]}`,
      sqlstate: '42P02',
      at,
    }))
  }
  if (work.prefix !== '' && piece.tree.intoClause) {
    return [{message: 'query is SELECT INTO, but it should be plain SELECT', sqlstate: '42601', at: work.span.from}]
  }
  const unfilled = piece.mentions.find((mention) => mention.field !== undefined && place.understood.isEmpty(mention))
  if (unfilled) return [{message: `record "${unfilled.variable.name}" is not assigned yet`, sqlstate: '55000', at: unfilled.at}]
  const spread = spreadFaults(solved, place)
  if (spread.length > 0) return spread
  const {role} = work
  const target =
    role.kind === 'assign' && (role.target.isPart || role.target.names.length > 1)
      ? await targetType(role.target, solved, place)
      : undefined
  if (target && 'message' in target) return [target]
  if (!(answer instanceof Error)) {
    const faults = await plannedFaults(solved, place)
    return faults.length > 0 ? faults : resultFaults(solved, place)
  }
  const sqlstate = answer.sqlstate ?? ''
  if (sqlstate === '42501' || (bound.isVague && !CERTAIN.has(sqlstate))) return []
  const at = placeOf(answer, bound, work.span, place.understood.tokens)
  // PostgreSQL speaks of the row's type, PL/pgSQL of the variable
  const field =
    sqlstate === '42703'
      ? piece.mentions.find((one) => isField(one) && one.at <= at && at <= one.at + one.to - one.from)
      : undefined
  return [field ? noField(field) : {message: answer.message, sqlstate, at, hint: answer.hint}]
}

const isField = ({variable, reference}: Mention): boolean => variable.isRow && reference.names.length > 1

/** What is wrong whatever the types of variables are. */
const CERTAIN = new Set(['42P01', '42703', '3F000'])
