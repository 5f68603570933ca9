// A database that holds functions and their schema in; what their bodies use out: what PostgreSQL says where it can be asked, names elsewhere.
// It makes functions, in a transaction that is taken back: for throwaway databases alone.
import type {ObjectId} from '../diff/model.ts'
import type {Db} from '../postgres/db.ts'
import {parse} from '../postgres/parse.ts'
import {catalogsOf} from './catalogs.ts'
import {Types} from './kind.ts'
import type {Manner, Use} from './model.ts'
import {type Means, statementsOf} from './plpgsql/check.ts'
import {type Routine, readBodies} from './routine.ts'
import {inSession} from './session.ts'
import {atomicNeeds, type Draft, idOfNeed, type Need, needsOf} from './uses/depend.ts'
import {Guesses} from './uses/guess.ts'
import type {Spoken} from './uses/star.ts'
import {plpgsqlUnit, sqlUnit, type Unit} from './uses/unit.ts'
import {askedIn, hasStar, namesSaidIn, type Written, writtenIn} from './uses/written.ts'
import {variantsOf} from './variant.ts'

export interface Usage {
  /** those that were looked at */
  readonly routines: readonly ObjectId[]
  /** by routine, in order */
  readonly uses: readonly Use[]
  /** they run text that is put together when it runs */
  readonly dynamic: readonly ObjectId[]
  /** some of their statements were not understood, and only names in them are known */
  readonly unsure: readonly ObjectId[]
  /** nobody could read these: another language, or more than is known of this one */
  readonly unread: readonly ObjectId[]
}

export interface UsesOptions {
  /** what names without a schema are looked up in, where a routine sets no path of its own; default: what plain sessions have here */
  readonly path?: string
}

/** All of the users' routines, unless some are named. */
export async function usesOf(db: Db, routines?: ReadonlySet<ObjectId>, options: UsesOptions = {}): Promise<Usage> {
  await db.script('begin')
  try {
    const plain = options.path ?? db.server.path ?? 'public'
    const pathOf = (routine: Routine) => routine.settings.search_path ?? plain
    const {read, units} = await understand(db, routines, pathOf)
    // what somebody hung on CREATE FUNCTION is none of this
    if (db.server.superuser) await db.script('set local session_replication_role = replica')
    const {uses, unsure} = await ask(db, units, pathOf)
    const atomic = await atomicUses(
      db,
      read.filter(({isAtomic}) => isAtomic),
    )
    const known = new Set(units.map(({routine}) => routine.id))
    return {
      routines: read.map(({id}) => id),
      uses: distinct([...uses, ...atomic]),
      unsure,
      dynamic: units.filter(({isDynamic}) => isDynamic).map(({routine}) => routine.id),
      unread: read.filter(({id, isAtomic}) => !isAtomic && !known.has(id)).map(({id}) => id),
    }
  } finally {
    await db.script('rollback')
  }
}

async function understand(db: Db, routines: ReadonlySet<ObjectId> | undefined, pathOf: (routine: Routine) => string) {
  return inSession(db, async (session) => {
    const read = await readBodies(db, routines)
    const types = new Types(db)
    const shared: Omit<Means, 'path'> = {session, types, known: new Map(), catalogs: catalogsOf(db)}
    const each = await Promise.all(
      read.map(async (routine): Promise<Unit[]> => {
        if (routine.isAtomic) return []
        if (routine.language === 'sql') return [await sqlUnit(routine, types)]
        if (routine.language !== 'plpgsql') return []
        const understood = await Promise.all(
          variantsOf(routine).map((variant) => statementsOf(routine, variant, {...shared, path: pathOf(routine)})),
        )
        if (understood.some((one) => one === undefined)) return []
        return Promise.all(understood.map((one) => plpgsqlUnit(routine, one!, types)))
      }),
    )
    return {read, units: each.flat()}
  })
}

/** First all of a routine at once; what is refused then, statement by statement; what is refused again is guessed. */
async function ask(db: Db, units: readonly Unit[], pathOf: (routine: Routine) => string) {
  const drafts = units.flatMap((unit) => [...groupsOf(unit)].map((statements) => ({unit, statements})))
  const first = await needsOf(
    db,
    drafts.map(({unit, statements}) => draftOf(unit, statements, pathOf)),
    1,
  )
  const again = drafts.flatMap(({unit, statements}, at) =>
    first[at] || statements.length < 2 ? [] : statements.map((one) => ({unit, statements: [one]})),
  )
  const second = await needsOf(
    db,
    again.map(({unit, statements}) => draftOf(unit, statements, pathOf)),
    2,
  )
  const all = [
    ...drafts.map((draft, at) => ({...draft, needs: first[at], isLast: draft.statements.length < 2})),
    ...again.map((draft, at) => ({...draft, needs: second[at], isLast: true})),
  ]
  const uses = all.flatMap(({unit, statements, needs}) => (needs ? usesBy(unit.routine.id, statements, needs) : []))
  const lost = all.flatMap(({unit, statements, needs, isLast}) =>
    needs || !isLast ? [] : statements.flatMap(({tree, optional}) => (tree && !optional ? [{unit, tree}] : [])),
  )
  const guessed = [...units.flatMap((unit) => unit.guesses.map((tree) => ({unit, tree}))), ...lost]
  const doubtful = new Set([...guessed.map(({unit}) => unit), ...units.filter(({isVague}) => isVague)])
  // of several types that it may be called with, one will do
  const sure = new Set(units.filter((unit) => !doubtful.has(unit)).map(({routine}) => routine.id))
  const unsure = [...new Set(units.map(({routine}) => routine.id))].filter((id) => !sure.has(id)).sort()
  if (guessed.length === 0) return {uses, unsure}
  const guesses = await Guesses.read(db)
  const more = guessed.flatMap(({unit, tree}) =>
    guesses
      .of([tree], schemasIn(pathOf(unit.routine), db.server.user))
      .map((one): Use => ({routine: unit.routine.id, ...one, guessed: true})),
  )
  return {uses: [...uses, ...more], unsure}
}

