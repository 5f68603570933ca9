// A database's URL, what is pending there and the files in; what a deployment does there, in which order nothing that runs breaks, tried on copies, out.
import {checkBodies} from '../bodies/check.ts'
import type {Finding} from '../bodies/model.ts'
import {spare} from '../diff/leave.ts'
import type {Catalog, Change, ObjectId} from '../diff/model.ts'
import {read} from '../diff/read.ts'
import {relabel} from '../diff/relabel.ts'
import {ROUTINES} from '../diff/routines.ts'
import {scope} from '../diff/scope.ts'
import {PgextError} from '../errors.ts'
import type {Migration} from '../migrations/file.ts'
import type {Pending} from '../migrations/preflight.ts'
import {replay} from '../migrations/replay.ts'
import type {Db} from '../postgres/db.ts'
import {connect} from '../postgres/native.ts'
import {quoteNames} from '../postgres/quote.ts'
import {runSteps} from '../prove/run.ts'
import type {ShadowDatabase, SourceFile} from '../shadow/model.ts'
import {type Gap, gapsIn, newGaps} from './access.ts'
import {driftOf} from './drift.ts'
import {sparing} from './known.ts'
import type {Deployment} from './model.ts'
import {makeNamed} from './named.ts'
import {type Priced, priced} from './priced.ts'
import {makerIn, withNamed} from './proof.ts'
import {rulesFor} from './rules.ts'
import {type Known, namesMentioned, openFiles, openLive, openMigrations, reprint, type Workplace} from './sides.ts'
import {roleNeeded} from './target.ts'
import {wholeDeployment} from './whole.ts'

export interface RehearsalRequest {
  readonly url: string
  /** in order; those that ended in the middle say which blocks are committed */
  readonly pending: readonly Pending[]
  /** what the database has of its journal's migrations: files, or parts of them */
  readonly applied: readonly Migration[]
  /** what is left of the pending ones */
  readonly left: readonly Migration[]
  /** roles of the API, and the schemas that it shows */
  readonly roles: readonly string[]
  readonly schemas: readonly string[]
}

export interface Rehearsal {
  /** what the database has otherwise than its journal's migrations left it */
  readonly drift: readonly Change[]
  /** statements of pending migrations, with what they lock and what hazards they have */
  readonly migrations: Priced
  /** what deploy-functions does once these have run; absent: migrations carry them */
  readonly functions?: Deployment
  /** functions that go before the migrations, by name, since they work with both schemas, and their older selves do not; empty: none */
  readonly first: readonly string[]
  /** functions that fail between the two, whichever comes first */
  readonly between: readonly Failing[]
  /** functions that the migrations break, and that nothing of it mends */
  readonly lasting: readonly Failing[]
  /** what the API's roles may not do of what comes or changes; what stays as it is was told when it came */
  readonly gaps: readonly Gap[]
}

export interface Failing {
  readonly routine: ObjectId
  readonly why: string
}

export async function rehearsal(request: RehearsalRequest, sources: readonly SourceFile[], place: Workplace): Promise<Rehearsal> {
  const desired = await openFiles(sources, 'files', place)
  const roles = desired.loaded!.rolesCreated
  const replayed = await openMigrations(request.applied, place, roles)
  let current = await openLive(request.url, 'database', place, roles, {declared: replayed.catalog, near: replayed})
  const rules = rulesFor(current, desired, place)
  const unneeded = spare(scope(current.catalog, desired.catalog, rules), current.catalog, [])
  current = sparing(current, unneeded, rules.versions)
  if (current.catalog.server.major !== desired.catalog.server.major)
    current = await reprint(current, place, unneeded, rules.versions)
  const stage: Stage = {request, desired, current, place, clone: await cloning(request.left, current, desired, place)}
  place.tell('rehearsing on a copy')
  // what nothing is run on stays as it is
  const after = request.left.length > 0 ? await migrated(stage) : {state: current, failing: [], gone: []}
  const statements = await priced(request.left, current.catalog, after.state.catalog, place)
  const told = {drift: driftOf(current, replayed, desired, place), migrations: statements}
  if (place.project.settings.versioned)
    return {...told, first: [], between: [], lasting: after.failing, gaps: await gapsAfter(stage, after.state)}
  const functions = await wholeDeployment({url: request.url, prove: true, rehearse: true}, desired, place, after.state)
  const mends = new Set(functions.waiting.flatMap(({from, to}) => [from?.id, to?.id]))
  const made = new Set(functions.waiting.flatMap(({verb, to}) => (verb === 'create' && ROUTINES.has(to.kind) ? [to.id] : [])))
  const gone = after.gone.filter((id) => made.has(id)).map((routine) => ({routine, why: 'it is not there'}))
  const between = [...after.failing.filter(({routine}) => mends.has(routine)), ...gone]
  const lasting = after.failing.filter(({routine}) => !mends.has(routine))
  const first = between.length > 0 ? await goingFirst(stage, between) : undefined
  const isStill = request.left.length === 0 && functions.plan.steps.length === 0
  const gaps = isStill ? [] : await gapsAfter(stage, after.state, functions)
  return {...told, functions, first: first ?? [], between: first ? [] : between, lasting, gaps}
}

