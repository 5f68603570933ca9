// A project in, all that its check is about out: files read once, and what a branch adds where somebody asked.

import {PgextError} from '../errors.ts'
import {readMigrations} from '../migrations/file.ts'
import type {Project} from '../project/model.ts'
import {externalSource} from '../walk/committed.ts'
import type {Given} from './model.ts'

/** @param since a ref of git */
export async function givenOf(whole: Project, since?: string): Promise<Given> {
  const {databaseUrl, ...project} = whole
  const [sources, read, external] = await Promise.all([
    project.sources(),
    readMigrations(project.migrationsFolder, project.settings.migrations).catch(unreadable),
    externalSource(project),
  ])
  if (read instanceof PgextError) return {project, sources, external, migrations: [], unread: read}
  const migrations = read
  if (since === undefined) return {project, sources, migrations, external}
  const {branchOf} = await import('./git.ts')
  return {project, sources, migrations, external, branch: await branchOf(project, migrations, since)}
}

/** A wrong name, two of one version, a text that is none: to be mended. What can't be read at all is not. */
function unreadable(error: unknown): PgextError {
  if (error instanceof PgextError && (error.code === 'migration-name' || error.code === 'bad-file') && !error.cause) return error
  throw error
}
