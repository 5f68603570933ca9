// Conditions as PostgreSQL prints them in; the same with what they ask about the viewer as columns beside the row, and the SQL of these, out: or why not.
import {parse, strings, type Tree, walk} from '../../postgres/parse.ts'
import {TYPE} from '../predicate/kind.ts'
import {speaksOfRow} from '../predicate/read.ts'
import {Printed, type Span} from '../predicate/span.ts'
import {type Names, refusedTerm} from './term.ts'

/** SQL, whose type PostgreSQL says; undefined: it is none whose text is as good as the value. */
export type TypesOf = (terms: readonly string[]) => Promise<readonly (number | undefined)[]>

export interface Term {
  readonly sql: string
  readonly type: number
}

const PREFIX = 'select '

/**
 * What is asked about the viewer are calls that are none of PostgreSQL's immutable functions: each with all around it that speaks of no row.
 * @param isBare collations matter: no more than the calls
 * @param terms of other conditions, to which those of this one are added
 * @returns undefined: something of it can't be asked by itself
 */
export async function lift(
  sql: string,
  {names, typesOf, isBare}: {readonly names: Names; readonly typesOf: TypesOf; readonly isBare: boolean},
  alias: string,
  terms: Term[],
): Promise<string | undefined> {
  const text = `${PREFIX}${sql}`
  const printed = await Printed.read(text)
  const tree = await parse(text)
  const starts = startsOf(tree, printed)
  const chains: Span[][] = []
  for (const start of starts) {
    const chain = await chainOf(printed, start, names, isBare)
    if (chain.length === 0) return undefined
    chains.push(chain)
  }
  const types = await typesOf(chains.flat().map((span) => printed.text(span)))
  const values = await Promise.all(
    chains.flat().map(async (span) => (await treeOf(printed.text(span)))?.SQLValueFunction !== undefined),
  )
  let n = 0
  const chosen: (Span & {readonly type: number})[] = []
  for (const chain of chains) {
    const fit = chain.flatMap((span) => {
      const type = types[n]
      // a function's name has the collation of what the function was called with
      const isUnclear = isBare && type === TYPE.name && !values[n]
      n++
      return type === undefined || isUnclear ? [] : [{...span, type}]
    })
    const largest = fit.at(-1)
    if (!largest) return undefined
    // calls come in the order of the text: what was chosen before holds this one, or is held by it
    while (chosen.length > 0 && largest.from <= chosen.at(-1)!.from) chosen.pop()
    if (chosen.length === 0 || largest.from >= chosen.at(-1)!.to) chosen.push(largest)
  }
  const pieces: string[] = []
  const originals: (Tree | undefined)[] = []
  let from = 1
  for (const span of chosen) {
    const piece = printed.text(span)
    const known = terms.findIndex((term) => term.sql === piece)
    const at = known >= 0 ? known : terms.push({sql: piece, type: span.type}) - 1
    originals[at] = await treeOf(piece)
    pieces.push(printed.text({from, to: span.from}), `(${alias}.t${at})`)
    from = span.to
  }
  pieces.push(printed.text({from, to: printed.tokens.length}))
  const lifted = pieces.filter((piece) => piece !== '').join(' ')
  const after = await parse(`${PREFIX}${lifted}`).catch(() => [])
  return isOfRow(after) && restored(after, alias, originals) === bareText(tree) ? lifted : undefined
}

/** Where calls begin that a viewer decides, by token. */
function startsOf(tree: unknown, printed: Printed): number[] {
  const places = new Set<number>()
  walk(tree, (name, node) => {
    if (isAsked(name, node)) places.add(node.location)
  })
  return [...printed.tokens.keys()].filter((at) => places.has(printed.tokens[at]!.start))
}

function isAsked(name: string, node: Tree): boolean {
  if (name === 'SQLValueFunction') return true
  if (name !== 'FuncCall') return false
  const called = strings(node.funcname)
  return called.at(-1) === 'current_setting' || (called.length > 1 && called[0] !== 'pg_catalog')
}

/** Nothing is left that goes by who looks, or that is not PostgreSQL's own. */
function isOfRow(tree: unknown): boolean {
  let isLeft = false
  walk(tree, (name, node) => {
    const operator = name === 'A_Expr' ? strings(node.name) : []
    if (isAsked(name, node) || name === 'SubLink' || operator.length > 1) isLeft = true
  })
  return !isLeft
}

/** From the call itself to the largest part around it that speaks of no row. */
async function chainOf(printed: Printed, start: number, names: Names, isBare: boolean): Promise<Span[]> {
  const chain: Span[] = []
  let span: Span = {from: start, to: printed.endOfCall(start)}
  const isTerm = async (one: Span) => {
    const tree = await treeOf(printed.text(one))
    return (
      tree !== undefined && !speaksOfRow(tree) && refusedTerm(tree, names) === undefined && (!isBare || isOfNoCollation(tree))
    )
  }
  if (!(await isTerm(span))) return []
  chain.push(span)
  while (!isBare) {
    let larger: Span | undefined
    for (const candidate of printed.around(span))
      if (isAround(candidate, larger ?? span) && (await isTerm(candidate))) larger = candidate
    if (!larger) break
    span = larger
    chain.push(span)
  }
  return chain
}

/**
 * As a column its value has the collation of its type (`"C"` for name, the database's for text), and so has it here: what it is called
 * with brings none of its own, as a name or COLLATE among its arguments would.
 */
function isOfNoCollation(tree: Tree): boolean {
  if (tree.SQLValueFunction) return true
  const called = tree.FuncCall
  return called !== undefined && ((called.args ?? []) as Tree[]).every(isConstant)
}

function isConstant(argument: Tree): boolean {
  if (argument.A_Const) return true
  const cast = argument.TypeCast
  return cast?.arg?.A_Const !== undefined && COLLATED_AS_TEXT.has(strings(cast.typeName.names).at(-1) ?? '')
}

const COLLATED_AS_TEXT = new Set(['text', 'bool', 'int2', 'int4', 'int8', 'float8', 'numeric', 'uuid'])

const isAround = (one: Span, other: Span): boolean =>
  one.from <= other.from && one.to >= other.to && one.to - one.from > other.to - other.from

async function treeOf(sql: string): Promise<Tree | undefined> {
  const parsed = await parse(`${PREFIX}(${sql})`).catch(() => [])
  const list = parsed.length === 1 ? parsed[0]!.stmt.SelectStmt?.targetList : undefined
  return list?.length === 1 ? list[0].ResTarget.val : undefined
}

const PLACES = new Set(['location', 'list_start', 'list_end', 'rexpr_list_start', 'rexpr_list_end'])
const bare = (key: string, value: unknown): unknown => (PLACES.has(key) ? undefined : value)
const bareText = (tree: unknown): string => JSON.stringify(tree, bare)

/** As the parser reads it, with what was taken out put back: spans are found by parentheses, and this is what holds them. */
function restored(tree: unknown, alias: string, originals: readonly (Tree | undefined)[]): string {
  const bared = originals.map((original) => original && JSON.parse(bareText(original)))
  return JSON.stringify(tree, (key, value) => {
    const fields = value?.ColumnRef ? strings(value.ColumnRef.fields) : []
    return fields.length === 2 && fields[0] === alias ? bared[Number(fields[1]!.slice(1))] : bare(key, value)
  })
}
