// A condition as PostgreSQL prints it in; the same as a predicate out, with the SQL of each value that PostgreSQL itself is to find: or why not.
import {parse, SyntaxProblem, strings, type Tree, walk} from '../../postgres/parse.ts'
import {castReader, classOf, elementOf, elementsReader, isInteger, readerOf, TYPE} from './kind.ts'
import type {Column, Order, Predicate, Term} from './model.ts'
import {Printed, type Span} from './span.ts'

/** What of a condition JavaScript does not decide: said to people. */
export class Unfit extends Error {}

/** A value, which is asked of PostgreSQL. */
export interface Wanted {
  readonly sql: string
  readonly isConstant: boolean
  /** what its type has to be */
  readonly of: {readonly class: string; readonly isArray: boolean}
}

/** Oids by name; only of columns whose equality is that of texts. */
export interface Columns {
  readonly types: ReadonlyMap<string, number>
  readonly enums: ReadonlySet<number>
}

const PREFIX = 'select '

/**
 * @param wanted values of other conditions, to which those of this one are added
 * @throws Unfit
 */
export async function readPredicate(sql: string, columns: Columns, refuse: Refuse, wanted: Wanted[]): Promise<Predicate> {
  const text = `${PREFIX}${sql}`
  const tree = await treeOf(text)
  const printed = await Printed.read(text)
  const reader = new Reader(printed, columns, refuse, wanted)
  const predicate = reader.condition(tree, {from: 1, to: printed.tokens.length})
  for (const [at, tree] of reader.trees) {
    const {sql} = wanted[at]!
    // spans are found by parentheses: that they hold what the parser found is seen by reading them again
    if (bareText(await treeOf(`${PREFIX}${sql}`)) !== bareText(tree))
      throw new Unfit(`its part ${sql} is read otherwise by itself`)
  }
  return predicate
}

/** Why a part that speaks of no row is none that is asked of PostgreSQL. */
export type Refuse = (term: Tree) => string | undefined

async function treeOf(text: string): Promise<Tree> {
  const parsed = await parse(text).catch((error) => {
    if (error instanceof SyntaxProblem) throw new Unfit('a part of it can not be read by itself')
    throw error
  })
  return parsed[0]!.stmt.SelectStmt.targetList[0].ResTarget.val
}

const PLACES = new Set(['location', 'list_start', 'list_end', 'rexpr_list_start', 'rexpr_list_end'])
const bareText = (tree: unknown): string => JSON.stringify(tree, (key, value) => (PLACES.has(key) ? undefined : value))

interface CastColumn {
  readonly column: Column
  readonly type: number
}

class Reader {
  /** of values that this condition was the first to want */
  readonly trees = new Map<number, Tree>()
  readonly #wanted: Wanted[]
  readonly #printed: Printed
  readonly #columns: Columns
  readonly #refuse: Refuse

  constructor(printed: Printed, columns: Columns, refuse: Refuse, wanted: Wanted[]) {
    this.#printed = printed
    this.#columns = columns
    this.#refuse = refuse
    this.#wanted = wanted
  }

  condition(tree: Tree, around: Span): Predicate {
    const span = this.#printed.bare(around)
    if (!speaksOfRow(tree)) return {is: 'term', term: this.#term(tree, span, '16')}
    if (tree.BoolExpr) return this.#bool(tree.BoolExpr, span)
    if (tree.BooleanTest) return this.#test(tree.BooleanTest, span)
    if (tree.NullTest) return this.#null(tree.NullTest)
    if (tree.A_Expr) return this.#operator(tree.A_Expr, span)
    const {column, type} = this.#column(tree)
    if (type !== TYPE.bool) throw new Unfit(`column ${column.name} is no condition`)
    return {is: 'column', column}
  }

  #bool({boolop, args}: Tree, span: Span): Predicate {
    if (boolop === 'NOT_EXPR') return {is: 'not', of: this.condition(args[0], {from: span.from + 1, to: span.to})}
    const word = boolop === 'AND_EXPR' ? 'AND' : 'OR'
    const parts = this.#printed.split(span, word)
    if (parts.length !== args.length) throw new Unfit('its parts can not be told apart')
    return {is: word === 'AND' ? 'and' : 'or', of: parts.map((part, at) => this.condition(args[at], part))}
  }

  #test({arg, booltesttype}: Tree, span: Span): Predicate {
    const isNot = booltesttype.startsWith('IS_NOT_')
    const value = ({TRUE: true, FALSE: false, UNKNOWN: null} as const)[booltesttype.replace(/^IS_(NOT_)?/, '') as 'TRUE']
    const words = [...this.#printed.tops(span)].filter((at) => this.#printed.word(at) === 'IS')
    if (words.length !== 1) throw new Unfit('its parts can not be told apart')
    return {is: 'test', of: this.condition(arg, {from: span.from, to: words[0]!}), value, isNot}
  }

