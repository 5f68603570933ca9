// A project and its target in; its migrations written, listed or applied.
import {PgextError} from '../errors.ts'
import type {Applied} from '../migrations/apply.ts'
import type {Migration} from '../migrations/file.ts'
import type {Pending} from '../migrations/preflight.ts'
import type {MigrationStatus, Standing} from '../migrations/status.ts'
import type {Db} from '../postgres/db.ts'
import type {Project} from '../project/model.ts'
import type {Loaded} from '../shadow/model.ts'
import type {Difference} from '../walk/model.ts'
import {onServer, type Target} from './database.ts'
import type {Progress} from './progress.ts'
import {stoppable} from './stop.ts'

export interface Listed {
  readonly file: string
  readonly state: Standing
  /** pending, though a newer one is applied */
  readonly late: boolean
  readonly appliedAt: string | null
  readonly appliedBy: string | null
  readonly milliseconds: number | null
  /** of how many others it came instead of, where these are what is applied */
  readonly replaced?: number
}

export interface AppliedFile {
  readonly file: string
  readonly statements: number
  readonly milliseconds: number
}

/** The new file. */
export async function writeMigration(project: Project, name: string, {plan}: Difference): Promise<Migration> {
  const [{writeMigration: write}, {renderSql}] = await Promise.all([import('../migrations/file.ts'), import('../diff/render.ts')])
  const sql = renderSql(plan, {transactions: true, allowed: project.settings.refuse})
  const made = {name, sql, from: plan.from, to: plan.to, at: new Date()}
  return write(project.migrationsFolder, made, project.settings.migrations)
}

/** A new file without a statement; it says which state it is written for, as the one before it does. */
export async function writeEmpty(project: Project, name: string): Promise<Migration> {
  const [{writeMigration: write}, files] = await Promise.all([import('../migrations/file.ts'), readFiles(project)])
  const from = files.at(-1)?.header.to
  return write(project.migrationsFolder, {name, sql: HINT, at: new Date(), ...(from && {from})}, project.settings.migrations)
}

const HINT = `-- Write plain SQL here. What is to happen whole or not at all stands between BEGIN and COMMIT.
-- pgext check replays it with the others: together they must lead where your files say.
-- Once it is filled: pgext migrate:sum takes it as it is.
`

/** Before anything long: a name that no file can have. */
export async function checkName(name: string): Promise<void> {
  const {slugOf} = await import('../migrations/file.ts')
  slugOf(name)
}

/** How each stands: files as they are now, and what the database has recorded. */
export async function standings(files: readonly Migration[], db: Db): Promise<MigrationStatus[]> {
  const [{readJournal}, {status}] = await Promise.all([import('../migrations/journal.ts'), import('../migrations/status.ts')])
  return status(files, await readJournal(db))
}

export async function listMigrations(project: Project, target: Target): Promise<Listed[]> {
  const files = await readFiles(project)
  const all = await withTarget(target, (db) => standings(files, db))
  return all.map(({version, name, row, standing, late, replaced}) => ({
    file: `${version}_${name}.sql`,
    state: standing,
    late,
    appliedAt: row?.applied_at ?? null,
    appliedBy: row?.applied_by ?? null,
    milliseconds: row?.milliseconds ?? null,
    ...(replaced && {replaced: replaced.length}),
  }))
}

/** What the database holds beside what migrations could say of it. */
export async function refuseUncomparedIn(target: Target): Promise<void> {
  const [{read}, {refuseUncompared}] = await Promise.all([import('../diff/read.ts'), import('./difference.ts')])
  const catalog = await withTarget(target, (db) => read(db))
  refuseUncompared([{side: 'database', catalog}], true)
}

/**
 * Applies what is pending, oldest first.
 * @param agree told how all stand once no other run can change that; what it throws ends it
 */
export async function applyPending(
  project: Project,
  {url, name}: Target,
  progress: Progress,
  files: readonly Migration[],
  db: Db,
  agree: (all: readonly MigrationStatus[]) => void = () => {},
): Promise<AppliedFile[]> {
  const [{applyMigrations}, {followerOf}, options, {recorded}] = await Promise.all([
    import('../migrations/apply.ts'),
    import('../events/keep.ts'),
    applying(project.settings, url, progress),
    import('./record.ts'),
  ])
  const follow = await followerOf(db)
  const began = performance.now()
  return recorded(project, 'migrate', url, async (did) => {
    const noted = (applied: Applied) => {
      const {file, statements, milliseconds} = fileOf(applied)
      did({message: `applied ${file}`, detail: `statements: ${statements}`, duration: milliseconds})
    }
    const applied = await stoppable(progress.tell, (signal) =>
      progress.during('applying', () =>
        applyMigrations(db, files, {...options, signal, did: noted, agree, ...(follow && {follow})}),
      ),
    )
    if (applied.length > 0)
      did({
        message: `${name} is up to date, migrations applied: ${applied.length}`,
        duration: Math.round(performance.now() - began),
      })
    return applied.map(fileOf)
  })
}

