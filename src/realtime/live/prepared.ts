// A query's text and who asks in; all that is known before it is run out: its columns, parameters, what it depends on, who may share it.
import {PgextError} from '../../errors.ts'
import type {Asking} from '../../events/link.ts'
import type {Types} from '../../events/types.ts'
import type {Column} from '../../postgres/describe.ts'
import {positionOf} from '../../postgres/error.ts'
import {walk} from '../../postgres/parse.ts'
import type {Viewer} from '../model.ts'
import {RUNS, type Share, shareOf} from './claims.ts'
import {type Cover, isSystem, type Missed, readCover, type Watched} from './cover.ts'
import {type Input, inputOf} from './input.ts'
import type {Marks} from './marks.ts'
import type {Pool} from './pool.ts'
import {nameOf, type Reach, readReach} from './reach.ts'
import {batched, readStatement, type Statement, single} from './statement.ts'
import {readAs} from './transaction.ts'

export interface Prepared {
  /** another one for each */
  readonly number: number
  readonly statement: Statement
  /** runs it once, with $1, $2, … */
  readonly single: string
  /** runs it for arrays of $1, $2, …; undefined: it has no parameters */
  readonly batched?: string
  /** the order of its rows means something */
  readonly isOrdered: boolean
  readonly columns: readonly Column[]
  /** its parameters' types */
  readonly inputs: readonly Input[]
  /** columns of the result, by position, that may tell its rows apart, best first */
  readonly keys: readonly (readonly number[])[]
  readonly watched: Watched
  /** oids of relations and functions that it reaches */
  readonly reached: ReadonlySet<number>
  /** of them, as they were defined */
  readonly marks: Marks
  readonly share: Share
  /** what it does not hear of, for people */
  readonly warnings: readonly string[]
}

/** What changes what is known of a text. */
export interface Manner {
  readonly static: boolean
  readonly reads: readonly string[]
  /** SQL of its parameters' types; PostgreSQL finds out where there are none */
  readonly types?: readonly string[]
  /** rows of a result */
  readonly rows: number
  /** what errors call the text */
  readonly file?: string
}

let made = 0

export async function prepare(
  pool: Pool,
  types: Types,
  text: string,
  viewer: Viewer | undefined,
  manner: Manner,
): Promise<Prepared> {
  const statement = await readStatement(text, manner.file)
  return pool.use(async (db) => {
    const [described] = await readAs(db, viewer, 10_000, async () =>
      db.describe([{sql: statement.sql, types: await typesOf(db, manner.types ?? [], statement)}]),
    )
    if (described instanceof PgextError) throw placed(described, statement)
    const {columns, parameters} = described!
    refuseColumns(columns, statement)
    await types.know(db, [...columns.map(({type}) => type), ...parameters])
    const inputs = parameters.map((oid) => inputOf(oid, types))
    const typeNames = inputs.map(({name}) => name)
    const reach = await readReach(db, viewer, statement, typeNames, manner.reads)
    const cover = await readCover(db, reach.relations)
    refuseMissed(cover, statement, manner)
    return {
      number: ++made,
      statement,
      single: single(statement, manner.rows),
      ...(parameters.length > 0 && {batched: batched(statement, inputs, manner.rows)}),
      isOrdered: statement.isOrdered,
      columns,
      inputs,
      keys: await readKeys(db, columns),
      watched: cover.watched,
      reached: reach.oids,
      marks: reach.marks,
      share: await shareOf(reach, statement.tree),
      warnings: warningsOf(reach, cover, manner, statement.tree),
    }
  })
}

async function typesOf(db: Asking, names: readonly string[], {where}: Statement): Promise<number[]> {
  if (names.length === 0) return []
  const rows = await db.query<{oid: number | null}>(
    'select pg_catalog.to_regtype(t)::oid as oid from pg_catalog.unnest($1::text[]) t',
    [names],
  )
  const at = rows.findIndex(({oid}) => oid === null)
  if (at >= 0)
    throw new PgextError('bad-sql', `there is no type ${names[at]}`, {
      hint: 'look at pgext:params above the query',
      where: where(0),
    })
  return rows.map(({oid}) => oid!)
}

function placed(error: PgextError, {sql, where}: Statement): PgextError {
  const position = positionOf(error)
  if (position === undefined) return error
  return new PgextError(error.code, error.message, {
    hint: error.hint,
    sqlstate: error.sqlstate,
    cause: error.cause,
    // PostgreSQL counts characters, JavaScript halves of some
    where: where([...sql].slice(0, position).join('').length),
  })
}

function refuseColumns(columns: readonly Column[], {where}: Statement): void {
  if (columns.length === 0) throw new PgextError('bad-sql', 'the query has no columns', {where: where(0)})
  const names = new Set<string>()
  for (const {name} of columns) {
    if (names.has(name))
      throw new PgextError('bad-sql', `two columns of the query are called ${name}`, {
        hint: 'give one of them another name: AS …',
        where: where(0),
      })
    names.add(name)
  }
}

