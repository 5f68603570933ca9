// A routine and what is understood of its body in; statements without variables, of which PostgreSQL can say what they need, out.
import {parse, SyntaxProblem, strings, type Tree} from '../../postgres/parse.ts'
import {offsets} from '../../postgres/places.ts'
import {quoteName} from '../../postgres/quote.ts'
import {RECORD, type Types, VOID} from '../kind.ts'
import type {Understood} from '../plpgsql/check.ts'
import {typesIn, wordingOf} from '../plpgsql/ground.ts'
import type {Variable} from '../plpgsql/scope.ts'
import type {Solved} from '../plpgsql/solve.ts'
import {tokensOf} from '../plpgsql/token.ts'
import {childrenOf, type Statement, type Target} from '../plpgsql/tree.ts'
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

/** What stays to be guessed: statements that PostgreSQL reads only when they run. */
export interface Unit {
  readonly routine: Routine
  /** parameters of the function that is made of them */
  readonly parameters: string
  readonly statements: readonly Spoken[]
  readonly guesses: readonly Tree[]
  /** it runs text that is put together when it runs */
  readonly isDynamic: boolean
}

export async function plpgsqlUnit(routine: Routine, understood: Understood, types: Types): Promise<Unit> {
  const statements: Spoken[] = []
  const guesses: Tree[] = []
  const records = recordsIn(understood)
  const solved = new Set(understood.statements.map(({work}) => work))
  for (const one of understood.statements) {
    if (one.answer instanceof Error) {
      guesses.push({[one.piece.kind]: one.piece.tree})
      continue
    }
    const sql = await inside(await withoutVariables(one, types), one.piece.kind)
    const spoken = await withoutStars(sql, await starsOf(one, routine, records, understood, types))
    statements.push(spoken)
  }
  let isDynamic = false
  for (const work of understood.works) {
    if (work.role.kind === 'text') {
      const text = solved.has(work) ? constantOf(understood.statements.find((one) => one.work === work)!.piece.tree) : undefined
      if (text === undefined) isDynamic = true
      else guesses.push(...(await treesOf(text)))
    } else if (!solved.has(work)) guesses.push(...(await treesOf(routine.body.slice(work.span.from, work.span.to))))
  }
  for (const span of typesIn(understood.body.block)) {
    const {sql, names} = wordingOf(routine.body, understood.tokens, span)
    if (sql === undefined || names?.length === 1) continue
    statements.push({sql: sql.replace('$1', 'null'), optional: true})
  }
  for (const sql of await assignedFields(understood, types)) statements.push({sql, assigns: true, optional: true})
  return {routine, parameters: '', statements, guesses, isDynamic}
}

/** A body in SQL keeps its parameters: statements speak of them by name or number. */
export async function sqlUnit(routine: Routine, types: Types): Promise<Unit> {
  const inputs = routine.arguments.filter(({mode}) => mode === 'i' || mode === 'b' || mode === 'v')
  const kinds = await Promise.all(inputs.map(({type}) => types.of(POLYMORPHIC.get(type) ?? type)))
  const parameters = inputs.map(({name}, at) => `${name && `${quoteName(name)} `}${kinds[at]?.name ?? 'text'}`).join(', ')
  const statements: Spoken[] = []
  const guesses: Tree[] = []
  const parsed = await parse(routine.body).catch(() => [])
  const at = offsets(routine.body)
  const last = parsed.length - 1
  for (const [n, {stmt, stmt_location = 0, stmt_len}] of parsed.entries()) {
    const [kind] = Object.keys(stmt)
    const sql = routine.body.slice(at(stmt_location), stmt_len === undefined ? undefined : at(stmt_location + stmt_len))
    if (!PLAIN.has(kind!)) guesses.push(stmt)
    else if (n < last || routine.returns === VOID) statements.push(await withoutStars(sql, 'none'))
    // `SELECT *` of the table whose rows it gives follows that table
    else statements.push(await withoutStars(sql, (await givesRowsOf(routine, stmt, types)) ? 'none' : 'all'))
  }
  return {routine, parameters, statements, guesses, isDynamic: false}
}

/** Polymorphic types, and what stands for them: integers will do. */
const POLYMORPHIC = new Map([
  [2283, 23],
  [2776, 23],
  [5077, 23],
  [5079, 23],
  [2277, 1007],
  [5078, 1007],
  [3831, 3904],
  [5080, 3904],
  [4537, 4451],
  [4538, 4451],
])

/** What a body in standard SQL takes. */
export const PLAIN = new Set('SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt ReturnStmt'.split(' '))

/** The query of CREATE TABLE … AS, which is none of standard SQL's bodies. */
async function inside(sql: string, kind: string): Promise<string> {
  if (kind !== 'CreateTableAsStmt') return sql
  const {tokens} = await tokensOf(sql)
  let depth = 0
  let from = 0
  let to = sql.length
  for (const [at, {kind, text, from: start, to: end}] of tokens.entries()) {
    if (text === '(') depth++
    if (text === ')') depth--
    if (depth > 0 || kind !== 'word') continue
    if (text === 'as' && from === 0) from = end
    const next = tokens[at + 1]?.text
    if (text === 'with' && from > 0 && (next === 'data' || next === 'no')) to = start
  }
  return sql.slice(from, to)
}

