// A statement that is right by itself, and what becomes of its result, in; why that can't work out.

import type {Column, Description} from '../../postgres/describe.ts'
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {RECORD, type Type} from '../kind.ts'
import type {Routine} from '../routine.ts'
import {isImpossible} from './cast.ts'
import type {Means, Understood} from './check.ts'
import {type Fault, placeOf} from './fault.ts'
import type {Variant} from './ground.ts'
import {bind, type Mention, type Piece, pieceOf} from './piece.ts'
import {queryFaults, returnFaults} from './returned.ts'
import type {Solved} from './solve.ts'
import {executed} from './string.ts'
import type {Span, Target} from './tree.ts'
import type {Role, Work} from './work.ts'

export interface Place {
  readonly routine: Routine
  readonly variant: Variant
  readonly understood: Understood
  readonly means: Means
}

/** What stands for a result: where it is, its columns, and the constant that it may be. */
export interface Result {
  readonly solved: Solved
  readonly columns: readonly Column[]
  readonly constant?: Constant
}

interface Constant {
  readonly at: number
  /** as it is written */
  readonly text: string
  readonly isNull: boolean
  readonly isText: boolean
  readonly value?: string
  /** a number without a fraction */
  readonly isWhole: boolean
}

export async function resultFaults(solved: Solved, place: Place): Promise<Fault[]> {
  const {columns} = solved.answer as Description
  return becomes({solved, columns, constant: constantOf(solved.piece)}, solved.work.role, place)
}

export async function becomes(result: Result, role: Role, place: Place): Promise<Fault[]> {
  const {columns, solved} = result
  const {types} = place.means
  const {span, statement} = solved.work
  if (ONE.has(role.kind) && columns.length !== 1) {
    return [{message: `query returned ${columns.length} columns`, sqlstate: '42601', at: span.from}]
  }
  switch (role.kind) {
    case 'value': {
      if (role.variable?.notNull && result.constant?.isNull) {
        return [
          {
            message: `null value cannot be assigned to variable "${role.variable.name}" declared NOT NULL`,
            sqlstate: '22004',
            at: span.from,
          },
        ]
      }
      return valueFaults(result, await types.of(role.type), place, role.variable?.modifier)
    }
    case 'case':
      return caseFaults(result, role.value, place)
    case 'assign':
      return assignFaults(result, role.target, place)
    case 'rows':
      return rowsFaults(result, role.targets, place)
    case 'elements':
      return elementFaults(result, role.targets, role.isSliced, place)
    case 'return':
    case 'next':
      return returnFaults(result, place)
    case 'query':
      return queryFaults(result, place)
    case 'alone':
      if (columns.length === 0 || solved.piece.kind === 'CallStmt') return []
      return [
        {
          message: 'query has no destination for result data',
          sqlstate: '42601',
          at: statement.from,
          hint: 'to discard the results of a SELECT, use PERFORM instead',
        },
      ]
    case 'text':
      return executed(result, role, place)
    default:
      return []
  }
}

const ONE = new Set(['value', 'assign', 'elements', 'return', 'next', 'text'])

/** char and varchar */
const LIMITED = new Set([1042, 1043])

/** A value that becomes one of a type. */
export async function valueFaults(
  {columns, constant, solved}: Result,
  to: Type | undefined,
  place: Place,
  modifier = -1,
): Promise<Fault[]> {
  const {types, session, path} = place.means
  const {span} = solved.work
  if (!to || to.sort === 'p') return []
  if (constant?.isNull) return []
  const limit = LIMITED.has(to.oid) && modifier > 4 ? modifier - 4 : Number.POSITIVE_INFINITY
  // blanks at the end are cut off
  if (constant?.value !== undefined && [...constant.value.trimEnd()].length > limit) {
    return [{message: `value too long for type ${to.name}(${limit})`, sqlstate: '22001', at: constant.at}]
  }
  if (constant?.isText) {
    const answer = await session.ask(path, {sql: `select (${constant.text})::${to.sqlName}`})
    if (answer instanceof Error && answer.sqlstate?.startsWith('22'))
      return [{message: answer.message, sqlstate: answer.sqlstate, at: constant.at, hint: answer.hint}]
    const fault = await domainFault(constant, to, place)
    return fault ? [fault] : []
  }
  if (constant?.isWhole && to.category === 'N') {
    const answer = await session.ask(path, {sql: `select '${constant.text}'::${to.sqlName}`})
    if (answer instanceof Error && answer.sqlstate === '22003')
      return [{message: answer.message, sqlstate: '22003', at: constant.at}]
  }
  if (constant) {
    const fault = await domainFault(constant, to, place)
    if (fault) return [fault]
  }
  const from = await types.of(columns[0]!.type)
  if (!from || !isImpossible(from, to)) return []
  return [{message: `${from.name} never becomes ${to.name}`, sqlstate: '42846', at: span.from}]
}

/** What a domain lets in is known when its check is run, and it is run only where nobody could tell. */
async function domainFault({text, at}: Constant, to: Type, {means, understood}: Place): Promise<Fault | undefined> {
  if (to.sort !== 'd' || to.fields || [...understood.touched.names].some((name) => to.sqlName.endsWith(`.${quoteName(name)}`)))
    return undefined
  if (!(await means.catalogs.isPlain(to.oid))) return undefined
  const answer = await means.session.ask(means.path, {sql: `select (${text})::${to.sqlName}`, runs: true})
  return answer instanceof Error && answer.sqlstate === '23514' ? {message: answer.message, sqlstate: '23514', at} : undefined
}

