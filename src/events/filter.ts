// A declared filter and rows of one shape in, whether it lets each of them through out: PostgreSQL is asked, once for all of them.
import {PgextError} from '../errors.ts'
import {quoteName, quoteNames} from '../postgres/quote.ts'
import type {DeclaredTable, Filter, FilterColumn} from './declared.ts'
import type {Asking} from './link.ts'
import type {Row, Shape} from './model.ts'
import {writeArray} from './text/array.ts'
import type {Types} from './types.ts'

/** `unknown`: it asks for a value that was not sent. An error, where PostgreSQL can't answer: changes are lost to whoever is shown this table. */
export type Verdict = boolean | 'unknown' | PgextError

/** What was refused before, as the filter speaks of a column that was not there. */
const refused = new WeakMap<Filter, Set<string>>()

/**
 * Several filters of one table at once: for each row what each of them says, of rows that hold all that they speak of.
 * undefined: one of them raised an error, or a type is gone.
 */
export async function judgeAll(
  db: Asking,
  types: Types,
  tables: readonly (DeclaredTable & {readonly filter: Filter})[],
  shape: Shape,
  rows: readonly Row[],
): Promise<boolean[][] | undefined> {
  const columns = [...new Map(tables.flatMap(({filter}) => filter.columns.map((one) => [one.name, one] as const))).values()]
  const at = shape.columns.flatMap(({name}, at) => (columns.some((one) => one.name === name) ? [at] : []))
  const parts = tables.map(({filter}) => `(${filter.sql}) is true`)
  // as text, a letter each: drivers make arrays of it slowly
  const answer = `pg_catalog.array_to_string(array[${parts.join(', ')}], '')`
  const statement = statementOf(types, {table: {...tables[0]!, filter: {...tables[0]!.filter, columns}}, shape, at, rows}, answer)
  if (!statement) return undefined
  try {
    const answers = await db.query<{n: number; through: string}>(statement.sql, statement.values)
    if (answers.length !== rows.length) return undefined
    const through = new Map(answers.map(({n, through}) => [n, through]))
    return rows.map((_, n) => [...through.get(n)!].map((letter) => letter === 't'))
  } catch (error) {
    const {sqlstate} = error as PgextError
    if (!(error instanceof PgextError) || !sqlstate || isPassing(sqlstate)) throw error
    return undefined
  }
}

interface Asked {
  readonly table: DeclaredTable & {readonly filter: Filter}
  readonly shape: Shape
  /** positions in the shape */
  readonly at: readonly number[]
  readonly rows: readonly Row[]
}

/**
 * Rows of a shape that is not the table's present one are judged by the names that their columns had. The session is in no transaction,
 * as a value for which the filter raises an error would end it. `types` knows all types of the shape. undefined: the session was closed.
 */
export async function judge(
  db: Asking,
  types: Types,
  table: DeclaredTable,
  shape: Shape,
  rows: readonly Row[],
): Promise<Verdict[] | undefined> {
  const {filter} = table
  if (!filter) return rows.map(() => true)
  const named = new Set(filter.columns.map(({name}) => name))
  const spoken = shape.columns.flatMap(({name}, at) => (named.has(name) ? [at] : []))
  const verdicts = new Array<Verdict>(rows.length)
  // what stands unchanged outside its row is not sent: such rows are asked about by themselves
  const groups = new Map<string, number[]>()
  for (let n = 0; n < rows.length; n++) {
    const key = spoken.filter((at) => rows[n]![at] !== undefined).join()
    const group = groups.get(key)
    if (group) group.push(n)
    else groups.set(key, [n])
  }
  for (const [key, group] of groups) {
    const at = key === '' ? [] : key.split(',').map(Number)
    const asked = {table: {...table, filter}, shape, at, rows: group.map((n) => rows[n]!)}
    const answers = await ask(db, types, asked, at.length < spoken.length)
    if (!answers) return undefined
    answers.forEach((answer, n) => {
      verdicts[group[n]!] = answer
    })
  }
  return verdicts
}

