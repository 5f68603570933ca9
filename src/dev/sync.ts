// The project's files and its local database in; the database brought to what they say, rows kept, out.
import {createHash} from 'node:crypto'
import {PgextError} from '../errors.ts'
import {keepCapture} from '../events/keep.ts'
import {applyMigrations} from '../migrations/apply.ts'
import {adoptMigrations, applyDraft} from '../migrations/draft.ts'
import type {Migration} from '../migrations/file.ts'
import {rowsIn} from '../migrations/rows.ts'
import type {Db} from '../postgres/db.ts'
import {connect} from '../postgres/native.ts'
import type {Project} from '../project/model.ts'
import {isRealtime} from '../terminal/capture.ts'
import {coverOptions, findUncovered} from '../terminal/cover.ts'
import {count, dangerLines, dangers, reasonOf} from '../terminal/difference.ts'
import {applying, checkedFiles, pendingOf, readFiles, standings, writeMigration} from '../terminal/migration.ts'
import type {Paint} from '../terminal/paint.ts'
import type {Progress} from '../terminal/progress.ts'
import {answersIn, refuseOpen, settleByAsking} from '../terminal/rename.ts'
import {runSeeds, seedStanding} from '../terminal/seed.ts'
import {showPlan} from '../terminal/show.ts'
import type {Difference, RenameAnswers, Walk} from '../walk/model.ts'
import {makeRoles} from './login.ts'
import type {State} from './state.ts'

export interface SyncOptions {
  readonly project: Project
  readonly url: string
  readonly walk: Walk
  readonly state: State
  readonly progress: Progress
  readonly paint: Paint
  /** the database is ours: roles that are missing are made */
  readonly isOwn: boolean
  /** nothing was ever in it */
  readonly isEmpty: boolean
  /** that settings name, and no file may speak of */
  readonly also: readonly string[]
  readonly ask?: (question: string) => Promise<boolean>
}

/** What has been done, a line each: empty where all was as it should be. */
export type Done = readonly string[]

export interface Hashes {
  /** all that decides what the database should be: the same text, and nothing is to be done */
  readonly whole: string
  /** of it, what is beside functions */
  readonly rest: string
}

export async function hashesOf(project: Project, version: string): Promise<Hashes> {
  const [sources, migrations] = await Promise.all([project.sources(), readFiles(project)])
  const files = sources.map(({path, text, holdsFunctions}) => ({holdsFunctions, said: `${path}\0${text}\0`}))
  const settings = `${version}\n${JSON.stringify(project.settings)}\n`
  const beside = migrations.map(({path, checksum}) => `${path}\0${checksum}\0`)
  const hashOf = (own: typeof files) => {
    const hash = createHash('sha256').update(settings)
    for (const text of [...own.map(({said}) => said), ...beside]) hash.update(text)
    return hash.digest('hex')
  }
  return {whole: hashOf(files), rest: hashOf(files.filter(({holdsFunctions}) => !holdsFunctions))}
}

/** Migrations that others have written first, as they are; then whatever schema.sql says beyond them. Functions are not its affair. */
export async function syncSchema(options: SyncOptions): Promise<Done> {
  const {project, url, state} = options
  const db = await connect(url)
  try {
    const done: string[] = []
    const files = await checkedFiles(project)
    if (!state.read().isDrafted) done.push(...(await applyPending(db, files, options)))
    const difference = await differenceOf(options)
    if (options.isOwn) done.push(...(await rolesOf(db, difference, options)))
    if (difference.plan.steps.length > 0) done.push(...(await applyDifference(db, difference, options)))
    done.push(...(await capture(db, difference, options)))
    // what somebody wrote meanwhile is looked at by itself, as a change of its own
    if (state.read().isDrafted) done.push(...(await adopt(db, files, options)))
    return done
  } finally {
    await db.close()
  }
}

/** Rows for a database that has just been made. */
export async function seed({project, url}: SyncOptions): Promise<Done> {
  return (await runSeeds(project, url)).map(({file}) => `ran ${file.path}`)
}

/** A database that has its rows gets no others on its own: what is new or changed is said. */
export async function seedNotes({project, url}: SyncOptions): Promise<string[]> {
  return (await seedStanding(project, url)).flatMap(({file, standing}) => {
    if (standing === 'new') return [`${file.path} has not run here: pgext db:seed runs it`]
    return standing === 'changed'
      ? [`${file.path} has changed since it ran here: pgext db:seed --force runs it again, r makes all anew`]
      : []
  })
}

/** The migration that brings others where this database is. */
export async function writeNext(name: string, options: SyncOptions): Promise<Done> {
  const {project, walk, progress, url} = options
  const files = await checkedFiles(project)
  const synced = await syncSchema(options)
  const found = await findUncovered(walk, progress, {online: true, prove: true}, options.ask !== undefined, options.ask)
  if (found.plan.steps.length === 0) return [...synced, 'migrations/ says all that the files say: nothing is to be written']
  refuseOpen(found)
  const made = await writeMigration(project, name, found)
  const db = await connect(url)
  try {
    return [
      ...synced,
      `wrote ${made.path}`,
      ...dangerLines(found, options.paint),
      ...(await adopt(db, [...files, made], options, made)),
    ]
  } finally {
    await db.close()
  }
}

