// A statement and who asks in; what it reaches by PostgreSQL's own notes (pg_depend) out: tables with columns, functions, and what is unseen.
import {PgextError} from '../../errors.ts'
import type {Db, Row} from '../../postgres/db.ts'
import {quoteNames} from '../../postgres/quote.ts'
import type {Viewer} from '../model.ts'
import {type Made, makeBodies} from './body.ts'
import {type Marks, readMarks} from './marks.ts'
import type {Statement} from './statement.ts'
import {enter} from './transaction.ts'
import {FUNCTIONS, RELATIONS, TREES, WALK} from './walk.ts'

/** A relation whose rows it reads. */
export interface Reached {
  readonly oid: number
  readonly schema: string
  readonly name: string
  /** as pg_class has it: r, p, f, m, S; v of PostgreSQL's own alone */
  readonly kind: string
  /** those that it reads; 'all' where it reads whole rows, or counts them */
  readonly columns: ReadonlySet<string> | 'all'
  /** reached through policies alone */
  readonly isPolicys: boolean
}

export interface Called {
  readonly schema: string
  readonly name: string
  readonly oid: number
  readonly language: string
  readonly volatility: 'i' | 's' | 'v'
  /** of its parameters */
  readonly arity: number
  /** PostgreSQL's own */
  readonly isBuiltIn: boolean
  /** its body is in standard SQL, of which PostgreSQL notes what it reads, or was made so */
  readonly isOpen: boolean
  /** it sets a search_path */
  readonly hasPath: boolean
}

export interface Reach {
  readonly relations: readonly Reached[]
  readonly functions: readonly Called[]
  /** oids of all that it reaches: views and functions that it only goes through, too */
  readonly oids: ReadonlySet<number>
  /** of all of them, as they were when this was read */
  readonly marks: Marks
  /** policies that are asked, as SQL expressions */
  readonly policies: readonly string[]
  /** functions, by oid, that are called elsewhere than in the statement itself and in policies */
  readonly behind: ReadonlySet<number>
  /** it names CURRENT_DATE, CURRENT_TIMESTAMP or such */
  readonly readsClock: boolean
}

/**
 * In a transaction of its own, which is rolled back: a function in standard SQL is made of the statement, since a view can't hold $1.
 *
 * @param types SQL of the parameters' types
 * @param reads tables that its functions read
 */
export async function readReach(
  db: Db,
  viewer: Viewer | undefined,
  {sql}: Statement,
  types: readonly string[],
  reads: readonly string[],
): Promise<Reach> {
  try {
    await db.script(`begin isolation level repeatable read, read write; ${enter(viewer, 10_000)}`)
    await refuseUnknown(db, reads)
    await make(db, sql, types)
    const [made] = await db.query(`select oid from pg_catalog.pg_proc where pronamespace = pg_catalog.pg_my_temp_schema()
      and proname = 'pgext_live'`)
    return await walk(db, made!.oid, reads)
  } finally {
    await db.script('rollback')
  }
}

/** Through bodies that are texts, too, as far as they are surely understood; what these call, again. */
async function walk(db: Db, own: number, reads: readonly string[]): Promise<Reach> {
  const path = db.server.path ?? '"$user", public'
  const made: Made[] = []
  const tried = new Set<number>()
  for (;;) {
    const nodes = await db.query(WALK, [own, reads, JSON.stringify(made)])
    const reach = await describeNodes(db, own, nodes, made)
    const closed = reach.functions.filter(({oid, isOpen, language}) => !isOpen && LOOKED_INTO.has(language) && !tried.has(oid))
    // what one with a path of its own calls may be called under that
    const paths = reach.functions.filter(({hasPath}) => hasPath)
    const sure = closed.filter(({oid, hasPath}) => hasPath || paths.every((one) => one.oid === oid))
    if (sure.length === 0) return reach
    for (const {oid} of sure) tried.add(oid)
    const oids = sure.map(({oid}) => oid)
    const policys = new Set(nodes.flatMap(({class: catalog, id, policys}) => (policys && isProc(catalog) ? [id] : [])))
    const more = await makeBodies(db, oids, path)
    made.push(...more.map((one) => ({...one, isPolicys: policys.has(one.of)})))
    await db.query(`select pg_catalog.set_config('search_path', $1, true)`, [path])
    if (more.length === 0) return reach
  }
}

const LOOKED_INTO: ReadonlySet<string> = new Set(['sql', 'plpgsql'])

const isProc = (catalog: string): boolean => catalog === 'pg_proc' || catalog === 'pg_catalog.pg_proc'

