// A scenario and an engine in; walked from nothing to current, to desired, back, and to nothing, each arrival read back and compared.
import {renameIn} from '../../src/diff/answer.ts'
import {compare} from '../../src/diff/compare.ts'
import type {Catalog, Change, Step} from '../../src/diff/model.ts'
import {type PlanOptions, plan} from '../../src/diff/plan.ts'
import {read} from '../../src/diff/read.ts'
import {PgextError} from '../../src/errors.ts'
import type {Db} from '../../src/postgres/db.ts'
import {runSteps} from '../../src/prove/run.ts'
import {isClusterLevel, load} from '../../src/shadow/load.ts'
import type {Shadow, ShadowDatabase, SourceFile} from '../../src/shadow/model.ts'
import {hush, renamedClone, settle, settleOnClone} from '../../src/walk/renames.ts'
import {prepared} from './prepared.ts'
import type {Scenario} from './scenario.ts'
import {disagreements, LONG_WAY, observe, type Sighting} from './sighting.ts'

const SHOWN = 20

interface Seen {
  readonly catalog: Catalog
  /** by others than pgext's reader */
  readonly sighting: Sighting
}

/** A state that files were loaded into. */
interface State extends Seen {
  readonly roles: ReadonlySet<string>
}

/** Roles are the cluster's: only those that the scenario makes are read. */
type Look = (db: Db) => Promise<Catalog>

/** Where a walk goes: its session, and the database where others may look at it too. */
interface Way {
  readonly db: Db
  readonly database?: ShadowDatabase
  readonly look: Look
  /** words of lines in which other observers may disagree */
  readonly unseen: readonly string[]
  readonly busy?: PlanOptions['busy']
}

/** New databases of one shadow are alike: the first one is looked at for all. */
const empties = new WeakMap<Shadow, Seen>()

/** A database with a session, to walk on. */
interface Track {
  readonly place: ShadowDatabase
  readonly db: Db
}

/** Those where a walk came back to nothing, and was found to be there: the next one sets out from it, on a session that knows its way. */
const tracks = new WeakMap<Shadow, Track[]>()

/**
 * Every database of the walk on a shadow of its own where the scenario makes roles, else on the one given.
 * @param proof ways that are also proven, with planted rows
 */
export async function walkOn(
  shadow: Shadow,
  open: () => Promise<Shadow>,
  scenario: Scenario,
  {busy, proof = 'both'}: Pick<PlanOptions, 'busy'> & {readonly proof?: 'both' | 'there' | 'back'} = {},
): Promise<void> {
  const isolated = await isClusterLevel([...scenario.current, ...scenario.desired])
  const opened: Shadow[] = []
  const databases: ShadowDatabase[] = []
  const create = async () => {
    const place = isolated ? await open() : shadow
    if (isolated) opened.push(place)
    const database = await place.create()
    databases.push(database)
    return database
  }
  const free = isolated ? [] : (tracks.get(shadow) ?? [])
  if (!isolated) tracks.set(shadow, free)
  const lay = async (place: ShadowDatabase): Promise<Track> => ({place, db: prepared(await place.connect())})
  try {
    const [currentPlace, desiredPlace] = [await create(), await create()]
    const current = await fill(currentPlace, scenario.current, isolated)
    const desired = await fill(desiredPlace, scenario.desired, isolated)
    const look = looking(current, desired)
    const {refuses = {}, unproven, renames = {}} = scenario.settings
    const unseen = [...unseenIn(scenario), ...(busy ? LONG_WAY : [])]
    const track = free.pop() ?? (await lay(await create()))
    if (!databases.includes(track.place)) databases.push(track.place)
    const way: Way = {db: track.db, database: track.place, look, unseen, busy}
    const empty = (!isolated && empties.get(shadow)) || {
      catalog: await look(way.db),
      sighting: await observe(way.db, track.place),
    }
    if (!isolated && !empty.sighting.picture) empties.set(shadow, empty)
    const [a, b] = [current.catalog, desired.catalog]
    await go(way, 'nothing → current', empty, current)
    if (await accepts('current → desired', a, b, refuses.there)) {
      const there = await go(way, 'current → desired', current, desired, {said: renames.there, more: renames.more})
      if (await accepts('desired → current', b, a, refuses.back)) {
        await go(way, 'desired → current', busy ? {...desired, catalog: there} : desired, current, {
          said: renames.back,
          more: renames.more,
        })
        await go(way, 'current → nothing', current, empty)
      } else await go(way, 'desired → nothing', desired, empty)
    } else await go(way, 'current → nothing', current, empty)
    if (refuses.there) {
      await go(way, 'nothing → desired', empty, desired)
      if (await accepts('desired → current', b, a, refuses.back)) await go(way, 'desired → current', desired, current)
    }
    if (isolated) return
    if (!refuses.there) {
      databases.splice(databases.indexOf(track.place), 1)
      free.push(track)
    }
    const proofs = async () => {
      if (!refuses.there && proof !== 'back')
        await proveOn(currentPlace, 'proof of current → desired', a, b, look, {said: renames.there, busy})
      if (!refuses.back && proof !== 'there')
        await proveOn(desiredPlace, 'proof of desired → current', b, a, look, {said: renames.back, busy})
    }
    if (unproven === undefined) return await proofs()
    const failed = await proofs().then(
      () => false,
      () => true,
    )
    if (!failed) throw new Error(`is proven now: take 'unproven' out of its case.json (${unproven})`)
  } finally {
    for (const database of databases) await database.drop().catch(() => {})
    for (const one of opened) await one.close()
  }
}

