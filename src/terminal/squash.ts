// A project's migrations in; which of them one is to come instead of, what it is called, and the exchange of the files, out.
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {PgextError} from '../errors.ts'
import type {Squash} from '../history/squash.ts'
import {insertMigration, type Migration, refuseEdited, slugOf, timeOf, versionOf} from '../migrations/file.ts'
import type {MigrationStatus} from '../migrations/status.ts'
import type {Project} from '../project/model.ts'
import type {Target} from './database.ts'
import {keepSum, readFiles} from './migration.ts'

export interface Range {
  readonly before: readonly Migration[]
  readonly range: readonly Migration[]
  readonly after: readonly Migration[]
  /** of the file that comes instead */
  readonly path: string
}

export function rangeOf(
  files: readonly Migration[],
  {from, to, name}: {readonly from?: string; readonly to?: string; readonly name: string},
  shown: string,
): Range {
  const at = (version: string | undefined, preset: number) => {
    if (version === undefined) return preset
    const found = files.findIndex((one) => one.version === version)
    if (found >= 0) return found
    throw new PgextError('usage', `no migration has the version ${version}`, {
      hint: 'it is what their names begin with, such as 20261121T061500; pgext migrate:status lists them',
    })
  }
  const [first, last] = [at(from, 0), at(to, files.length - 1)]
  const range = files.slice(first, last + 1)
  if (range.length < 2) {
    throw new PgextError(
      'usage',
      `there ${range.length === 1 ? `is ${range[0]!.path} alone` : 'are no migrations'} to be squashed`,
      {
        hint: 'two or more become one: --from VERSION, --to VERSION',
      },
    )
  }
  const [before, after] = [files.slice(0, first), files.slice(last + 1)]
  return {before, range, after, path: `${shown}/${freeVersion(range, before.at(-1), after[0])}_${slugOf(name)}.sql`}
}

/** A second that none of them has, behind what stays before them, and before what stays behind: a second after the last, if that is free. */
function freeVersion(range: readonly Migration[], previous?: Migration, next?: Migration): string {
  const taken = new Set(range.map(({version}) => version))
  const last = timeOf(range.at(-1)!.version)
  if (!next || last + 1000 < timeOf(next.version)) return versionOf(new Date(last + 1000))
  for (let time = last; !previous || time > timeOf(previous.version); time -= 1000) {
    const version = versionOf(new Date(time))
    if (!taken.has(version)) return version
  }
  throw new PgextError('not-supported', `no second is free between ${previous?.path ?? range[0]!.path} and ${next.path}`, {
    hint: '--from and --to with one migration more',
  })
}

/** Where the last run was cut off between writing the one and taking the others away. */
export function unfinishedIn(
  files: readonly Migration[],
): {readonly made: Migration; readonly old: readonly Migration[]} | undefined {
  for (const made of files) {
    const old = files.filter(({version, checksum}) =>
      made.header.replaces?.some((one) => !one.within && one.version === version && one.checksum === checksum),
    )
    if (old.length > 0) return {made, old}
  }
  return undefined
}

/** The new one is there, whole, before any other goes. */
export async function exchange(project: Project, {migration}: Squash, {range}: Range): Promise<void> {
  await refuseEdited(project.migrationsFolder, range)
  await insertMigration(project.migrationsFolder, migration, project.settings.migrations)
  await takeAway(project, range)
}

export async function takeAway(project: Project, old: readonly Migration[]): Promise<void> {
  for (const {version, name, path} of old) {
    await rm(join(project.migrationsFolder, `${version}_${name}.sql`)).catch((error) => {
      throw new PgextError('bad-file', `can't take ${path} away: ${error.message}`, {
        hint: 'the new file is written: run pgext migrate:squash again, once the folder is yours to write in',
        cause: error,
      })
    })
  }
  await keepSum(project, await readFiles(project))
}

/** A database in the middle could go neither way. */
export function refuseInTheMiddle(all: readonly MigrationStatus[], {range}: Range, {name}: Target): void {
  const versions = new Set(range.map(({version}) => version))
  const within = all.filter(({version}) => versions.has(version))
  const applied = within.filter(({standing}) => standing === 'applied')
  if (applied.length === 0 || applied.length === within.length) return
  const odd = within.find(({standing}) => standing !== 'applied')!
  throw new PgextError('not-allowed', `${odd.migration!.path} is ${odd.standing} in ${name}, and others of them are applied`, {
    hint: 'bring that database up first, with pgext migrate, or squash what it has: --to VERSION; pgext migrate:status lists them',
  })
}
