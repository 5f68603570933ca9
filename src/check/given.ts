// A project in, all that its check is about out: files read once, and what a branch adds where somebody asked.

import {readMigrations} from '../migrations/file.ts'
import type {Project} from '../project/model.ts'
import {externalSource} from '../walk/committed.ts'
import type {Given} from './model.ts'

/** @param since a ref of git */
export async function givenOf(whole: Project, since?: string): Promise<Given> {
  const {databaseUrl, ...project} = whole
  const [sources, migrations, external] = await Promise.all([
    project.sources(),
    readMigrations(project.migrationsFolder, project.settings.migrations),
    externalSource(project),
  ])
  if (since === undefined) return {project, sources, migrations, external}
  const {branchOf} = await import('./git.ts')
  return {project, sources, migrations, external, branch: await branchOf(project, migrations, since)}
}