/** The same on one session after the other state: for an engine that has a single database, which is left empty. */
export async function walkInPlace(db: Db, scenario: Scenario): Promise<void> {
  const isolated = await isClusterLevel([...scenario.current, ...scenario.desired])
  const empty: Seen = {catalog: await read(db), sighting: await observe(db)}
  const current = await loadInto(db, scenario.current, isolated)
  await go({db, look: looking(current), unseen: unseenIn(scenario)}, 'current → nothing', current, empty)
  const desired = await loadInto(db, scenario.desired, isolated)
  const way: Way = {db, look: looking(current, desired), unseen: unseenIn(scenario)}
  const [a, b] = [current.catalog, desired.catalog]
  const {refuses = {}, renames = {}} = scenario.settings
  if (await accepts('desired → current', b, a, refuses.back)) {
    await go(way, 'desired → current', desired, current, {said: renames.back, more: renames.more})
    if (await accepts('current → desired', a, b, refuses.there)) {
      await go(way, 'current → desired', current, desired, {said: renames.there, more: renames.more})
      await go(way, 'desired → nothing', desired, empty)
    } else await go(way, 'current → nothing', current, empty)
  } else {
    await go(way, 'desired → nothing', desired, empty)
    await go(way, 'nothing → current', empty, current)
    if (await accepts('current → desired', a, b, refuses.there)) {
      await go(way, 'current → desired', current, desired, {said: renames.there, more: renames.more})
      await go(way, 'desired → nothing', desired, empty)
    } else await go(way, 'current → nothing', current, empty)
  }
}

const unseenIn = ({settings}: Scenario): readonly string[] => settings.unseen?.lines ?? []

async function fill(database: ShadowDatabase, files: readonly SourceFile[], isolated: boolean): Promise<State> {
  const db = await database.connect()
  try {
    return await loadInto(db, files, isolated, database)
  } finally {
    await db.close()
  }
}

async function loadInto(db: Db, files: readonly SourceFile[], isolated: boolean, database?: ShadowDatabase): Promise<State> {
  const {rolesCreated} = await load(db, files, {calls: [], rolesMayBeMade: true, isolated})
  return {catalog: await read(db, rolesCreated), sighting: await observe(db, database), roles: rolesCreated}
}

