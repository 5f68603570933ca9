// A routine and what is understood of its body in; statements without variables, of which PostgreSQL can say what they need, out.
import {parse, type Tree, walk} from '../../postgres/parse.ts'
import {offsets} from '../../postgres/places.ts'
import {quoteName} from '../../postgres/quote.ts'
import {type Types, VOID} from '../kind.ts'
import type {Understood} from '../plpgsql/check.ts'
import {typesIn, wordingOf} from '../plpgsql/ground.ts'
import type {Solved} from '../plpgsql/solve.ts'
import {tokensOf} from '../plpgsql/token.ts'
import {childrenOf, type Statement, type Target} from '../plpgsql/tree.ts'
import type {Routine} from '../routine.ts'
import {givesRowsOf, recordsIn, type Spoken, starsOf, treesOf, withoutStars} from './star.ts'

/** What stays to be guessed: statements that PostgreSQL reads only when they run. */
export interface Unit {
  readonly routine: Routine
  /** parameters of the function that is made of them */
  readonly parameters: string
  readonly statements: readonly Spoken[]
  readonly guesses: readonly Tree[]
  /** it runs text that is put together when it runs */
  readonly isDynamic: boolean
  /** it asks a record for a field, and where its rows come from is decided elsewhere */
  readonly isVague: boolean
}

export async function plpgsqlUnit(routine: Routine, understood: Understood, types: Types): Promise<Unit> {
  const statements: Spoken[] = []
  const guesses: Tree[] = []
  let isVague = false
  const records = recordsIn(understood)
  const solved = new Set(understood.statements.map(({work}) => work))
  for (const one of understood.statements) {
    if (one.answer instanceof Error) {
      guesses.push({[one.piece.kind]: one.piece.tree})
      continue
    }
    if (asksUnknown(one)) isVague = true
    if (isBare(one)) continue
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
    statements.push({...(await withoutStars(sql.replace('$1', 'null'), 'all')), optional: true})
  }
  for (const sql of await assignedFields(understood, types)) statements.push({sql, assigns: true, optional: true})
  return {routine, parameters: '', statements, guesses, isDynamic, isVague}
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
  return {routine, parameters, statements, guesses, isDynamic: false, isVague: false}
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

function asksUnknown({piece, bound}: Solved): boolean {
  return bound.types.includes(0) && piece.mentions.some(({variable, field}) => variable.isRecord && field !== undefined)
}

/** Variables and signs between them, which speak of nothing else. */
function isBare({piece}: Solved): boolean {
  const {kind, references, mentions, tree} = piece
  if (kind !== 'SelectStmt' || references.hasRows || mentions.some(({variable}) => variable.isRow && !variable.isRecord))
    return false
  let speaks = false
  walk(tree, (name) => {
    if (SPEAKING.has(name)) speaks = true
  })
  return !speaks
}

const SPEAKING = new Set(['FuncCall', 'TypeCast', 'A_Indirection', 'typeName', 'relation'])

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

async function withoutVariables({bound}: Solved, types: Types): Promise<string> {
  if (bound.types.length === 0) return bound.sql
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

/** EXECUTE of a text that is no more than that. */
function constantOf(tree: Tree): string | undefined {
  const value = tree.targetList?.length === 1 ? tree.targetList[0].ResTarget?.val : undefined
  return (value?.A_Const?.sval?.sval ?? value?.TypeCast?.arg?.A_Const?.sval?.sval) as string | undefined
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
