// A routine in SQL in; what is wrong in it that PostgreSQL's validator leaves for the day it is called out.
import {SyntaxProblem} from '../postgres/parse.ts'
import {isMade} from './compile.ts'
import type {Finding} from './model.ts'
import type {Means} from './plpgsql/check.ts'
import {placeOf} from './plpgsql/fault.ts'
import type {Variant} from './plpgsql/ground.ts'
import {type Piece, pieceOf} from './plpgsql/piece.ts'
import {conflictFaults} from './plpgsql/planned.ts'
import {Scope} from './plpgsql/scope.ts'
import {type Solved, solve} from './plpgsql/solve.ts'
import type {Token} from './plpgsql/token.ts'
import type {Span} from './plpgsql/tree.ts'
import type {Work} from './plpgsql/work.ts'
import type {Routine} from './routine.ts'
import type {Placed} from './tree.ts'

/** Keys are looked for when a statement is planned. */
export async function unkeyed({id}: Routine, trees: readonly Placed[], {catalogs}: Means): Promise<Finding[]> {
  // another statement may bring the key
  if (!trees.every(({tree}) => Object.keys(tree).every((kind) => READ.has(kind)))) return []
  const faults = await Promise.all(trees.map(({tree, at}) => conflictFaults(tree, at, catalogs)))
  return faults.flat().map((fault) => ({routine: id, level: 'error', rule: 'statement', ...fault}))
}

const READ = new Set('SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt'.split(' '))

/** What is wrong whatever a polymorphic parameter is called with. */
const CERTAIN = new Set(['42P01', '42703', '3F000'])

/** Of parameters with polymorphic types: PostgreSQL reads such a body when its types are known. */
export async function polymorphicFaults(
  routine: Routine,
  {polymorphic}: Variant,
  tokens: readonly Token[],
  means: Means,
): Promise<Finding[]> {
  const {body, id} = routine
  const scope = await scopeOf(routine, polymorphic, means)
  const pieces = new Map<Work, Piece>()
  for (const span of statementsOf(tokens)) {
    const piece = await pieceOf(body, tokens, {span, prefix: '', scope}).catch((error) => {
      if (error instanceof SyntaxProblem) return undefined
      throw error
    })
    // what makes or changes something decides what those after it mean
    if (!piece || !READ.has(piece.kind)) return []
    pieces.set(alone(span, scope), piece)
  }
  const ask = ({sql, types}: {sql: string; types: readonly number[]}) => means.session.ask(means.path, {sql, types})
  const ways = {ask, types: means.types, isColumn: means.catalogs.isColumn, conflict: 'use_column'} as const
  const {solved} = await solve(pieces, [], ways)
  const found: Finding[] = []
  for (const one of solved.values()) {
    const {answer, bound, work} = one
    if (!(answer instanceof Error) || !CERTAIN.has(answer.sqlstate ?? '') || asksForField(one)) continue
    const at = placeOf(answer, bound, work.span, tokens)
    const {message, hint, sqlstate} = answer
    const finding: Finding = {routine: id, level: 'error', rule: 'statement', message, hint, sqlstate, at}
    if (!(await isMade(routine, finding, tokens, means.session))) found.push(finding)
  }
  return found
}

/** Names of parameters, and those with the function's before them; what it gives back has none. */
async function scopeOf(
  {name, arguments: all}: Routine,
  polymorphic: ReadonlyMap<number, number>,
  {types}: Means,
): Promise<Scope> {
  const scope = new Scope(name)
  const inputs = all.filter(({mode}) => mode === 'i' || mode === 'b' || mode === 'v')
  for (const [number, {name, type}] of inputs.entries()) {
    const real = polymorphic.get(type) ?? type
    const isRow = (await types.of(real))?.fields !== undefined
    const variable = {number, name, from: -1, origin: 'parameter', type: real, isRow, isRecord: false} as const
    if (name !== '') scope.add(variable)
    scope.add(variable, `$${number + 1}`)
  }
  return scope
}

function statementsOf(tokens: readonly Token[]): Span[] {
  const spans: Span[] = []
  let first: Token | undefined
  let last: Token | undefined
  for (const token of [...tokens, undefined]) {
    if (token && token.text !== ';') {
      first ??= token
      last = token
    } else if (first && last) {
      spans.push({from: first.from, to: last.to})
      first = undefined
    }
  }
  return spans
}

const alone = (span: Span, scope: Scope): Work => ({
  ...{span, prefix: '', scope, role: {kind: 'any'}, caught: [], isConditional: false, guards: []},
  statement: {kind: 'sql', from: span.from, to: span.to, text: span},
})

/** `list.name`: a call may well hand it a row. */
function asksForField({piece, work}: Solved): boolean {
  const {references, mentions} = piece
  return references.found.some(
    (reference) =>
      work.scope.find(reference.names.slice(0, 1), work.span.from) &&
      !mentions.some((mention) => mention.reference === reference),
  )
}