async function ask(db: Asking, types: Types, asked: Asked, isPart: boolean): Promise<Verdict[] | undefined> {
  const {table, shape, at, rows} = asked
  const known = at.map((at) => shape.columns[at]!.name).join('\0')
  const isRefused = () => rows.map((): Verdict => (isPart ? 'unknown' : unasked(table)))
  if (refused.get(table.filter)?.has(known)) return isRefused()
  const statement = statementOf(types, asked)
  if (!statement) return rows.map(() => unasked(table))
  try {
    const answers = await db.query(statement.sql, statement.values)
    // a session that was closed meanwhile says nothing
    if (answers.length !== rows.length) return undefined
    const through = new Map(answers.map(({n, through}) => [n as number, through as boolean]))
    return rows.map((_, n) => through.get(n)!)
  } catch (error) {
    const {sqlstate} = error as PgextError
    if (!(error instanceof PgextError) || !sqlstate || isPassing(sqlstate)) throw error
    if (sqlstate === UNDEFINED_COLUMN) {
      refused.set(table.filter, (refused.get(table.filter) ?? new Set()).add(known))
      return isRefused()
    }
    // of the filter itself, or the only row there is
    if (rows.length === 1 || sqlstate.startsWith('42')) return rows.map(() => unasked(table, error))
    const middle = rows.length >> 1
    const first = await ask(db, types, {...asked, rows: rows.slice(0, middle)}, isPart)
    const second = await ask(db, types, {...asked, rows: rows.slice(middle)}, isPart)
    return first && second && [...first, ...second]
  }
}

const UNDEFINED_COLUMN = '42703'

/** Another time there may be an answer: no connection, no memory, cancelled, in a failed transaction, in conflict with recovery. */
const isPassing = (sqlstate: string): boolean => ['08', '25', '40', '53', '55', '57', '58'].includes(sqlstate.slice(0, 2))

/** A column is an array of its type: PostgreSQL reads each value as it reads its own text, not by a cast. undefined: a type is gone. */
function statementOf(
  types: Types,
  {table: {filter}, shape, at, rows}: Asked,
  answer = `(${filter.sql}) is true`,
): {sql: string; values: string[]} | undefined {
  const names = new Set(filter.columns.map(({name}) => name))
  const [row, number] = [unlike('r', names), unlike('n', names)]
  const collations = new Map(filter.columns.map((column) => [column.name, column]))
  const values = [writeArray(rows.map((_, n) => String(n)))]
  const parameters = ['pg_catalog.unnest($1::pg_catalog._int4)']
  const columns: string[] = [`u.n as ${quoteName(number)}`]
  for (const position of at) {
    const {name, type} = shape.columns[position]!
    const named = types.named(type)
    if (!named) return undefined
    const texts = rows.map((row) => row[position] as string | null)
    // in FROM, unnest makes columns of the fields of a composite type
    const array = types.shown(type).as === 'composite' ? undefined : named.array
    values.push(writeArray(texts, array ? named.delimiter : ','))
    parameters.push(`pg_catalog.unnest($${values.length}::${array ?? 'pg_catalog._text'})`)
    const cast = array ? '' : `::${named.name}`
    columns.push(`u.c${values.length}${cast}${collationOf(collations.get(name))} as ${quoteName(name)}`)
  }
  const given = parameters.map((_, n) => (n === 0 ? 'n' : `c${n + 1}`))
  const sql = `select ${quoteName(row)}.${quoteName(number)} as n, ${answer} as through from (select ${columns.join(', ')}
    from rows from (${parameters.join(', ')}) u (${given.join(', ')})) ${quoteName(row)}`
  return {sql, values}
}

const collationOf = (column?: FilterColumn): string => (column?.collation ? ` collate ${quoteNames(...column.collation)}` : '')

/** A name of a missing column would be read as the whole row where that bears the same. */
const unlike = (name: string, names: ReadonlySet<string>): string => (names.has(name) ? unlike(`${name}_`, names) : name)

function unasked({schema, table}: DeclaredTable, cause?: PgextError): PgextError {
  const name = quoteNames(schema, table)
  const why = cause ? `its filter ends in an error (${cause.sqlstate})` : 'the table had other columns then'
  return new PgextError('events-gone', `whether pg_events shows a change of table ${name} can't be told: ${why}`, {
    hint: `read table ${name} anew`,
    cause,
    sqlstate: cause?.sqlstate,
  })
}
