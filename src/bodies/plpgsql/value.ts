// A value, perhaps a constant, and the type that it has to become in; why it never does out.
import {quoteName} from '../../postgres/quote.ts'
import type {Type} from '../kind.ts'
import {isImpossible} from './cast.ts'
import type {Fault} from './fault.ts'
import type {Piece} from './piece.ts'
import type {Place, Result} from './result.ts'
import type {Span} from './tree.ts'

export interface Constant {
  readonly at: number
  /** as it is written */
  readonly text: string
  readonly isNull: boolean
  readonly isText: boolean
  readonly value?: string
  /** a number without a fraction */
  readonly isWhole: boolean
}

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

/** An expression that is a constant, as it is written. */
export function constantOf({kind, tree, text, shift, source}: Piece): Constant | undefined {
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
