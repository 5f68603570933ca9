// EXECUTE of text that is put together from what a caller, or a table, has given, unquoted: whoever gives it says what is run.
import {strings, type Tree} from '../../postgres/parse.ts'
import type {Mention, Piece} from '../plpgsql/piece.ts'
import type {Variable} from '../plpgsql/scope.ts'
import type {Solved} from '../plpgsql/solve.ts'
import type {Hint, Lint, Looked} from './lint.ts'

export const dynamic: Lint = async (looked) => {
  const {understood} = looked
  if (!understood) return []
  const hints: Hint[] = []
  for (const solved of understood.statements) {
    if (solved.work.role.kind !== 'text') continue
    const loose = await looseIn(solved, looked, new Set())
    if (!loose) continue
    hints.push({
      level: 'warning',
      rule: 'dynamic-sql',
      message: `what is run holds ${loose} as it is given`,
      hint: `quote it: format('… %I … %L', …), or hand values over with USING`,
      at: solved.work.statement.from,
    })
  }
  return hints
}

/** What stands in the text without quotes; only where something is put together. */
async function looseIn({piece}: Solved, looked: Looked, seen: Set<Variable>): Promise<string | undefined> {
  const value = resultOf(piece)
  return value && (isMade(value) || value.ColumnRef)
    ? loose(value, piece, looked, seen, value.ColumnRef !== undefined)
    : undefined
}

const resultOf = ({tree}: Piece): Tree | undefined =>
  tree.targetList?.length === 1 ? tree.targetList[0].ResTarget?.val : undefined

const isMade = (value: Tree): boolean =>
  (value.A_Expr && strings(value.A_Expr.name).at(-1) === '||') || value.FuncCall !== undefined || value.TypeCast !== undefined

/** A function's own text hands its parts on. */
const HANDING = new Set(
  'concat concat_ws lower upper trim btrim ltrim rtrim replace array_to_string string_agg left right substr substring'.split(' '),
)

async function loose(
  node: Tree,
  piece: Piece,
  looked: Looked,
  seen: Set<Variable>,
  isAlone = false,
): Promise<string | undefined> {
  const first = async (nodes: readonly (Tree | undefined)[]) => {
    for (const one of nodes) {
      const found = one && (await loose(one, piece, looked, seen))
      if (found) return found
    }
    return undefined
  }
  // what something is added to is the statement itself
  if (node.A_Expr) return first([node.A_Expr.lexpr?.ColumnRef ? undefined : node.A_Expr.lexpr, node.A_Expr.rexpr])
  if (node.CoalesceExpr) return first(node.CoalesceExpr.args)
  if (node.CaseExpr) return first([...node.CaseExpr.args.map((arm: Tree) => arm.CaseWhen.result), node.CaseExpr.defresult])
  // ::regclass and its kin quote what they print
  if (node.TypeCast) return TEXTS.has(strings(node.TypeCast.typeName.names).at(-1)!) ? first([node.TypeCast.arg]) : undefined
  if (node.FuncCall) {
    const name = strings(node.FuncCall.funcname).at(-1)!
    if (name === 'format') return first(plainArguments(node.FuncCall.args ?? []))
    return HANDING.has(name) ? first(node.FuncCall.args ?? []) : undefined
  }
  if (!node.ColumnRef && !node.ParamRef) return undefined
  const mention = mentionAt(node.ColumnRef?.location ?? node.ParamRef.location ?? 0, piece)
  return mention && variable(mention, looked, seen, isAlone)
}

const TEXTS = new Set(['text', 'varchar', 'bpchar', 'name'])

/** Those that %s stands for; all of them where the format is no constant. */
function plainArguments([format, ...values]: readonly Tree[]): Tree[] {
  const text: string | undefined = format?.A_Const?.sval?.sval
  if (text === undefined) return [...values]
  let next = 0
  return [...text.matchAll(/%(%|(?:(\d+)\$)?-?\d*([sIL]))/g)].flatMap(([, all, position, kind]) => {
    if (all === '%') return []
    const at = position ? Number(position) - 1 : next
    next = at + 1
    return kind === 's' && values[at] ? [values[at]] : []
  })
}

function mentionAt(location: number, piece: Piece): Mention | undefined {
  return piece.mentions.find(({reference}) => reference.location === location)
}

/** A parameter or a field of a row comes from outside; a variable from what it was given here. */
async function variable(mention: Mention, looked: Looked, seen: Set<Variable>, isAlone: boolean): Promise<string | undefined> {
  const {variable, reference} = mention
  const {understood, types} = looked
  const isField = reference.names.length > 1 && variable.isRow
  const held = await types.of(understood!.typeAt(mention) ?? 0)
  // a record's field has a type of its own already, one of a row is looked up in it
  const field = isField && !variable.isRecord ? held?.fields?.find((one) => one.name === reference.names.at(-1)) : undefined
  const type = field ? await types.of(field.type) : held
  // numbers and the like print as nothing else
  if (type?.category !== 'S') return undefined
  const name = reference.names.join('.')
  if (isField || variable.origin === 'parameter') return isAlone ? undefined : name
  if (seen.has(variable)) return undefined
  seen.add(variable)
  for (const one of understood!.statements) {
    const {role} = one.work
    const gives =
      (role.kind === 'assign' && one.work.scope.find(role.target.names, role.target.from)?.variable === variable) ||
      (role.kind === 'value' && role.variable === variable)
    const found = gives ? await looseIn(one, looked, seen) : undefined
    if (found) return found
  }
  return undefined
}