/** CASE makes a comparison of its own, with a variable that holds the value. */
async function caseFaults({solved}: Result, value: Work, {understood, means}: Place): Promise<Fault[]> {
  const answer = understood.statements.find(({work}) => work === value)?.answer
  if (!answer || answer instanceof Error || answer.columns.length !== 1 || solved.bound.isVague) return []
  const {sql, types, at} = solved.bound
  const head = `select $${types.length + 1} in (`
  const compared = await means.session.ask(means.path, {
    sql: `${head}${sql.slice('select '.length)})`,
    types: [...types, answer.columns[0]!.type],
  })
  if (!(compared instanceof Error)) return []
  const start = solved.work.span.from
  const place = placeOf(
    compared,
    {at: (position) => at(Math.max(position - head.length, 0) + 'select '.length)},
    solved.work.span,
  )
  return [{message: compared.message, sqlstate: compared.sqlstate ?? '', at: Math.max(place, start), hint: compared.hint}]
}

async function assignFaults(result: Result, target: Target, place: Place): Promise<Fault[]> {
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

/** INTO, or a loop over rows. */
async function rowsFaults(result: Result, targets: readonly Target[], place: Place): Promise<Fault[]> {
  const {columns, solved} = result
  const {types} = place.means
  const {scope, span} = solved.work
  const at = targets[0]?.from ?? span.from
  if (columns.length === 0) {
    return [{message: 'INTO used with a command that cannot return data', sqlstate: '42601', at}]
  }
  const found = targets.map(({names, from}) => scope.find(names, from))
  if (found.includes(undefined)) return []
  const [first] = found
  const isWhole = first!.used === targets[0]!.names.length
  if (targets.length === 1 && first!.variable.isRow && isWhole) {
    if (first!.variable.isRecord) return []
    const fields = (await types.of(first!.variable.type))?.fields
    // a row in one column
    if (!fields || (columns.length === 1 && (await types.of(columns[0]!.type))?.fields)) return []
    return miscounted(columns.length, fields.length, at)
  }
  const faults = miscounted(columns.length, targets.length, at)
  for (const [n, target] of targets.entries()) {
    const column = columns[n]
    if (!column) break
    const one: Result = {solved, columns: [column]}
    const more =
      found[n]!.used === target.names.length
        ? await wholeFaults(one, found[n]!.variable.type, place)
        : await assignFaults(one, target, place)
    faults.push(...more.map((fault) => ({...fault, at: target.from})))
  }
  return faults
}

const wholeFaults = async (one: Result, type: number, place: Place): Promise<Fault[]> =>
  type === RECORD ? [] : valueFaults(one, await place.means.types.of(type), place)

function miscounted(columns: number, targets: number, at: number): Fault[] {
  if (columns === targets) return []
  const what = columns > targets ? 'the rest is lost' : 'the rest becomes null'
  return [
    {level: 'warning', rule: 'columns', message: `${count(columns, 'column')} for ${count(targets, 'variable')}: ${what}`, at},
  ]
}

export const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`

/** FOREACH … IN ARRAY. */
async function elementFaults(result: Result, targets: readonly Target[], isSliced: boolean, place: Place): Promise<Fault[]> {
  const {columns, solved} = result
  const {types} = place.means
  const array = await types.of(columns[0]!.type)
  if (!array || array.sort === 'p') return []
  const at = solved.work.span.from
  const inner = array.base === array.oid ? array : await types.of(array.base)
  if (!inner || inner.element === 0) {
    return [{message: `FOREACH expression must yield an array, not type ${array.name}`, sqlstate: '42804', at}]
  }
  const target = solved.work.scope.find(targets[0]!.names, targets[0]!.from)
  if (!target || target.variable.isRow || targets.length !== 1) return []
  const to = await types.of(target.variable.type)
  if (!to || to.sort === 'p') return []
  const isArray = to.category === 'A'
  if (isSliced !== isArray) {
    const message = isSliced
      ? 'FOREACH ... SLICE loop variable must be of an array type'
      : 'FOREACH loop variable must not be of an array type'
    return [{message, sqlstate: '42804', at: targets[0]!.from}]
  }
  if (isSliced) return []
  const one: Result = {solved, columns: [{...columns[0]!, type: inner.element}]}
  return (await valueFaults(one, to, place)).map((fault) => ({...fault, at: targets[0]!.from}))
}

/** An expression that is a constant, as it is written. */
function constantOf({kind, tree, text, shift, source}: Piece): Constant | undefined {
  if (kind !== 'SelectStmt' || source.prefix === '' || tree.fromClause || tree.whereClause || tree.targetList?.length !== 1)
    return undefined
  const constant = tree.targetList[0].ResTarget?.val?.A_Const
  if (!constant) return undefined
  const span: Span = source.span
  return {
    at: span.from,
    text: text.slice(span.from - shift),
    isNull: constant.isnull === true,
    isText: constant.sval !== undefined,
    value: constant.sval?.sval,
    isWhole: constant.ival !== undefined,
  }
}
