// A project in, all that its check is about out: files read once, and what a branch adds where somebody asked.

import {PgextError} from '../errors.ts'
import {readMigrations} from '../migrations/file.ts'
import type {Project} from '../project/model.ts'
import {externalSource} from '../walk/committed.ts'
import type {Given} from './model.ts'

/**
 * @param since a ref of git
 * @param asked the major version of a database that was asked
 */
export async function givenOf(whole: Project, since?: string, asked?: number): Promise<Given> {
  const {databaseUrl, ...project} = whole
  const major = asked ?? whole.settings.dev.major
  const [sources, read, external] = await Promise.all([
    project.sources(),
    readMigrations(project.migrationsFolder, project.settings.migrations).catch(unreadable),
    externalSource(project),
  ])
  const given = {project, sources, external, ...(major !== undefined && {major})}
  if (read instanceof PgextError) return {...given, migrations: [], unread: read}
  if (since === undefined) return {...given, migrations: read}
  const {branchOf} = await import('./git.ts')
  return {...given, migrations: read, branch: await branchOf(project, read, since)}
}

/** A wrong name, two of one version, a text that is none: to be mended. What can't be read at all is not. */
function unreadable(error: unknown): PgextError {
  if (error instanceof PgextError && (error.code === 'migration-name' || error.code === 'bad-file') && !error.cause) return error
  throw error
}