const fileOf = ({migration, statements, milliseconds}: Applied): AppliedFile => ({
  file: `${migration.version}_${migration.name}.sql`,
  statements,
  milliseconds: Math.round(milliseconds),
})

/** How long others are waited for, and how that is told. */
export async function applying({lockTimeout, lockLimit}: Project['settings'], url: string, {tell, report}: Progress) {
  const {connect} = await import('../postgres/native.ts')
  return {tell, report, connect: () => connect(url), turn: Math.round(lockTimeout * 1000), limit: lockLimit * 1000}
}

/** Roles that the files mention and no file makes must be in the target before anything runs there. */
export async function checkRoles(target: Target, loaded?: Loaded, db?: Db): Promise<void> {
  const mentioned = [...(loaded?.rolesMentioned ?? [])].filter((role) => !loaded?.rolesCreated.has(role) && !WORDS.has(role))
  if (mentioned.length === 0) return
  const ask = (db: Db) => db.query('select rolname::text as name from pg_catalog.pg_roles')
  // roles are the server's: they are there before the database is
  const there = await (db ? ask(db) : withTarget(target, ask)).catch((error) => {
    if (error.sqlstate !== '3D000') throw error
    return onServer(target, ask)
  })
  const known = new Set(there.map((row) => row.name))
  const missing = mentioned.filter((role) => !known.has(role)).sort()
  if (missing.length === 0) return
  throw new PgextError(
    'role-missing',
    `the server of ${target.shown} lacks ${missing.length === 1 ? 'a role' : 'roles'} your files name: ${missing.join(', ')}`,
    {
      hint: `create role ${missing.join('; create role ')}; or let pgext do it: pgext db:create ${missing.map((role) => `--role ${role}`).join(' ')}`,
    },
  )
}

const WORDS = new Set(['public', 'current_user', 'current_role', 'session_user'])

export async function readFiles(project: Project): Promise<Migration[]> {
  const {readMigrations} = await import('../migrations/file.ts')
  return readMigrations(project.migrationsFolder, project.settings.migrations)
}

/** The same for whoever writes or applies: ends where pgext.sum is there and does not fit them. */
export async function checkedFiles(project: Project): Promise<Migration[]> {
  const {checkSum} = await import('../migrations/sum.ts')
  const files = await readFiles(project)
  await checkSum(project.migrationsFolder, files, project.settings.migrations)
  return files
}

/** What somebody has just made of them is right: pgext.sum says so, where there is one. */
export async function keepSum(project: Project, files: readonly Migration[]): Promise<void> {
  const {readText, writeSum} = await import('../migrations/sum.ts')
  const {migrationsFolder: folder, settings} = project
  if ((await readText(folder, settings.migrations)) !== undefined) await writeSum(folder, files, settings.migrations)
}

/** Why pgext.sum does not fit, as a sentence; undefined: it does, or there is none. */
export async function unfitIn(project: Project): Promise<string | undefined> {
  try {
    await checkedFiles(project)
    return undefined
  } catch (error) {
    if (!(error instanceof PgextError) || error.code !== 'sum') throw error
    const place = error.where ? `${error.where.file}:${error.where.line}: ` : ''
    return `${place}${error.message}\n${error.hint}`
  }
}

/** Those that are still to be applied, oldest first. */
export function pendingOf(all: readonly MigrationStatus[]): Pending[] {
  return all.flatMap(({migration, standing, row}) => {
    if (!migration || (standing !== 'pending' && standing !== 'unfinished')) return []
    return [{migration, done: new Set(row?.blocks.flatMap(({block, state}) => (state === 'done' ? [block] : [])))}]
  })
}

export async function withTarget<T>({url}: Target, work: (db: Db) => Promise<T>): Promise<T> {
  const {connect} = await import('../postgres/native.ts')
  const db = await connect(url)
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}