async function differenceOf({walk, project, progress, ask, isEmpty}: SyncOptions): Promise<Difference> {
  // where there is nothing yet, the attempt is the proof
  const cover = {...coverOptions(project, {online: false, prove: !isEmpty}), from: 'database'}
  const look = (renames: RenameAnswers, asks: boolean) =>
    progress.during('comparing the database with the files', () => walk.difference({...cover, renames, asks}))
  return settleByAsking(await answersIn({}), ask !== undefined, look, ask)
}

async function applyPending(db: Db, files: readonly Migration[], options: SyncOptions): Promise<string[]> {
  const pending = pendingOf(await standings(files, db))
  if (pending.length === 0) return []
  const roles = options.isOwn ? await rolesOfMigrations(db, options) : []
  const applied = await applyMigrations(db, files, await applyOptions(db, options)).catch((error) => {
    throw options.isOwn ? withWayOut(error) : error
  })
  return [...roles, ...applied.map(({migration}) => `applied ${migration.path}`)]
}

/** Nothing in the local database is worth a repair. */
function withWayOut(error: unknown): unknown {
  if (!(error instanceof PgextError) || !error.where) return error
  const {code, message, where, sqlstate, hint} = error
  const way = 'where the local database is what is in the way: r makes it anew'
  return new PgextError(code, message, {where, sqlstate, cause: error, hint: hint ? `${way}; ${hint}` : way})
}

async function applyOptions(db: Db, {project, url, progress}: SyncOptions) {
  const {followerOf} = await import('../events/keep.ts')
  const follow = await followerOf(db)
  return {...(await applying(project.settings, url, progress)), ...(follow && {follow})}
}

/** What schema.sql says, and the database does not: what may lose rows only when somebody has said so. */
async function applyDifference(db: Db, difference: Difference, options: SyncOptions): Promise<string[]> {
  const {project, state, paint} = options
  if (!options.ask) refuseOpen(difference)
  // what migrations have just put there they put there again
  if (!options.isEmpty) await agree(difference, options)
  const {sql, text} = await showPlan(difference, {whole: false, allowed: project.settings.refuse, paint})
  state.write({isDrafted: true})
  await applyDraft(db, sql, 'schema.sql', await applyOptions(db, options))
  return [...text.split('\n'), ...dangerLines(difference, paint)]
}

async function agree(difference: Difference, {project, ask}: SyncOptions): Promise<void> {
  if (project.settings.allow.includes('data-loss')) return
  const losses = dangers(difference).filter(({hazard}) => hazard.name === 'data-loss')
  if (losses.length === 0) return
  const list = losses.map((loss) => `  ${reasonOf(loss)}`).join('\n')
  if (await ask?.(`rows of the local database may be lost:\n${list}\n  go on?`)) return
  throw new PgextError('data-loss', `rows of the local database may be lost, and nothing was done:\n${list}`, {
    hint: 'save again to be asked again; for a rename, say -- pgext:renamed-from old_name above it',
  })
}

async function capture(db: Db, difference: Difference, {project, url, progress}: SyncOptions): Promise<string[]> {
  const isDeclared = isRealtime(difference.desired)
  const kept = await keepCapture(db, {isDeclared, ...project.settings.realtime}, await applying(project.settings, url, progress))
  if (!kept?.isNew) return []
  return [`installed pg_events: changes of realtime tables are captured ${kept.engine === 'wal' ? 'from the WAL' : 'by a queue'}`]
}

/** Migrations that say what the database already is are taken as applied; those that say something else wait. */
async function adopt(db: Db, files: readonly Migration[], options: SyncOptions, made?: Migration): Promise<string[]> {
  const {project, walk, progress, state} = options
  const pending = pendingOf(await standings(files, db))
  if (pending.length === 0) return []
  const uncovered = await findUncovered(walk, progress, {online: false, prove: false})
  if (uncovered.plan.steps.length > 0) return []
  await adoptMigrations(
    db,
    pending.map(({migration}) => migration),
    await applying(project.settings, options.url, progress),
  )
  state.write({isDrafted: false})
  // rows that somebody else's would have changed are another matter
  const others = await Promise.all(pending.map(({migration}) => (migration === made ? undefined : rowsIn(migration))))
  const left = others.flatMap((where) => (where ? [`not run: ${where.file}:${where.line}, which may change rows`] : []))
  const taken = `took ${count(pending.length, 'migration')} as applied: what ${pending.length === 1 ? 'it does' : 'they do'} is there`
  return [taken, ...left]
}

async function rolesOf(db: Db, {desired}: Difference, {also}: SyncOptions): Promise<string[]> {
  const {loaded} = desired
  const names = [...(loaded?.rolesMentioned ?? [])].filter((role) => !loaded?.rolesCreated.has(role) && !WORDS.has(role))
  const all = [...new Set([...names, ...also])]
  return (await makeRoles(db, all)).map((role) => `made role ${role}`)
}

const WORDS = new Set(['public', 'current_user', 'current_role', 'session_user'])

/** Before a migration can name them. */
async function rolesOfMigrations(db: Db, options: SyncOptions): Promise<string[]> {
  const {walk, project} = options
  const cover = {...coverOptions(project, {online: false, prove: false}), renames: {yes: [], no: 'all' as const}}
  return rolesOf(db, await walk.difference(cover), options)
}
