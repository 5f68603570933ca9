// A statement's parse tree in; the places where PostgreSQL would ask PL/pgSQL what a name stands for out.
import {strings, type Tree} from '../../postgres/parse.ts'

export interface Reference {
  /** bytes from the start of what was parsed */
  readonly location: number
  /** `a`, `a.b`; `$1` of a body's own */
  readonly names: readonly string[]
  /** `.*` follows: 'columns' where it stands for all of them, one by one; 'row' where for the row as a value */
  readonly star?: 'columns' | 'row'
  /** ORDER BY takes a column of the result under this name first; whether `*` has one nobody sees here */
  readonly isSoft: boolean
  /** ON CONFLICT (name): a column if the statement is to work at all */
  readonly isKey: boolean
  /** a column of a result, without AS, takes its name: it is all of that column's expression, or what gives that its name */
  readonly naming?: Naming
}

export interface Naming {
  readonly isAll: boolean
  /** of the statement's own result */
  readonly isTop: boolean
}

export interface References {
  readonly found: readonly Reference[]
  /** what a name could stand for beside a variable: relations, their aliases, columns and functions that are named */
  readonly names: ReadonlySet<string>
  /** relations that are named: ['public', 'orders'] */
  readonly relations: readonly (readonly string[])[]
  /** there is something whose columns could be meant */
  readonly hasRows: boolean
  /** what it is sorted by has to stand among its columns, just so */
  readonly isDistinct: boolean
}

interface Context {
  /** `.*` would be expanded */
  readonly isList?: boolean
  /** names of the result's columns, for a bare name in ORDER BY */
  readonly outputs?: Outputs
  readonly naming?: Naming
}

interface Outputs {
  readonly names: ReadonlySet<string>
  readonly hasStar: boolean
  /** of a UNION, nothing else can be meant */
  readonly only: boolean
}

export function referencesIn(tree: Tree): References {
  const found: Reference[] = []
  const names = new Set<string>()
  const relations: string[][] = []
  const top = new Set<unknown>(Object.values(tree)[0]?.targetList)
  let hasRows = false
  let isDistinct = false

  const visit = (node: unknown, context: Context = {}): void => {
    if (Array.isArray(node)) {
      for (const item of node) visit(item, context)
      return
    }
    if (typeof node !== 'object' || node === null) return
    const tree = node as Tree
    if (tree.ColumnRef) {
      reference(tree.ColumnRef, context)
      return
    }
    if (tree.ParamRef) {
      const {number, location = 0} = tree.ParamRef
      found.push({location, names: [`$${number}`], isSoft: false, isKey: false})
      return
    }
    if (typeof tree.relname === 'string') {
      hasRows = true
      relations.push(tree.schemaname ? [tree.schemaname, tree.relname] : [tree.relname])
    }
    if (tree.RangeFunction || tree.RangeSubselect || tree.CommonTableExpr || tree.RangeTableFunc || tree.JsonTable) hasRows = true
    for (const key of ['relname', 'aliasname', 'ctename', 'colname']) if (typeof tree[key] === 'string') names.add(tree[key])
    if (tree.ResTarget?.name) names.add(tree.ResTarget.name)
    for (const list of [tree.colnames, tree.aliascolnames, tree.funcname]) for (const name of strings(list)) names.add(name)
    if (Array.isArray(tree.distinctClause)) isDistinct = true
    if (tree.infer) keys(tree.infer)
    if (Array.isArray(tree.sortClause) || Array.isArray(tree.groupClause) || Array.isArray(tree.distinctClause)) {
      select(tree, context)
      return
    }
    const own = tree.ResTarget && !tree.ResTarget.name ? {isAll: true, isTop: top.has(tree)} : undefined
    for (const [key, value] of Object.entries(tree)) {
      // what CREATE TABLE … AS makes is not there yet
      if (typeof value !== 'object' || ((key === 'into' || key === 'intoClause') && (value as Tree)?.rel)) continue
      const isList =
        key === 'ResTarget' ||
        key === 'RowExpr' ||
        key === 'List' ||
        ((key === 'val' || key === 'args' || key === 'items') && context.isList)
      visit(value, {isList, naming: own ?? namingOf(key, value as Tree, context.naming)})
    }
  }

  /** ON CONFLICT (name) is looked up like an expression. */
  const keys = (infer: Tree) => {
    for (const {IndexElem} of infer.indexElems ?? []) {
      if (IndexElem?.name) {
        const {location = 0} = infer
        found.push({location, names: [IndexElem.name], isSoft: false, isKey: true})
      }
    }
  }

  const select = (tree: Tree, _: Context) => {
    const outputs = outputsOf(tree)
    for (const [key, value] of Object.entries(tree)) {
      const isBare = key === 'sortClause' || key === 'groupClause' || key === 'distinctClause'
      if (!isBare) visit(value, {isList: key === 'valuesLists'})
      else for (const item of value as Tree[]) visitBare(item, outputs)
    }
  }

  const visitBare = (item: Tree, outputs: Outputs) => {
    const node = item.SortBy?.node ?? item
    if (node.ColumnRef) reference(node.ColumnRef, {outputs})
    else visit(item)
  }

  const reference = ({fields, location = 0}: Tree, {outputs, isList, naming}: Context): void => {
    const parts = strings(fields)
    const star = fields.at(-1)?.A_Star === undefined ? undefined : isList ? 'columns' : 'row'
    if (parts.length === 0) return
    if (outputs && parts.length === 1 && (outputs.only || outputs.names.has(parts[0]!))) return
    found.push({location, names: parts, star, isSoft: outputs?.hasStar === true && parts.length === 1, isKey: false, naming})
  }

  visit(tree)
  return {found, names, relations, hasRows, isDistinct}
}

