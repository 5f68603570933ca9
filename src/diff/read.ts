// A session in, its Catalog out: two round trips, one REPEATABLE READ transaction, the queries of all kinds that are there in one script.
import {hash} from 'node:crypto'
import {PgextError} from '../errors.ts'
import type {Db, Row, Server} from '../postgres/db.ts'
import {Addresses, DEPENDENCIES} from './addresses.ts'
import {Assembly} from './assemble.ts'
import {askEach, catalogsIn, type Denied, isDenied, type Piece, unreadable} from './denied.ts'
import {kindOf, kinds} from './kinds/index.ts'
import type {Catalog, CatalogObject, Kind, ObjectId} from './model.ts'
import {UNMODELLED, type Unmodelled} from './unmodelled.ts'

/** What pg_get_*def print partly comes from newer catalogs than the snapshot's: the rows of users' objects in these tell whether any changed meanwhile. */
const STAMPED = ['pg_class', 'pg_proc', 'pg_constraint', 'pg_attrdef', 'pg_trigger', 'pg_policy', 'pg_rewrite', 'pg_type']
const stampOf = (names: readonly string[]) =>
  `select ${['null', ...names]
    .map((name) => {
      if (name === 'null') return "''"
      const lasting = name === 'pg_class' ? `and relpersistence <> 't'` : ''
      return `(select count(*) || '/' || coalesce(sum(hashtext(xmin::text)::bigint), 0) from ${name} where oid >= 16384 ${lasting})`
    })
    .join(` || ' ' || `)} as stamp`
const STAMP = stampOf(STAMPED)

/** Catalogs nobody has analysed look empty to the planner, and its nested loops over them are quadratic. */
const BEGIN =
  'begin isolation level repeatable read read only; set local jit = off; set local enable_nestloop = off; set local enable_mergejoin = off; set local max_parallel_workers_per_gather = 0'

const TRIES = 4

/** @param roles those to read, since roles are the cluster's, and most of them are nobody's business here */
export async function read(db: Db, roles: ReadonlySet<string> = new Set()): Promise<Catalog> {
  for (let tries = 1; ; tries++) {
    const seen = await readOnce(db, roles)
    if (seen) return seen
    if (tries === TRIES) {
      throw new PgextError('target-moved', `the schema of ${db.server.database} keeps changing while it is read`, {
        hint: 'wait until other migrations are done, then run the command again',
      })
    }
  }
}

/** undefined: the schema changed while it was read. */
async function readOnce(db: Db, roles: ReadonlySet<string>): Promise<Catalog | undefined> {
  try {
    const {begun, unmet, asked, closed} = await begin(db)
    const reading = readingOf(roles)
    const pieces = piecesOf(asked, db.server, unmet)
    const rest = await db.script([...pieces.map(({sql}) => sql), 'commit', STAMP].join(';\n'), reading.take)
    return isSteady([...begun, ...rest]) ? reading.catalog(db, closed) : undefined
  } catch (error) {
    await db.script('rollback').catch(() => {})
    if (isDenied(error)) return await readEach(db, roles)
    // an object that went while it was printed
    if (error instanceof PgextError && error.sqlstate === 'XX000') return undefined
    throw error
  }
}

/** As one that may not read all of it. */
async function readEach(db: Db, roles: ReadonlySet<string>): Promise<Catalog | undefined> {
  const reading = readingOf(roles)
  const told = heeding(kinds, await tablesThere(db))
  const pieces = piecesOf(told.asked, db.server)
  const closed = await unreadable(db, [...new Set(pieces.flatMap(({sql}) => catalogsIn(sql)))])
  const stamp = stampOf(STAMPED.filter((name) => !closed.has(name)))
  const begun = await db.script(`${BEGIN}; ${stamp}; savepoint piece`)
  const denied = [...told.closed, ...(await askEach(db, pieces, closed, reading.take))]
  return isSteady([...begun, ...(await db.script(`commit; ${stamp}`))]) ? reading.catalog(db, denied) : undefined
}

/** The transaction begins; the kinds of which there may be objects. */
async function begin(db: Db) {
  const begun = await db.script(
    `${BEGIN}; ${STAMP}; select json_build_array(${CONDITIONS.join(', ')})::text as met, ${OWN_TABLES} as own`,
  )
  const {met, own} = begun.at(-1)![0]!
  const isMet: boolean[] = JSON.parse(met)
  const unmet = new Set(CONDITIONS.filter((_, at) => !isMet[at]))
  const there = kinds.filter(({some}) => !(some && unmet.has(some)))
  return {begun, unmet, ...heeding(there, JSON.parse(own))}
}