  #null({arg, nulltesttype}: Tree): Predicate {
    const {column} = this.#column(arg)
    const test: Predicate = {is: 'null', column}
    return nulltesttype === 'IS_NULL' ? test : {is: 'not', of: test}
  }

  #operator({kind, name, lexpr, rexpr, location}: Tree, span: Span): Predicate {
    const at = this.#printed.at(span, location)
    const names = strings(name)
    if (at === undefined || names.length !== 1) throw new Unfit(`operator ${names.join('.')}`)
    const left = {from: span.from, to: at}
    const right = (words: number) => ({from: at + words, to: span.to})
    switch (kind) {
      case 'AEXPR_OP':
        return this.#compared(names[0]!, [lexpr, left], [rexpr, right(1)])
      case 'AEXPR_DISTINCT':
        return this.#distinct([lexpr, left], [rexpr, right(3)])
      case 'AEXPR_OP_ANY':
        if (names[0] === '=') return this.#any([lexpr, left], [rexpr, right(2)])
        break
      case 'AEXPR_OP_ALL':
        if (names[0] === '<>') return {is: 'not', of: this.#any([lexpr, left], [rexpr, right(2)])}
    }
    throw new Unfit(`operator ${names[0]}`)
  }

  #compared(name: string, one: Side, other: Side): Predicate {
    const [{column, type}, term, isFlipped] = this.#sides(one, other)
    if (name === '=') return {is: 'equal', column, term}
    if (name === '<>') return {is: 'not', of: {is: 'equal', column, term}}
    if (!isOrder(name) || !isInteger(type)) throw new Unfit(`operator ${name} of column ${column.name}`)
    return {is: 'order', column, operator: isFlipped ? FLIPPED[name] : name, term}
  }

  #distinct(one: Side, other: Side): Predicate {
    const [{column}, term] = this.#sides(one, other)
    return {is: 'distinct', column, term}
  }

  #sides(one: Side, other: Side): [CastColumn, Term, isFlipped: boolean] {
    const isFlipped = !speaksOfRow(one[0])
    const [[tree], [term, span]] = isFlipped ? [other, one] : [one, other]
    if (speaksOfRow(term)) throw new Unfit('it compares columns of the row with each other')
    const column = this.#column(tree)
    return [column, this.#term(term, this.#printed.bare(span), this.#class(column)), isFlipped]
  }

  #any([item, itemSpan]: Side, [list, listSpan]: Side): Predicate {
    if (speaksOfRow(item)) {
      if (speaksOfRow(list)) throw new Unfit('it compares columns of the row with each other')
      const column = this.#column(item)
      return {is: 'any', column: column.column, term: this.#term(list, this.#printed.bare(listSpan), this.#class(column), true)}
    }
    const {name, type} = this.#named(list)
    const element = elementOf(type)
    const of = element === undefined ? undefined : classOf(element, this.#columns.enums)
    if (element === undefined || of === undefined) throw new Unfit(`column ${name}, for its type`)
    const term = this.#term(item, this.#printed.bare(itemSpan), of)
    return {is: 'member', column: {name, read: (text) => text}, elements: elementsReader(element), term}
  }

  #class({column, type}: CastColumn): string {
    const found = classOf(type, this.#columns.enums)
    if (!found) throw new Unfit(`column ${column.name}, for its type`)
    return found
  }

  /** A column, or a cast of it. */
  #column(tree: Tree): CastColumn {
    const {TypeCast} = tree
    if (!TypeCast) {
      const {name, type} = this.#named(tree)
      return {column: {name, read: readerOf(type)}, type}
    }
    const inner = this.#column(TypeCast.arg)
    const to = typeOf(TypeCast.typeName)
    const from = inner.type
    const read = to === undefined ? undefined : castReader(from, to, this.#columns.enums)
    if (to === undefined || !read) throw new Unfit(`the cast of column ${inner.column.name}`)
    const before = inner.column.read
    return {column: {name: inner.column.name, read: TypeCast.arg.ColumnRef ? read : (text) => read(before(text))}, type: to}
  }

  #named(tree: Tree): {name: string; type: number} {
    const fields = strings(tree.ColumnRef?.fields)
    const type = fields.length === 1 ? this.#columns.types.get(fields[0]!) : undefined
    if (type === undefined)
      throw new Unfit(
        fields.length === 1
          ? `column ${fields[0]}, which is generated or has another collation`
          : 'a part that is computed from the row',
      )
    return {name: fields[0]!, type}
  }

  #term(tree: Tree, span: Span, of: string, isArray = false): Term {
    const why = this.#refuse(tree)
    if (why) throw new Unfit(why)
    const sql = `(${this.#printed.text(span)})`
    const known = this.#wanted.findIndex((other) => other.sql === sql && other.of.class === of && other.of.isArray === isArray)
    const isConstant = isLiteral(tree)
    if (known >= 0) return {at: known, isConstant}
    const at = this.#wanted.push({sql, isConstant, of: {class: of, isArray}}) - 1
    this.trees.set(at, tree)
    return {at, isConstant}
  }
}

type Side = readonly [tree: Tree, span: Span]

const FLIPPED: Readonly<Record<Order, Order>> = {'<': '>', '>': '<', '<=': '>=', '>=': '<='}
const isOrder = (name: string): name is Order => name in FLIPPED

export function speaksOfRow(tree: unknown): boolean {
  let speaks = false
  walk({tree}, (name) => {
    if (name === 'ColumnRef') speaks = true
  })
  return speaks
}

const LITERAL = new Set(['A_Const', 'TypeCast', 'A_ArrayExpr'])

/** Constants, casts and arrays of them. */
function isLiteral(tree: Tree): boolean {
  const [name] = Object.keys(tree)
  if (!name || !LITERAL.has(name)) return false
  if (name === 'TypeCast') return isLiteral(tree.TypeCast.arg)
  return (tree.A_ArrayExpr?.elements ?? []).every(isLiteral)
}

/** As printed where search_path is empty; undefined for arrays, for what has a length, and for what is not PostgreSQL's own. */
export function typeOf({names, typmods, arrayBounds}: Tree): number | undefined {
  const parts = strings(names)
  if (typmods || arrayBounds || (parts.length === 2 && parts[0] !== 'pg_catalog') || parts.length > 2) return undefined
  return TYPE[parts.at(-1)!]
}