function refuseMissed({missed}: Cover, {where}: Statement, manner: Manner): void {
  if (manner.static) return
  const refused = missed.filter(({relation}) => relation.kind !== 'm' && relation.kind !== 'S' && !relation.isPolicys)
  if (refused.length === 0) return
  const names = refused.map(({relation}) => nameOf(relation)).join(', ')
  const isForeign = refused.some(({relation}) => relation.kind === 'f')
  const lines = refused.flatMap(({line}) => line ?? [])
  throw new PgextError('not-realtime', `nobody is told of changes in ${names}`, {
    hint: [
      ...(lines.length > 0 ? [`add to your schema file: ${lines.join(' ')}`] : []),
      ...(isForeign ? ["what changes in another server's tables can't be captured here"] : []),
      'or say `static: true`, if that does not matter',
    ].join('; '),
    where: where(0),
  })
}

function warningsOf({functions, relations, readsClock}: Reach, {missed}: Cover, {reads}: Manner, tree: unknown): string[] {
  const {samples, tellsTime} = momentsIn(tree)
  const unseen = functions.filter(
    ({isBuiltIn, isOpen, language, volatility, name}) =>
      (isBuiltIn && RUNS.test(name)) ||
      (!isBuiltIn && !isOpen && volatility !== 'i' && language !== 'c' && language !== 'internal' && reads.length === 0),
  )
  const clock =
    readsClock ||
    tellsTime ||
    functions.some(({isBuiltIn, name, arity}) => isBuiltIn && (CLOCK.has(name) || (name === 'age' && arity === 1)))
  const fickle = functions.filter(
    ({isBuiltIn, volatility, name}) =>
      isBuiltIn && volatility === 'v' && !CLOCK.has(name) && !STEADY.has(name) && !RUNS.test(name),
  )
  return [
    ...unseen.map(
      (called) => `nobody can see what function ${nameOf(called)} reads: name its tables with \`reads\`, if it reads any`,
    ),
    ...missed.filter(({relation}) => relation.kind !== 'S').map(missedWarning),
    ...(clock ? ['the query reads the clock: it is run again when a table changes, not when time passes'] : []),
    ...fickle.map(
      ({name}) => `${name}() gives another answer each time: the query is run again when a table changes, and only then`,
    ),
    ...(samples ? ['TABLESAMPLE gives other rows each time: the query is run again when a table changes, and only then'] : []),
    ...relations
      .filter(({kind, schema}) => kind === 'S' && !isSystem({schema}))
      .map((sequence) => `the query names sequence ${nameOf(sequence)}, of which nobody is told changes`),
  ]
}

/** Functions that answer otherwise as time passes. */
const CLOCK: ReadonlySet<string> = new Set('now transaction_timestamp statement_timestamp clock_timestamp timeofday'.split(' '))
/** They are volatile for another reason: what they do, or what they read. */
const STEADY: ReadonlySet<string> = new Set(
  'set_config pg_sleep pg_sleep_for pg_sleep_until nextval currval lastval setval pg_notify pg_advisory_xact_lock pg_advisory_xact_lock_shared'.split(
    ' ',
  ),
)

/** TABLESAMPLE without REPEATABLE, and 'today'::date: PostgreSQL keeps no note of either. */
function momentsIn(tree: unknown): {samples: boolean; tellsTime: boolean} {
  let [samples, tellsTime] = [false, false]
  walk(tree, (name, node) => {
    if (name === 'RangeTableSample' && !node.repeatable) samples = true
    const text = name === 'TypeCast' ? node.arg?.A_Const?.sval?.sval : undefined
    if (typeof text === 'string' && MOMENTS.has(text.trim().toLowerCase())) tellsTime = true
  })
  return {samples, tellsTime}
}

const MOMENTS: ReadonlySet<string> = new Set(['now', 'today', 'tomorrow', 'yesterday'])

function missedWarning({relation, line}: Missed): string {
  const name = nameOf(relation)
  if (relation.kind === 'm') return `${name} is a materialized view: nobody is told when it is refreshed`
  const hint = line ? ` (${line})` : ''
  return relation.isPolicys
    ? `a policy reads ${name}, of whose changes nobody is told${hint}`
    : `nobody is told of changes in ${name}${hint}`
}

/** Primary keys that stand whole in the result: of each table by itself, then all together. */
async function readKeys(db: {query: Pool['query']}, columns: readonly Column[]): Promise<number[][]> {
  const tables = [...new Set(columns.map(({table}) => table))].filter((oid) => oid > 0)
  if (tables.length === 0) return []
  const rows = await db.query<{table: number; attributes: number[]}>(
    `select i.indrelid as table, pg_catalog.to_json(i.indkey::pg_catalog.int2[]) as attributes from pg_catalog.pg_index i
     where i.indisprimary and i.indrelid = any ($1::oid[])`,
    [tables],
  )
  const keys = tables.flatMap((oid) => {
    const attributes = rows.find(({table}) => table === oid)?.attributes
    const at = attributes?.map((attribute) => columns.findIndex(({table, attribute: of}) => table === oid && of === attribute))
    return at && !at.includes(-1) ? [at] : []
  })
  return keys.length > 1 ? [...keys, keys.flat()] : keys
}