/** Each asked once. */
const CONDITIONS = [...new Set(kinds.flatMap(({some, parts = []}) => [...(some ? [some] : []), ...parts]))]

/** Tables of schema pgext that tell what it did to users' objects, and whether this role may read them. */
const OWN_TABLES = `
  (select coalesce(json_object_agg(c.relname, has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')), '{}')::text
   from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'pgext'
   where c.relname in (${kinds.flatMap(({heeding}) => (heeding ? `'${heeding.table}'` : [])).join(', ')}))`

type Own = Readonly<Record<string, boolean>>

const tablesThere = async (db: Db): Promise<Own> =>
  db.query(`select ${OWN_TABLES} as own`).then(
    ([row]) => JSON.parse(row!.own),
    () => ({}),
  )

/** A kind whose table is there and closed can't be told from what pgext did itself. */
function heeding(asked: readonly Kind[], own: Own): {readonly asked: readonly Kind[]; readonly closed: readonly Denied[]} {
  const isThere = ({heeding}: Kind) => heeding !== undefined && own[heeding.table] !== undefined
  const isClosed = (kind: Kind) => isThere(kind) && !own[kind.heeding!.table]
  return {
    asked: asked.flatMap((kind) => (isClosed(kind) ? [] : isThere(kind) ? {...kind, query: kind.heeding!.query} : kind)),
    closed: asked.flatMap((kind) =>
      isClosed(kind) ? {kind: kind.name, why: `permission denied for table pgext.${kind.heeding!.table}`} : [],
    ),
  }
}

const isSteady = (answers: readonly Row[][]): boolean => new Set(answers.flatMap((rows) => rows[0]?.stamp ?? [])).size === 1

/** Dependencies first: they tell what the rows are about while the server is still busy with the next kind. */
function piecesOf(asked: readonly Kind[], server: Server, unmet?: ReadonlySet<string>): Piece[] {
  return [
    {kind: 'dependency', facts: false, vital: true, sql: DEPENDENCIES},
    ...asked.map(({name, facts = false, query}) => ({kind: name, facts, sql: asJson(name, query(server, undefined, unmet))})),
    {kind: NOT_COMPARED, facts: true, sql: asJson(NOT_COMPARED, UNMODELLED)},
  ]
}

const NOT_COMPARED = 'objects that are not compared'

export const asJson = (kind: string, query: string): string =>
  `select '${kind}' as kind, coalesce(json_agg(row_to_json(k)), '[]')::text as rows from (${query}) k`

export function readingOf(roles: ReadonlySet<string>) {
  let assembly: Assembly
  let unmodelled: Unmodelled[] = []
  return {
    take([answer]: readonly Row[]): void {
      if (answer?.catalogs) assembly = new Assembly(new Addresses(answer as {edges: string; catalogs: string}), roles)
      if (!answer?.rows) return
      const rows = JSON.parse(answer.rows)
      if (answer.kind === NOT_COMPARED) unmodelled = rows
      else assembly.take(kindOf(answer.kind), rows)
    },
    catalog: (db: Db, denied: readonly Denied[]): Catalog =>
      catalogOf(assembly.objects(denied.length > 0), db.server, unmodelled, denied),
  }
}

/** Objects in, a frozen Catalog out; its fingerprint is made when it is first asked for. */
export function catalogOf(
  objects: ReadonlyMap<ObjectId, CatalogObject>,
  server: Catalog['server'],
  unmodelled: readonly Unmodelled[] = [],
  denied: readonly Denied[] = [],
): Catalog {
  let made: string | undefined
  return Object.freeze({
    objects,
    get fingerprint() {
      made ??= fingerprintOf(objects)
      return made
    },
    server,
    unmodelled,
    denied,
  })
}

function fingerprintOf(objects: ReadonlyMap<ObjectId, CatalogObject>): string {
  const lines = [...objects.keys()].sort().map((id) => `${id}\0${objects.get(id)!.hash}\n`)
  return hash('sha256', lines.join('')).slice(0, 32)
}