function looking(...states: readonly State[]): Look {
  const roles = new Set(states.flatMap((state) => [...state.roles]))
  return (db) => read(db, roles)
}

/** As on a command line. */
interface Renames {
  readonly said?: readonly string[]
  readonly more?: string
}

async function go(
  {db, database, look, unseen, busy}: Way,
  leg: string,
  from: Seen,
  to: Seen,
  {said, more}: Renames = {},
): Promise<Catalog> {
  let steps: readonly Step[] = []
  try {
    const settled = await settle(from.catalog, to.catalog, (said ?? []).map(renameIn), async (some) => {
      steps = [...steps, ...some]
      await runSteps(db, some, async () => false)
      return look(db)
    })
    const quiet = hush({current: settled.catalog, desired: to.catalog})
    const rest = plan(quiet.current, to.catalog, {busy}).steps
    if (said && !more && rest.length > 0) throw new Error(`more than renames:\n${rest.map((step) => step.sql).join('\n')}`)
    steps = [...quiet.steps, ...rest]
    await runSteps(db, steps, async () => false)
    const there = await look(db)
    const left = compare(there, to.catalog)
    if (left.length > 0) throw new Error(`does not arrive:\n${left.map(differenceOf).join('\n')}`)
    if (plan(there, to.catalog).steps.length > 0) throw new Error('a second plan is not empty')
    const seen = (await disagreements(await observe(db, database), to.sighting)).filter(
      (line) => !unseen.some((words) => line.includes(words)),
    )
    if (seen.length > 0) throw new Error(`other observers disagree:\n${seen.slice(0, SHOWN).join('\n')}`)
    return there
  } catch (error) {
    throw told(leg, error, steps)
  }
}

/** A refusal that is expected, word for word in part, is fine; any other is not. */
async function accepts(leg: string, from: Catalog, to: Catalog, words: string | undefined): Promise<boolean> {
  if (words === undefined) return true
  try {
    plan(from, to)
  } catch (error) {
    if (error instanceof PgextError && error.message.includes(words)) return false
    throw told(leg, error, [])
  }
  throw new Error(`${leg}: was to be refused with '${words}'`)
}

async function proveOn(
  place: ShadowDatabase,
  leg: string,
  from: Catalog,
  desired: Catalog,
  look: Look,
  {said = [], busy}: Renames & Pick<PlanOptions, 'busy'>,
): Promise<void> {
  const {prove} = await import('../../src/prove/prove.ts')
  const settled = await settleOnClone({
    current: {catalog: from, clone: () => place.clone()},
    desired,
    declared: said.map(renameIn),
    read: look,
    tell: () => {},
  })
  const {current, steps} = hush({current: settled.catalog, desired})
  const whole = plan(current, desired, {busy})
  if (whole.steps.length === 0) return
  try {
    await prove({
      clone: () => renamedClone(place, [...settled.steps, ...steps]),
      plan: whole,
      current,
      desired,
      read: look,
      compare,
    })
  } catch (error) {
    throw told(leg, error, whole.steps)
  }
}

function told(leg: string, error: unknown, steps: readonly Step[]): Error {
  const {message, hint, code} = error as PgextError
  const cause = error instanceof PgextError ? `${code}: ${message}${hint ? `\n  hint: ${hint}` : ''}` : (error as Error).stack
  const sql = steps.map((step) => `  ${step.sql.replaceAll('\n', '\n  ')};`).join('\n')
  return new Error(`${leg}: ${cause}${sql && `\nthe plan:\n${sql}`}`)
}

function differenceOf(change: Change): string {
  if (change.verb === 'create') return `  lacks ${change.to.id} ${JSON.stringify(change.to.body)}`
  if (change.verb === 'drop') return `  still has ${change.from.id} ${JSON.stringify(change.from.body)}`
  return `  ${change.to.id}\n    is      ${JSON.stringify(change.from.body)}\n    must be ${JSON.stringify(change.to.body)}`
}
