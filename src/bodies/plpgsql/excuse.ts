// An error of a statement and what stands around it in; whether the body may run well all the same out.

import {TRIGGER} from '../kind.ts'
import type {Routine} from '../routine.ts'
import type {Means, Understood} from './check.ts'
import type {Place} from './result.ts'
import type {Solved} from './solve.ts'
import {tokensOf} from './token.ts'
import {inside, looksUp, makes} from './touched.ts'
import type {Handler, Span, Statement} from './tree.ts'
import {childrenOf} from './tree.ts'

/** What is said of a name that is not there, or is not what it was. */
export const ABSENT = new Set(['42P01', '42703', '42883', '42704', '3F000', '42P02', '42809', '42804'])

/** columns that every table has, and no list names */
const HIDDEN = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid', 'oid'])

/** 'silent': it may run well; 'note': it fails, and nobody hears of it. */
export async function excuse(
  sqlstate: string,
  at: number,
  {piece, work}: Pick<Solved, 'piece' | 'work'>,
  {understood, means, routine, variant}: Place,
  by: 'names' | 'made' = 'names',
): Promise<'silent' | 'note' | undefined> {
  const {touched, tokens} = understood
  const caught = caughtBy(sqlstate, work.caught)
  if (caught === 'silent') return 'silent'
  const names = await namesAt(routine.body, tokens, at)
  // where no table is named, a bare name can only be a variable's: nothing that is made brings it there
  if (sqlstate === '42703' && names.length === 1 && !piece.references.hasRows) return caught
  if (names.includes('pg_temp')) return 'silent'
  const relations = piece.references.relations
  const isUnknown = (name: string) => touched[by].has(name) && !piece.standins?.has(name)
  if (relations.some((name) => name[0] === 'pg_temp' || isUnknown(name.at(-1)!))) return 'silent'
  // a query in a table's place has its columns, and neither its keys nor what every table has
  const standsIn = [...(piece.standins ?? [])].some((name) => touched[by].has(name))
  if (standsIn && (sqlstate !== '42703' || HIDDEN.has(names.at(-1) ?? ''))) return 'silent'
  if (!ABSENT.has(sqlstate)) return caught
  if (names.some(isUnknown)) return 'silent'
  if (touched.movesPath && names.length < 2) return 'silent'
  if (work.guards.some((guard) => isLookup(guard, sqlstate, names, understood, routine))) return 'silent'
  const isTyped = work.guards.some(({from, to}) =>
    tokens.some((token) => token.text === 'pg_typeof' && from <= token.from && token.to <= to),
  )
  if (isTyped && sqlstate !== '42703' && piece.mentions.some(({variable}) => variable.isPolymorphic)) return 'silent'
  if (sqlstate !== '42P01') return caught
  // a transition table of a trigger that is still to be made
  if (names.length === 1 && routine.returns === TRIGGER && !variant.table) return 'silent'
  if (names.length === 1 && (await isMadeElsewhere(names[0]!, means))) return 'silent'
  return caught
}

/** Itself, or by way of a variable that it asks for. */
function isLookup(
  guard: Span,
  sqlstate: string,
  names: readonly string[],
  {tokens, works}: Understood,
  {body}: Routine,
): boolean {
  if (looksUp(body, tokens, guard, sqlstate, names)) return true
  const words = new Set(
    tokens.filter(({from, to, kind}) => guard.from <= from && to <= guard.to && kind === 'word').map(({text}) => text),
  )
  return works.some(({role, span}) => {
    const given =
      role.kind === 'assign'
        ? [role.target.names[0]!]
        : role.kind === 'rows'
          ? role.targets.map(({names}) => names[0]!)
          : role.kind === 'value' && role.variable
            ? [role.variable.name]
            : []
    return given.some((name) => words.has(name)) && looksUp(body, tokens, span, sqlstate, names)
  })
}

/** The dotted name that begins there. */
export async function namesAt(body: string, tokens: Understood['tokens'], at: number): Promise<string[]> {
  const start = tokens.findIndex(({from, to}) => from <= at && at < to)
  const first = tokens[start]
  // a relation's name as a constant of type regclass
  if (first?.kind === 'text') {
    const text = inside(body.slice(first.from, first.to))
    return namesAt(text, (await tokensOf(text).catch(() => ({tokens: []}))).tokens, 0)
  }
  const names: string[] = []
  for (let n = start; n !== -1; n += 2) {
    const token = tokens[n]
    if (!token || (token.kind !== 'word' && token.kind !== 'name')) break
    names.push(token.text)
    if (tokens[n + 1]?.text !== '.') break
  }
  return names
}

/** A temporary table that some other routine makes for this one. */
export async function isMadeElsewhere(name: string, {session}: Pick<Means, 'session'>): Promise<boolean> {
  const rows = await session.db.query(BODIES)
  for (const {body} of rows) if (await makes(body, name)) return true
  return false
}

const BODIES = `
  select p.prosrc as body from pg_catalog.pg_proc p
  join pg_catalog.pg_language l on l.oid = p.prolang and l.lanname not in ('internal', 'c')
  where p.prosrc ~* 'create|into\\s+temp|rename' and p.prosqlbody is null and p.oid >= 16384`

function caughtBy(sqlstate: string, caught: readonly (readonly Handler[])[]): 'silent' | 'note' | undefined {
  for (const handlers of caught) {
    for (const {conditions, body} of handlers) {
      if (conditions.some((name) => catches(name, sqlstate))) return 'silent'
      if (conditions.includes('others') && !body.some(throws)) return 'note'
    }
  }
  return undefined
}

/** RAISE, or RAISE EXCEPTION. */
function throws(statement: Statement): boolean {
  if (statement.kind === 'raise') return statement.level === 'exception'
  return childrenOf(statement).some((body) => body.some(throws))
}

/** Of the errors that can be told beforehand, what handlers call them. */
const CONDITIONS: Readonly<Record<string, string>> = {
  undefined_table: '42P01',
  undefined_column: '42703',
  undefined_function: '42883',
  undefined_object: '42704',
  undefined_parameter: '42P02',
  invalid_schema_name: '3F000',
  ambiguous_column: '42702',
  ambiguous_function: '42725',
  datatype_mismatch: '42804',
  cannot_coerce: '42846',
  grouping_error: '42803',
  syntax_error: '42601',
  syntax_error_or_access_rule_violation: '42000',
  wrong_object_type: '42809',
  invalid_text_representation: '22P02',
  invalid_datetime_format: '22007',
  datetime_field_overflow: '22008',
  numeric_value_out_of_range: '22003',
  null_value_not_allowed: '22004',
  data_exception: '22000',
  feature_not_supported: '0A000',
  check_violation: '23514',
  not_null_violation: '23502',
  generated_always: '428C9',
  invalid_column_reference: '42P10',
  indeterminate_datatype: '42P18',
  object_not_in_prerequisite_state: '55000',
  s_r_e_function_executed_no_return_statement: '2F005',
  sql_routine_exception: '2F000',
}

function catches(name: string, sqlstate: string): boolean {
  const code = CONDITIONS[name] ?? name.toUpperCase()
  return code === sqlstate || (code.endsWith('000') && code.slice(0, 2) === sqlstate.slice(0, 2))
}