async function treesOf(text: string): Promise<Tree[]> {
  try {
    return (await parse(text)).map(({stmt}) => stmt)
  } catch (error) {
    if (error instanceof SyntaxProblem) return []
    throw error
  }
}

async function withoutVariables({bound}: Solved, types: Types): Promise<string> {
  const {tokens} = await tokensOf(bound.sql)
  let sql = ''
  let end = 0
  for (const {from, to, kind, text} of tokens) {
    if (kind !== 'parameter') continue
    const type = bound.types[Number(text.slice(1)) - 1] ?? 0
    const name = (await types.of(type))?.name
    sql += `${bound.sql.slice(end, from)}${name ? `(null::${name})` : 'null'}`
    end = to
  }
  return sql + bound.sql.slice(end)
}

/** Which columns of a `*` are meant: all, none, or those that somebody asks the record for that holds them. */
type Stars = 'all' | 'none' | readonly string[]

interface Records {
  /** fields that are named, by record; undefined: it is handed on as a whole */
  readonly fields: ReadonlyMap<Variable, ReadonlySet<string> | undefined>
}

function recordsIn({statements}: Understood): Records {
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

async function starsOf(
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
async function withoutStars(sql: string, stars: Stars): Promise<Spoken> {
  const [tree] = await treesOf(sql)
  if (stars === 'all' || !tree) return {sql, tree}
  const select = tree.SelectStmt as Tree | undefined
  const targets = (select?.targetList ?? []) as Tree[]
  const places = targets.flatMap(({ResTarget}) => {
    const column = ResTarget?.val?.ColumnRef as Tree | undefined
    return column?.fields?.at(-1)?.A_Star ? [(column.location as number | undefined) ?? 0] : []
  })
  const isPlain = select && (!select.op || select.op === 'SETOP_NONE') && !select.distinctClause
  if (!isPlain || places.length === 0) return {sql, tree}
  const at = offsets(sql)
  const {tokens} = await tokensOf(sql)
  const others = new Set(targets.map(({ResTarget}) => ResTarget?.name ?? strings(ResTarget?.val?.ColumnRef?.fields).at(-1)))
  const wanted = stars === 'none' ? [] : stars.filter((name) => !others.has(name))
  const list = wanted.length > 0 ? wanted.map(quoteName).join(', ') : 'null'
  let text = ''
  let end = 0
  for (const [n, place] of places.entries()) {
    const from = at(place)
    const star = tokens.find((token) => token.from >= from && token.text === '*')!
    text += `${sql.slice(end, from)}${n === 0 ? list : 'null'}`
    end = star.to
  }
  const [without] = await treesOf(text + sql.slice(end))
  return without ? {sql: text + sql.slice(end), tree: without} : {sql, tree}
}

/** EXECUTE of a text that is no more than that. */
function constantOf(tree: Tree): string | undefined {
  const value = tree.targetList?.length === 1 ? tree.targetList[0].ResTarget?.val : undefined
  return (value?.A_Const?.sval?.sval ?? value?.TypeCast?.arg?.A_Const?.sval?.sval) as string | undefined
}

/** `SELECT * FROM orders` of a function that gives rows of orders. */
async function givesRowsOf(routine: Routine, {SelectStmt: select}: Tree, types: Types): Promise<boolean> {
  const ranges = (select?.fromClause ?? []) as Tree[]
  const type = routine.returns === RECORD ? undefined : await types.of(routine.returns)
  if (!type?.fields || select?.targetList?.length !== 1) return false
  const [first] = ranges
  const name = first?.RangeVar?.relname ?? first?.JoinExpr?.larg?.RangeVar?.relname
  return name !== undefined && (type.name === quoteName(name) || type.name.endsWith(`.${quoteName(name)}`))
}

/** Columns of rows that stand in variables and are given a value: `NEW.note := …`. */
async function assignedFields({body, scopeOf}: Understood, types: Types): Promise<string[]> {
  const found = new Set<string>()
  const visit = async (statement: Statement): Promise<void> => {
    for (const {names, from} of targetsOf(statement)) {
      const at = scopeOf.get(statement)?.find(names, from)
      const field = at && names[at.used]
      if (!field || !at.variable.isRow || at.variable.isRecord) continue
      const name = (await types.of(at.variable.type))?.name
      if (name) found.add(`select (null::${name}).${quoteName(field)}`)
    }
    for (const inner of childrenOf(statement)) for (const one of inner) await visit(one)
  }
  await visit(body.block)
  return [...found]
}

function targetsOf(statement: Statement): readonly Target[] {
  switch (statement.kind) {
    case 'assign':
      return [statement.target]
    case 'rows':
    case 'elements':
    case 'diagnostics':
      return statement.targets
    case 'sql':
    case 'execute':
    case 'fetch':
      return statement.into?.targets ?? []
    default:
      return []
  }
}
