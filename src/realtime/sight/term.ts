// A part of a condition that speaks of no row in; whether its value is the same for a viewer as long as role and claims are, or why not, out.

import {strings, type Tree, walk} from '../../postgres/parse.ts'
import {isMoment, isPlain} from '../predicate/kind.ts'
import {typeOf} from '../predicate/read.ts'

/** Functions of a condition are known by oid, those of a body by name alone. */
export interface Names {
  /** why a call of it is none of these */
  readonly call: (name: readonly string[], args: readonly Tree[]) => string | undefined
  readonly operator: (name: readonly string[]) => string | undefined
  /** It is a condition, whose types and functions are known by oid. */
  readonly isBound: boolean
}

/** Without arguments that are trees themselves: those are looked at in turn. */
export function refusedTerm(tree: Tree, names: Names): string | undefined {
  const [kind] = Object.keys(tree)
  const node = tree[kind!] as Tree
  switch (kind) {
    case 'A_Const':
      return undefined
    case 'TypeCast':
      return refusedCast(node, names) ?? refusedTerm(node.arg, names)
    case 'FuncCall':
      return refusedCall(node, names)
    case 'A_Expr':
      return refusedOperator(node, names)
    case 'SQLValueFunction':
      return ROLES.has(node.op) ? undefined : 'it asks for the time'
    case 'SubLink':
      return refusedSelect(node, names)
    case 'BoolExpr':
    case 'CoalesceExpr':
      return refusedAmong(node.args, names)
    case 'A_ArrayExpr':
      return refusedAmong(node.elements, names)
    case 'List':
      return refusedAmong(node.items, names)
    case 'NullTest':
    case 'BooleanTest':
      return refusedTerm(node.arg, names)
    case 'CaseExpr':
      return refusedAmong(
        [node.arg, node.defresult, ...(node.args ?? []).flatMap(({CaseWhen}: Tree) => [CaseWhen.expr, CaseWhen.result])],
        names,
      )
    default:
      return `a part of it (${kind})`
  }
}

const ROLES = new Set(['SVFOP_CURRENT_USER', 'SVFOP_CURRENT_ROLE', 'SVFOP_USER', 'SVFOP_SESSION_USER'])

function refusedAmong(trees: readonly (Tree | undefined)[] | undefined, names: Names): string | undefined {
  for (const tree of trees ?? []) {
    const why = tree && refusedTerm(tree, names)
    if (why) return why
  }
  return undefined
}

/** Times of a claim are read, and those that become text written, as settings say; those of a constant stand as PostgreSQL prints them. */
function refusedCast({arg, typeName}: Tree, {isBound}: Names): string | undefined {
  const {names, typmods, arrayBounds} = typeName
  const type = typeOf({names})
  const why = `a cast to ${strings(names).at(-1)}`
  if (typmods || hasMoment(arg)) return why
  if (type !== undefined && isPlain(type)) return undefined
  return isBound && arg.A_Const && !arrayBounds ? undefined : why
}

function hasMoment(tree: Tree): boolean {
  let has = false
  walk({tree}, (name, node) => {
    if (name === 'TypeCast' && isMoment(typeOf({names: node.typeName.names}) ?? 0)) has = true
  })
  return has
}

function refusedCall(
  {funcname, args, over, agg_within_group, agg_filter, agg_star, agg_distinct, func_variadic}: Tree,
  names: Names,
): string | undefined {
  const name = strings(funcname)
  if (over || agg_within_group || agg_filter || agg_star || agg_distinct || func_variadic) return `${name.join('.')}()`
  if (name.at(-1) === 'current_setting' && (name.length === 1 || name[0] === 'pg_catalog'))
    return names.call(name, args) ?? refusedSetting(args)
  return names.call(name, args ?? []) ?? refusedAmong(args, names)
}

/** Settings of PostgreSQL's own are the server's, not the viewer's. */
function refusedSetting(args: readonly Tree[]): string | undefined {
  const [first] = args
  const literal = (first?.TypeCast ? first.TypeCast.arg : first)?.A_Const?.sval?.sval
  if (typeof literal !== 'string') return 'a setting whose name is computed'
  return literal.includes('.') || literal === 'role' ? undefined : `setting ${literal}`
}

const OPERATORS = new Set([
  'AEXPR_OP',
  'AEXPR_OP_ANY',
  'AEXPR_OP_ALL',
  'AEXPR_DISTINCT',
  'AEXPR_NOT_DISTINCT',
  'AEXPR_NULLIF',
  'AEXPR_IN',
])

function refusedOperator({kind, name, lexpr, rexpr}: Tree, names: Names): string | undefined {
  if (!OPERATORS.has(kind)) return `a part of it (${kind})`
  return names.operator(strings(name)) ?? refusedAmong([lexpr, rexpr], names)
}

/** `(SELECT auth.uid())`: as many people write it, so that it is asked once. */
function refusedSelect({subLinkType, subselect}: Tree, names: Names): string | undefined {
  const expression = subLinkType === 'EXPR_SUBLINK' ? onlyExpression(subselect.SelectStmt) : undefined
  return expression ? refusedTerm(expression, names) : 'a sub-select'
}

const SELECT = new Set(['targetList', 'limitOption', 'op'])

/** Of a SELECT that selects from nothing. */
export function onlyExpression(select: Tree): Tree | undefined {
  if (!select || Object.keys(select).some((key) => !SELECT.has(key)) || select.op !== 'SETOP_NONE') return undefined
  return select.targetList?.length === 1 ? select.targetList[0].ResTarget.val : undefined
}