async function make(db: Db, sql: string, types: readonly string[]): Promise<void> {
  try {
    await db.query(
      `create function pg_temp.pgext_live(${types.join(', ')}) returns void language sql begin atomic\n${sql}\n;\nend`,
    )
  } catch (error) {
    if (!(error instanceof PgextError) || error.sqlstate !== '42501') throw error
    throw new PgextError('not-allowed', `what the query reads can't be found out: ${error.message}`, {
      hint: 'it takes a temporary function, of which nothing stays: GRANT TEMPORARY ON DATABASE … TO the role',
      cause: error,
      sqlstate: error.sqlstate,
    })
  }
}

async function refuseUnknown(db: Db, reads: readonly string[]): Promise<void> {
  if (reads.length === 0) return
  const rows = await db.query<{name: string}>(
    'select r as name from pg_catalog.unnest($1::text[]) r where pg_catalog.to_regclass(r) is null',
    [reads],
  )
  if (rows[0]) throw new PgextError('usage', `reads names ${rows[0].name}, which does not exist`)
}

async function describeNodes(db: Db, own: number, nodes: readonly Row[], made: readonly Made[]): Promise<Reach> {
  const of = (name: string) => nodes.filter(({class: catalog}) => catalog === name || catalog === `pg_catalog.${name}`)
  const ids = (name: string) => of(name).map(({id}) => id as number)
  const trees = await db.query(TREES, [own, ids('pg_proc'), ids('pg_rewrite'), ids('pg_policy')])
  const met = new Map(of('pg_class').map((row) => [row.id as number, row]))
  // PostgreSQL's own relations and functions are in no note: their oids stand in the trees
  for (const {tree, policys} of trees)
    for (const oid of oidsIn(tree, 'relid')) if (!met.has(oid)) met.set(oid, {least: 0, columns: null, policys})
  const called = new Set(ids('pg_proc'))
  const behind = new Set<number>()
  for (const row of trees) {
    for (const key of CALLS) {
      for (const oid of oidsIn(row.tree, key)) {
        called.add(oid)
        if (!row.own && !row.policys) behind.add(oid)
      }
    }
  }
  called.delete(own)
  for (const {oid} of made) called.delete(oid)
  const opened = new Set(made.map(({of}) => of))
  const relations = await db.query(RELATIONS, [[...met.keys()]])
  const functions = await db.query(FUNCTIONS, [[...called]])
  const oids = new Set([...met.keys(), ...functions.flatMap(({oid, built_in}) => (built_in ? [] : oid))])
  return {
    relations: relations.map((row) => reachedAs(row, met.get(row.oid)!)),
    functions: functions.map(
      ({open, built_in, path, ...row}) =>
        ({...row, isOpen: open || opened.has(row.oid), isBuiltIn: built_in, hasPath: path}) as unknown as Called,
    ),
    oids,
    marks: await readMarks(db, [...oids]),
    policies: trees.flatMap(({policys, sql}) => (policys && sql !== null ? [sql] : [])),
    behind,
    readsClock: trees.some(({tree}) => readsClock(tree)),
  }
}

function reachedAs({oid, schema, name, kind}: Row, {least, columns, policys}: Row): Reached {
  return {
    oid,
    schema,
    name,
    kind,
    isPolicys: policys === true,
    columns: least <= 0 || !columns ? 'all' : new Set<string>(columns),
  }
}

export const nameOf = ({schema, name}: {readonly schema: string; readonly name: string}): string => quoteNames(schema, name)

const CALLS = ['funcid', 'opfuncid', 'aggfnoid', 'winfnoid']

/** Of a field of PostgreSQL's printed trees (`:funcid 1299`): what users wrote stands in them as bytes, or behind a backslash. */
function oidsIn(tree: string | null, field: string): Set<number> {
  const oids = new Set<number>()
  const label = `:${field} `
  for (let at = tree?.indexOf(label) ?? -1; at >= 0; at = tree!.indexOf(label, at + 1))
    oids.add(Number.parseInt(tree!.slice(at + label.length), 10))
  oids.delete(0)
  return oids
}

/** Of the functions of SQL without parentheses those up to LOCALTIMESTAMP tell the time. */
function readsClock(tree: string | null): boolean {
  const label = '{SQLVALUEFUNCTION :op '
  for (let at = tree?.indexOf(label) ?? -1; at >= 0; at = tree!.indexOf(label, at + 1))
    if (Number.parseInt(tree!.slice(at + label.length), 10) <= 8) return true
  return false
}
