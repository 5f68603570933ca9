// A database, or a plan, and what files declare realtime in; what capture lacks there, or will have to follow, as steps with what they lock, out.
import {price} from '../cost/price.ts'
import {idOf} from '../diff/id.ts'
import type {Catalog, Step} from '../diff/model.ts'
import {apart} from '../diff/step.ts'
import {PgextError} from '../errors.ts'
import {engineFor, establish, make, readInstalled} from '../events/install.ts'
import {lackingIn} from '../events/keep.ts'
import {readSource} from '../events/source.ts'
import type {Db} from '../postgres/db.ts'
import {type Statement, split} from '../postgres/statements.ts'
import {runSteps} from '../prove/run.ts'
import type {Capturing, Difference} from './model.ts'
import type {Known, Workplace} from './sides.ts'
import {sizesOf} from './sizes.ts'

const EVENTS = idOf('publication', ['pg_events'])

export const isRealtime = ({objects}: Catalog): boolean => objects.has(EVENTS)

/** What it lacks as it stands; undefined: nothing is declared, and nothing was ever captured here. */
export async function captureIn(current: Known, desired: Known, place: Workplace): Promise<Capturing | undefined> {
  const isDeclared = isRealtime(desired.catalog)
  if (!current.live || desired.live || !(isDeclared || isRealtime(current.catalog))) return undefined
  return connected(current.live.url, async (db) => {
    const found = await readInstalled(db)
    if (!found && !isDeclared) return undefined
    if (!found) return {...NOTHING, isDeclared}
    const {engine, version} = found
    const outdated = version === (await readSource()).version ? {} : {outdated: version}
    return {...(await told(await lackingIn(db), current.catalog, [], place)), engine, isDeclared, ...outdated}
  }).catch(cannotLook)
}

export function captureNotes(capture: Capturing | undefined): string[] {
  if (capture?.unseen) return [`could not look whether realtime tables are captured: ${capture.unseen}`]
  if (capture?.outdated) return [`pg_events is of version ${capture.outdated} here: the next pgext migrate brings this pgext's`]
  return capture?.isDeclared && !capture.engine
    ? ['pg_events declares realtime tables, and nothing captures them here: pgext migrate installs that']
    : []
}

/** What a plan will be followed by, seen on a copy where it has run. */
export async function following(difference: Difference, place: Workplace): Promise<Capturing | undefined> {
  const {current, desired, plan} = difference
  const isDeclared = isRealtime(desired.catalog)
  const url = place.target?.url
  if (!url || !(isDeclared || isRealtime(current.catalog))) return undefined
  const {capture, history} = place.project.settings.realtime
  return connected(url, async (live) => {
    const found = await readInstalled(live)
    const engine = await engineFor(live, capture, found)
    const statements = await rehearse(difference, (db) => (found ? establish : make)(db, engine, history), found !== undefined)
    const lacking = found ? await lackingIn(live) : []
    const all = [...new Set([...lacking, ...statements])]
    return {...(await told(all, current.catalog, plan.steps, place, desired.catalog)), isDeclared, ...(found && {engine})}
  }).catch(cannotLook)
}

/** @param isThere before the plan runs */
async function rehearse({current, plan}: Difference, install: (db: Db) => Promise<unknown>, isThere: boolean): Promise<string[]> {
  const database = await current.clone()
  const db = await database.connect()
  try {
    if (isThere) await db.transaction(() => install(db))
    await runSteps(db, plan.steps, async () => false)
    if (!isThere) await db.transaction(() => install(db))
    return await lackingIn(db)
  } finally {
    await db.close()
    await database.drop()
  }
}

const NOTHING = {steps: [], inside: 0, sizes: new Map()}

/** Statements about users' tables; those in schema pgext are counted. */
async function told(
  statements: readonly string[],
  current: Catalog,
  before: readonly Step[],
  place: Workplace,
  desired: Catalog = current,
): Promise<Pick<Capturing, 'steps' | 'inside' | 'sizes'>> {
  const steps: Step[] = []
  for (const sql of statements) if (await isAboutUsers(sql)) steps.push(apart(EVENTS, shown(sql)))
  const priced = await price([...before, ...steps], {current, desired, major: current.server.major})
  const last = priced.slice(before.length)
  return {steps: last, inside: statements.length - steps.length, sizes: await sizesOf(last, place.target)}
}

async function isAboutUsers(sql: string): Promise<boolean> {
  const [{kind, node}] = (await split(sql, 'capture')).statements as [Statement]
  if (kind === 'DropStmt') return node.removeType !== 'OBJECT_FUNCTION'
  return ['CreateTrigStmt', 'AlterTableStmt', 'CreatePublicationStmt', 'AlterPublicationStmt'].includes(kind)
}

/** Functions bear the number of their table, which one that is still to be made has not got. */
const shown = (sql: string): string => sql.replace(/(\bpgext\.capture_)\d+/g, '$1…')

async function connected<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const {connect} = await import('../postgres/native.ts')
  const db = await connect(url)
  return work(db).finally(() => db.close())
}

/** A look is no reason to fail. */
function cannotLook(error: unknown): Capturing {
  if (!(error instanceof PgextError) || error.code === 'connection-lost') throw error
  return {...NOTHING, isDeclared: true, unseen: error.message}
}
