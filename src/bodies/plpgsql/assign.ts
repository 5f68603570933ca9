// A value and the variable, field or element that it is assigned to in; why that can't work out, out.
import {quoteNames} from '../../postgres/quote.ts'
import {type Fault, placeOf} from './fault.ts'
import {bind, type Mention, pieceOf} from './piece.ts'
import type {Place, Result} from './result.ts'
import type {Solved} from './solve.ts'
import type {Target} from './tree.ts'
import {valueFaults} from './value.ts'

export async function assignFaults(result: Result, target: Target, place: Place): Promise<Fault[]> {
  const {scope} = result.solved.work
  const found = scope.find(target.names, target.from)
  if (!found) return []
  const {variable, used} = found
  const isWhole = used === target.names.length && !target.isPart
  if (isWhole && variable.notNull && result.constant?.isNull) {
    const message = `null value cannot be assigned to variable "${variable.name}" declared NOT NULL`
    return [{message, sqlstate: '22004', at: result.constant.at}]
  }
  if (isWhole)
    return variable.isRecord ? [] : valueFaults(result, await place.means.types.of(variable.type), place, variable.modifier)
  const part = await targetType(target, result.solved, place)
  return 'message' in part ? [part] : valueFaults(result, await place.means.types.of(part.type), place)
}

/** The type of a field or an element. */
export async function targetType(
  target: Target,
  {work}: Solved,
  {understood, means, routine}: Place,
): Promise<Fault | {type: number}> {
  const found = work.scope.find(target.names, target.from)
  if (!found) return {type: 0}
  const {variable, used} = found
  const fields = target.names.slice(used)
  if (fields.length > 1) {
    // deeper than an expression could name it
    if (variable.isRecord || target.isPart) return {type: 0}
    const answer = await means.session.ask(means.path, {sql: `select $1.${quoteNames(...fields)}`, types: [variable.type]})
    if (!(answer instanceof Error)) return {type: answer.columns[0]!.type}
    return {message: answer.message, sqlstate: answer.sqlstate ?? '', at: target.from}
  }
  const piece = await pieceOf(routine.body, understood.tokens, {span: target, prefix: 'select ', scope: work.scope})
  if (!piece) return {type: 0}
  const missing = piece.mentions.find((mention) => understood.typeAt(mention) === undefined)
  if (missing) return noField(missing)
  const bound = bind(piece, (mention) => understood.typeAt(mention) ?? 0)
  if (bound.isVague) return {type: 0}
  const answer = await means.session.ask(means.path, {sql: bound.sql, types: bound.types})
  if (!(answer instanceof Error)) return {type: answer.columns[0]!.type}
  const at = placeOf(answer, bound, target)
  const field = piece.mentions.find((one) => one.variable.isRow && one.at <= at && at <= one.at + one.to - one.from)
  if (field && answer.sqlstate === '42703') return noField(field)
  return {message: answer.message, sqlstate: answer.sqlstate ?? '', at}
}

export function noField({variable, field, reference, at}: Mention): Fault {
  const name = field ?? reference.names.at(-1)
  return {message: `record "${variable.name}" has no field "${name}"`, sqlstate: '42703', at}
}