/** Apart from the others: those of which it counts what they write, and which columns a star stands for. */
function groupsOf({statements}: Unit): Spoken[][] {
  const alone = statements.filter(({assigns, tree}) => assigns || (tree && (writtenIn(tree).length > 0 || hasStar(tree))))
  const rest = statements.filter((one) => !alone.includes(one))
  return [...(rest.length > 0 ? [rest] : []), ...alone.map((one) => [one])]
}

function draftOf({routine, parameters}: Unit, statements: readonly Spoken[], pathOf: (routine: Routine) => string): Draft {
  return {path: pathOf(routine), name: routine.name, parameters, statements: statements.map(({sql}) => sql)}
}

function usesBy(routine: ObjectId, statements: readonly Spoken[], needs: readonly Need[]): Use[] {
  const trees = statements.flatMap(({tree}) => tree ?? [])
  const assigns = statements.some((one) => one.assigns)
  const written = trees.flatMap(writtenIn)
  const asked = new Set(trees.flatMap(askedIn))
  // what nobody has parsed may say anything
  const said = statements.every(({tree}) => tree) ? new Set(trees.flatMap(namesSaidIn)) : undefined
  return needs.flatMap((need) => {
    const {part} = need
    const isUnsaid = part !== undefined && said?.has(part) === false
    const isListed = written.some(({table, columns}) => columns?.includes(part ?? '') && isTable(table, need))
    const use = (on: ObjectId, manner: Manner): Use => {
      const placed = part !== undefined && !assigns && (isUnsaid || (manner === 'writes' && !isListed))
      return {routine, on, manner, ...(placed && {placed})}
    }
    if (assigns) return [use(idOfNeed(need), part === undefined ? 'names' : 'writes')]
    const own = mannersOf(need, written, asked).map((manner) => use(idOfNeed(need), manner))
    // PostgreSQL notes columns instead of their table
    if (part === undefined || own.length === 0) return own
    const {part: _, ...whole} = need
    return [...own, ...mannersOf(whole, written, asked).map((manner): Use => ({routine, on: idOfNeed(whole), manner}))]
  })
}

const CALLED = new Set(['function', 'procedure', 'aggregate'])
const READ = new Set(['table', 'view', 'materialized view', 'foreign table'])

function mannersOf(need: Need, written: readonly Written[], named: ReadonlySet<string>): Manner[] {
  const {kind, part, isType} = need
  if (CALLED.has(kind)) return ['calls']
  if (!READ.has(kind) || isType) return ['names']
  const mine = written.filter(({table}) => isTable(table, need))
  if (mine.length === 0) return ['reads']
  if (part === undefined) return ['writes']
  const isListed = mine.some(({columns}) => columns?.includes(part))
  const isOpen = mine.some(({columns}) => columns === undefined)
  // of a table whose rows are updated on conflict PostgreSQL notes every column
  if (!isListed && !isOpen && !named.has(part) && mine.some(({conflicts}) => conflicts)) return []
  // INSERT without a list writes what nobody asks for by name
  const isWritten = isListed || (isOpen && !named.has(part))
  return [...(isWritten ? (['writes'] as const) : []), ...(!isWritten || named.has(part) ? (['reads'] as const) : [])]
}

const isTable = (table: readonly string[], {schema, name}: Need): boolean =>
  table.at(-1) === name && (table.length < 2 || table[0] === schema)

/** Bodies in standard SQL: as printed, for what they write. */
async function atomicUses(db: Db, routines: readonly Routine[]): Promise<Use[]> {
  if (routines.length === 0) return []
  const oids = routines.map(({oid}) => oid)
  const needs = await atomicNeeds(db, oids)
  const [row] = await db.query(BODIES, [oids])
  const texts = new Map((JSON.parse(row!.bodies) as [number, string][]).map((one) => one))
  const uses = await Promise.all(
    routines.map(async ({id, oid}) => {
      // 'BEGIN ATOMIC … END' and 'RETURN …' stand in no statement of their own
      const parsed = await parse(`create function f() returns void language sql ${texts.get(oid)}`).catch(() => [])
      const tree = parsed[0]?.stmt
      return usesBy(id, [{sql: '', ...(tree && {tree})}], needs.get(oid) ?? [])
    }),
  )
  return uses.flat()
}

const BODIES = `
  select coalesce(json_agg(json_build_array(oid::int8, pg_catalog.pg_get_function_sqlbody(oid))), '[]')::text as bodies
  from pg_catalog.pg_proc where oid = any ($1::oid[])`

/** The schemas of a search_path, as far as it can be told. */
function schemasIn(path: string, user: string): string[] {
  const names = path.match(/"(?:[^"]|"")+"|[^\s,]+/g) ?? []
  return names.map((name) => {
    const plain = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase()
    return plain === '$user' ? user : plain
  })
}

/** Each once, in order; what is known is not guessed. */
function distinct(uses: readonly Use[]): Use[] {
  const found = new Map<string, Use>()
  for (const use of uses) {
    const key = JSON.stringify([use.routine, use.on, use.manner])
    const known = found.get(key)
    if (!known || (known.guessed && !use.guessed) || (known.placed && !use.placed && !use.guessed)) found.set(key, use)
  }
  // the body of one that calls itself needs nothing
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, use]) => (use.routine === use.on ? [] : [use]))
}