interface Stage {
  readonly request: RehearsalRequest
  readonly desired: Known
  /** as it is now */
  readonly current: Known
  readonly place: Workplace
  /** of that */
  readonly clone: () => Promise<ShadowDatabase>
}

interface Migrated {
  readonly state: Known
  /** bodies that failed in nothing before */
  readonly failing: readonly Failing[]
  /** routines that are there no longer */
  readonly gone: readonly ObjectId[]
}

/** Roles that migrations name are there, as they have to be on the target. */
async function cloning(left: readonly Migration[], current: Known, desired: Known, place: Workplace) {
  const names = await namesMentioned(left)
  const make = withNamed(desired, place, () => current.clone())
  return async () => {
    const database = await make()
    if (database.shadow.engine === 'server' || names.roles.size + names.tablespaces.size === 0) return database
    const db = await database.connect()
    await makeNamed(db, names, database.shadow).finally(() => db.close())
    return database
  }
}

/** @param before runs on the copy first */
async function migrated(stage: Stage, before: (db: Db) => Promise<void> = async () => {}): Promise<Migrated> {
  const {request, desired, current, place} = stage
  const database = await stage.clone()
  const db = await connectAs(database, place)
  const roles = desired.loaded!.rolesCreated
  try {
    const known = new Set((await faultsIn(db)).map(keyOf))
    await before(db)
    await replay(db, request.left, {isGuest: database.shadow.engine === 'server'})
    const failing = (await faultsIn(db)).filter((one) => !known.has(keyOf(one)))
    const server = current.catalog.server
    const catalog = {...relabel(await read(db, roles), await makerIn(db, place), server.user), server}
    const there = [...current.catalog.objects.values()].filter(({kind}) => ROUTINES.has(kind))
    const gone = there.flatMap(({id}) => (catalog.objects.has(id) ? [] : [id]))
    await db.close()
    const state: Known = {side: 'database', catalog, ...(current.live && {live: current.live}), clone: () => database.clone()}
    return {state, failing: failing.map(({routine, message}) => ({routine, why: message})), gone}
  } catch (error) {
    await db.close()
    await database.drop()
    throw error
  }
}

async function connectAs(database: ShadowDatabase, place: Workplace): Promise<Db> {
  const role = roleNeeded(database.shadow, place.target)
  return database.connect(role ? {role} : {})
}

const faultsIn = async (db: Db): Promise<Finding[]> => (await checkBodies(db)).filter(({level}) => level === 'error')

const keyOf = ({routine, rule, message}: Finding): string => [routine, rule, message].join('\0')

/** Their names, where what breaks otherwise works with the schema as it is, and with the one that comes; undefined: it does not. */
async function goingFirst(stage: Stage, between: readonly Failing[]): Promise<string[] | undefined> {
  const {request, desired, current, place} = stage
  const names = between.flatMap(({routine}) => nameIn(routine, [current.catalog, desired.catalog]))
  const asked = {url: request.url, prove: true, rehearse: true, names}
  try {
    const found = await wholeDeployment(asked, desired, place, current)
    if (found.plan.steps.length === 0 || !found.proof || found.findings?.some(({level}) => level === 'error')) return undefined
    const {failing, gone} = await migrated(stage, (db) => runSteps(db, found.plan.steps, async () => false))
    const meant = new Set(between.map(({routine}) => routine))
    return failing.some(({routine}) => meant.has(routine)) || gone.some((id) => meant.has(id)) ? undefined : names
  } catch (error) {
    if (error instanceof PgextError && error.code !== 'connection-lost' && error.code !== 'stopped') return undefined
    throw error
  }
}

function nameIn(id: ObjectId, catalogs: readonly Catalog[]): string[] {
  for (const {objects} of catalogs) {
    const found = objects.get(id)
    if (found) return [quoteNames(...found.name)]
  }
  return []
}

/** What the API's roles may not do once all is there. */
async function gapsAfter({request}: Stage, state: Known, functions?: Deployment): Promise<Gap[]> {
  if (request.roles.length === 0) return []
  const live = await connect(request.url)
  const before = await gapsIn(live, request.roles, request.schemas).finally(() => live.close())
  const database = await state.clone()
  // whose they are is no matter here
  const db = await database.connect()
  try {
    if (functions) await runSteps(db, functions.plan.steps, async () => false)
    return newGaps(await gapsIn(db, request.roles, request.schemas), before)
  } finally {
    await db.close()
    await database.drop()
  }
}