/** What a column without AS is called after, from the outside in (parse_target.c, FigureColname). */
function namingOf(key: string, value: Tree, naming: Naming | undefined): Naming | undefined {
  if (!naming) return undefined
  if (key === 'val') return naming
  const isThrough = key === 'TypeCast' || key === 'CollateClause' || key === 'CaseExpr'
  if (isThrough || (key === 'A_Indirection' && value.indirection.at(-1)?.A_Indices)) return {...naming, isAll: false}
  return (key === 'arg' && !naming.isAll) || key === 'defresult' ? naming : undefined
}

function outputsOf(select: Tree): Outputs {
  const names = new Set<string>()
  let hasStar = false
  for (const {ResTarget} of select.targetList ?? []) {
    const name = ResTarget?.name ?? figure(ResTarget?.val)
    if (name === '*') hasStar = true
    else if (name) names.add(name)
  }
  const only = (select.op !== undefined && select.op !== 'SETOP_NONE') || select.valuesLists !== undefined
  return {names, hasStar, only}
}

/** The name that PostgreSQL gives a column without one (parse_target.c, FigureColname), of those that somebody would sort by. */
function figure(value: Tree | undefined): string | undefined {
  if (!value) return undefined
  if (value.ColumnRef) return value.ColumnRef.fields.at(-1)?.A_Star ? '*' : strings(value.ColumnRef.fields).at(-1)
  if (value.A_Indirection) {
    const last = value.A_Indirection.indirection.at(-1)
    if (last?.A_Star) return '*'
    return last?.String?.sval ?? figure(value.A_Indirection.arg)
  }
  if (value.FuncCall) return strings(value.FuncCall.funcname).at(-1)
  if (value.TypeCast) return figure(value.TypeCast.arg) ?? strings(value.TypeCast.typeName?.names).at(-1)
  if (value.CollateClause) return figure(value.CollateClause.arg)
  if (value.CaseExpr) return figure(value.CaseExpr.defresult) ?? 'case'
  if (value.CoalesceExpr) return 'coalesce'
  if (value.MinMaxExpr) return value.MinMaxExpr.op === 'IS_LEAST' ? 'least' : 'greatest'
  if (value.SubLink?.subLinkType === 'EXISTS_SUBLINK') return 'exists'
  if (value.SubLink?.subLinkType === 'EXPR_SUBLINK')
    return figure(value.SubLink.subselect?.SelectStmt?.targetList?.[0]?.ResTarget?.val)
  return undefined
}
