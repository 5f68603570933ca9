// What a routine hands back, by RETURN, RETURN NEXT or RETURN QUERY, in; why that is not what it says that it returns out.
import {RECORD, TRIGGER, VOID} from '../kind.ts'
import type {Means} from './check.ts'
import type {Fault} from './fault.ts'
import type {Place, Result} from './result.ts'
import {count} from './rows.ts'
import type {Solved} from './solve.ts'
import {valueFaults} from './value.ts'

/** RETURN and RETURN NEXT with a value. */
export async function returnFaults(result: Result, place: Place): Promise<Fault[]> {
  const {routine, variant, means} = place
  const {types} = means
  const {columns, solved, constant} = result
  const returns = variant.polymorphic.get(routine.returns) ?? routine.returns
  if (returns === VOID || returns === 0 || routine.kind === 'procedure' || constant?.isNull) return []
  const from = await types.of(columns[0]!.type)
  const at = solved.work.span.from
  const to = await types.of(returns)
  if (!from || !to) return []
  const isRow = from.fields !== undefined || from.base === RECORD
  if (returns === TRIGGER || to.fields || returns === RECORD) {
    if (!isRow && from.sort !== 'p') {
      return [{message: 'cannot return non-composite value from function returning composite type', sqlstate: '42804', at}]
    }
    const expected = returns === TRIGGER ? undefined : to.fields
    if (!expected || from.oid === to.oid) return []
    const given = from.fields ?? (await fieldsOf(solved, place))
    if (!given || (await isLike(given, expected, types))) return []
    return [{message: 'returned record type does not match expected record type', sqlstate: '42804', at}]
  }
  return valueFaults(result, to, place)
}

/** Of a record: what it holds, where that is known. */
async function fieldsOf({piece, bound}: Solved, {understood, means}: Place): Promise<readonly {type: number}[] | undefined> {
  const [only] = piece.mentions
  const value = piece.tree.targetList?.[0]?.ResTarget?.val
  if (only?.variable.isRecord) return value?.ColumnRef && only.field === undefined ? understood.shapeAt(only) : undefined
  if (!value?.RowExpr || bound.isVague) return undefined
  const answer = await means.session.ask(means.path, {sql: `select (${bound.sql.slice('select '.length)}).*`, types: bound.types})
  return answer instanceof Error ? undefined : answer.columns
}

/** Column by column, exactly: PostgreSQL casts none of them. */
async function isLike(
  given: readonly {readonly type: number}[],
  expected: readonly {readonly type: number}[],
  types: Means['types'],
): Promise<boolean> {
  if (given.length !== expected.length) return false
  const bases = (list: readonly {readonly type: number}[]) =>
    Promise.all(list.map(async ({type}) => (await types.of(type))?.base ?? 0))
  const [mine, theirs] = await Promise.all([bases(given), bases(expected)])
  return mine.every((base, at) => base === 0 || theirs[at] === 0 || base === theirs[at])
}

/** RETURN QUERY. */
export async function queryFaults({columns, solved}: Result, {routine, variant, means}: Place): Promise<Fault[]> {
  const {types} = means
  const outs = routine.arguments.filter(({mode}) => mode === 'o' || mode === 'b' || mode === 't')
  const real = (type: number) => variant.polymorphic.get(type) ?? type
  const returns = real(routine.returns)
  const to = await types.of(returns)
  const expected: readonly {type: number; modifier?: number}[] | undefined =
    outs.length > 0
      ? outs.map(({type}) => ({type: real(type)}))
      : returns === RECORD
        ? undefined
        : (to?.fields ?? [{type: returns}])
  if (!expected) return []
  const say = (hint: string): Fault[] => [
    {message: 'structure of query does not match function result type', sqlstate: '42804', at: solved.work.span.from, hint},
  ]
  if (columns.length !== expected.length)
    return say(`it has ${count(columns.length, 'column')}, and ${expected.length} are expected`)
  for (const [n, {type, modifier = -1}] of expected.entries()) {
    const [given, wanted] = await Promise.all([types.of(columns[n]!.type), types.of(type)])
    if (!given || !wanted || wanted.sort === 'p') continue
    const isOther = given.base !== wanted.base || (modifier !== -1 && wanted.sort !== 'd' && modifier !== columns[n]!.modifier)
    if (isOther) return say(`column ${n + 1} is ${given.name}, and ${wanted.name} is expected: cast it`)
  }
  return []
}
