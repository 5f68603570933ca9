// A history that is to be taken over in; its files, what is missing of the project's, and settings, written out.
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {PgextError} from '../errors.ts'
import {missingIn, writtenInto} from '../history/setting.ts'
import type {Taken} from '../history/takeover.ts'
import type {Theirs} from '../history/tool.ts'
import {insertMigration} from '../migrations/file.ts'
import {headerOf} from '../migrations/header.ts'
import {writeSum} from '../migrations/sum.ts'
import {withMember} from '../project/member.ts'
import type {Project} from '../project/model.ts'
import {writeWhole} from '../whole.ts'
import {keepSum, readFiles} from './migration.ts'

/** The same bytes, under pgext's name for it; what is there already stays. */
export async function writeTaken(project: Project, taken: readonly Taken[], found?: Found): Promise<string[]> {
  const written: string[] = []
  const isFirst = (await readFiles(project)).length === 0
  await mkdir(project.migrationsFolder, {recursive: true}).catch(unwritable(project.settings.migrations))
  for (const {foreign, migration, isThere} of taken) {
    if (isThere) continue
    const {version, name, path} = migration
    await writeFile(join(project.migrationsFolder, `${version}_${name}.sql`), foreign.bytes, {flag: 'wx'}).catch(unwritable(path))
    written.push(path)
  }
  if (found) {
    const {sql, from, to} = found
    const text = `${headerOf({from, to})}\n${sql}`
    const {path} = await insertMigration(project.migrationsFolder, {...found, text}, project.settings.migrations)
    written.push(path)
  }
  const files = await readFiles(project)
  if (isFirst) await writeSum(project.migrationsFolder, files, project.settings.migrations)
  else await keepSum(project, files)
  return written
}

/** The migration that says what the tool's do not. */
export interface Found {
  readonly version: string
  readonly name: string
  readonly sql: string
  readonly from: string
  readonly to: string
}

/** What pgext.json does not name yet of what is others'; the lines that say so. */
export async function writeSettings(project: Project, theirs: Theirs): Promise<string[]> {
  const more = missingIn(project.settings, theirs)
  const lines = [
    ...more.ignore.map((one) => `"ignore": ${one}`),
    ...(more.schemas.length > 0 ? [`"external", schemas: ${more.schemas.join(', ')}`] : []),
    ...(more.extensions.length > 0 ? [`"external", extensions: ${more.extensions.join(', ')}`] : []),
  ]
  if (lines.length === 0) return []
  await rewrite(project, (source) => writtenInto(source, more))
  return lines
}

/** Hazards up to that version are settled, as `pgext check` is told; the line that says so. */
export async function writeSettled(project: Project, version: string | undefined): Promise<string[]> {
  if (version === undefined) return []
  await rewrite(project, (source) => withMember(source, 'judgeAfter', version))
  return [`"judgeAfter": "${version}": pgext check takes hazards up to it for settled`]
}

async function rewrite(project: Project, change: (source: string | undefined) => string): Promise<void> {
  const path = join(project.folder, 'pgext.json')
  const source = await readFile(path, 'utf8').catch((error) => {
    if (error.code !== 'ENOENT') throw error
    return undefined
  })
  const text = change(source?.replace(/^\uFEFF/, ''))
  try {
    writeWhole(path, text)
  } catch (error) {
    unwritable('pgext.json')(error as Error)
  }
}

function unwritable(path: string): (error: Error) => never {
  return (error) => {
    throw new PgextError('bad-file', `can't write ${path}: ${error.message}`, {
      hint: 'is there room on the disk, and is the folder yours to write in?',
      cause: error,
    })
  }
}
