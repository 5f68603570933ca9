// `SELECT *` in; the same of those columns that somebody asks for, where a column more or less would change nothing, out.
import {parse, SyntaxProblem, strings, type Tree, walk} from '../../postgres/parse.ts'
import {offsets} from '../../postgres/places.ts'
import {quoteName} from '../../postgres/quote.ts'
import {RECORD, type Types} from '../kind.ts'
import type {Understood} from '../plpgsql/check.ts'
import type {Variable} from '../plpgsql/scope.ts'
import type {Solved} from '../plpgsql/solve.ts'
import {tokensOf} from '../plpgsql/token.ts'
import type {Routine} from '../routine.ts'

/** A statement of a body, to be made part of a function in standard SQL. */
export interface Spoken {
  readonly sql: string
  /** undefined: no parser has read it */
  readonly tree?: Tree
  /** its value is assigned: what it reads is written */
  readonly assigns?: true
  /** nobody is missed where PostgreSQL refuses it */
  readonly optional?: true
}

/** Which columns of a `*` are meant: all, none, or those that somebody asks the record for that holds them. */
export type Stars = 'all' | 'none' | readonly string[]

export interface Records {
  /** fields that are named, by record; undefined: it is handed on as a whole */
  readonly fields: ReadonlyMap<Variable, ReadonlySet<string> | undefined>
}

export function recordsIn({statements}: Understood): Records {
  const fields = new Map<Variable, Set<string> | undefined>()
  for (const {piece, work} of statements) {
    for (const {variable, field, reference} of piece.mentions) {
      if (!variable.isRecord || reference.isKey) continue
      const isGiven = field === undefined && (work.role.kind === 'next' || work.role.kind === 'return')
      if (isGiven) continue
      const known = fields.has(variable) ? fields.get(variable) : new Set<string>()
      fields.set(variable, field === undefined || known === undefined ? undefined : known.add(field))
    }
  }
  return {fields}
}

export async function starsOf(
  {work, answer}: Solved,
  routine: Routine,
  {fields}: Records,
  {statements}: Understood,
  types: Types,
): Promise<Stars> {
  if (answer instanceof Error) return 'all'
  const names = answer.columns.map(({name}) => name)
  const isLike = async (type: number) => {
    const kind = await types.of(type)
    return kind?.fields !== undefined && kind.fields.map(({name}) => name).join('\0') === names.join('\0')
  }
  const {role} = work
  if (role.kind === 'any' || role.kind === 'alone') return 'none'
  if (role.kind === 'query') return (await isLike(routine.returns)) ? 'none' : 'all'
  if (role.kind !== 'rows' || role.targets.length !== 1) return 'all'
  const [target] = role.targets
  const variable = work.scope.find(target!.names, target!.from)?.variable
  if (!variable) return 'all'
  if (!variable.isRecord) return variable.isRow && (await isLike(variable.type)) ? 'none' : 'all'
  const isGiven = statements.some(
    ({piece, work}) =>
      (work.role.kind === 'next' || work.role.kind === 'return') &&
      piece.mentions.some((mention) => mention.variable === variable && mention.field === undefined),
  )
  if (isGiven && !(await isLike(routine.returns))) return 'all'
  if (!fields.has(variable)) return 'none'
  const used = fields.get(variable)
  return used ? names.filter((name) => used.has(name)) : 'all'
}

/** As it stands, but for the stars of its own list; where that is not the same to PostgreSQL it is made as it stands. */
export async function withoutStars(sql: string, stars: Stars): Promise<Spoken> {
  const [tree] = await treesOf(sql)
  if (!tree) return {sql, tree}
  const own = stars === 'all' ? [] : starsIn(tree.SelectStmt)
  const places = [...own, ...asked(tree)].sort((a, b) => a - b)
  if (places.length === 0) return {sql, tree}
  const at = offsets(sql)
  const {tokens} = await tokensOf(sql)
  const list = listOf(tree.SelectStmt, stars)
  let text = ''
  let end = 0
  for (const place of places) {
    const from = at(place)
    const star = tokens.find((token) => token.from >= from && token.text === '*')
    // TABLE orders has one that nobody wrote
    if (!star) return {sql, tree}
    text += `${sql.slice(end, from)}${place === own[0] ? list : 'null'}`
    end = star.to
  }
  const [without] = await treesOf(text + sql.slice(end))
  return without ? {sql: text + sql.slice(end), tree: without} : {sql, tree}
}

/** The places of the stars in a SELECT's list; of what compares its rows as wholes, none. */
function starsIn(select: Tree | undefined): number[] {
  if (!select || (select.op && select.op !== 'SETOP_NONE') || select.distinctClause) return []
  return ((select.targetList ?? []) as Tree[]).flatMap(({ResTarget}) => {
    const column = ResTarget?.val?.ColumnRef as Tree | undefined
    return column?.fields?.at(-1)?.A_Star ? [(column.location as number | undefined) ?? 0] : []
  })
}

/** Stars of which nobody sees a column: EXISTS (SELECT * …). */
function asked(tree: Tree): number[] {
  const places: number[] = []
  walk(tree, (name, node) => {
    if (name === 'SubLink' && node.subLinkType === 'EXISTS_SUBLINK') places.push(...starsIn(node.subselect?.SelectStmt))
  })
  return places
}

/** Columns that somebody asks for, and that the list does not name itself. */
function listOf(select: Tree | undefined, stars: Stars): string {
  const targets = (select?.targetList ?? []) as Tree[]
  const others = new Set(targets.map(({ResTarget}) => ResTarget?.name ?? strings(ResTarget?.val?.ColumnRef?.fields).at(-1)))
  const wanted = typeof stars === 'string' ? [] : stars.filter((name) => !others.has(name))
  return wanted.length > 0 ? wanted.map(quoteName).join(', ') : 'null'
}

/** `SELECT * FROM orders` of a function that gives rows of orders. */
export async function givesRowsOf(routine: Routine, {SelectStmt: select}: Tree, types: Types): Promise<boolean> {
  const ranges = (select?.fromClause ?? []) as Tree[]
  const type = routine.returns === RECORD ? undefined : await types.of(routine.returns)
  if (!type?.fields || select?.targetList?.length !== 1) return false
  const [first] = ranges
  const name = first?.RangeVar?.relname ?? first?.JoinExpr?.larg?.RangeVar?.relname
  return name !== undefined && (type.name === quoteName(name) || type.name.endsWith(`.${quoteName(name)}`))
}

export async function treesOf(text: string): Promise<Tree[]> {
  try {
    return (await parse(text)).map(({stmt}) => stmt)
  } catch (error) {
    if (error instanceof SyntaxProblem) return []
    throw error
  }
}
