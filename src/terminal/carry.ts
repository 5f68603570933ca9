// What differs and a name for it in; a migration written and applied with all that are pending, or what would be, out.
import {PgextError} from '../errors.ts'
import type {Project} from '../project/model.ts'
import type {Difference} from '../walk/model.ts'
import {askYes} from './ask.ts'
import {refuseToMakeAgain} from './cover.ts'
import type {Target} from './database.ts'
import {count} from './difference.ts'
import {type AppliedFile, applyPending, checkRoles, listMigrations, writeMigration} from './migration.ts'
import type {Paint} from './paint.ts'
import {lookBefore, preflightJson, preflightNotes, refuseBroken} from './preflight.ts'
import type {Progress} from './progress.ts'

/** Where a command stands, and whom it talks to. */
export interface Stage {
  readonly project: Project
  readonly target: Target
  readonly progress: Progress
  readonly paint: Paint
  /** somebody is there to be asked */
  readonly asks: boolean
  readonly dryRun: boolean
  readonly preflight: boolean
  log(text: string): void
  note(text: string): void
}

export interface Carried {
  readonly written: string | null
  readonly applied: readonly AppliedFile[]
  /** not applied, in a dry run */
  readonly pending: readonly string[]
  readonly preflight?: ReturnType<typeof preflightJson>
}

/**
 * @param name of the migration to write; absent: what differs is covered, or it is a dry run
 * @param sql what it holds
 */
export async function carryOut(difference: Difference, name: string | undefined, sql: string, stage: Stage): Promise<Carried> {
  const {project, target, progress, paint, asks, dryRun} = stage
  if (!dryRun) await checkRoles(target, difference.desired.loaded)
  const rows = stage.preflight ? await lookBefore(project, target, sql, progress) : undefined
  for (const note of rows ? preflightNotes(rows) : []) stage.note(`note: ${note}`)
  if (rows) refuseBroken(rows)
  const told = rows && {preflight: preflightJson(rows)}
  if (name && (await listMigrations(project, target)).length === 0) await refuseToMakeAgain(difference, target)
  const written = name ? await writeMigration(project, name, difference) : null
  if (written) stage.log(`${paint('green', 'wrote')} ${written}`)
  const pending = (await listMigrations(project, target)).flatMap(({file, state}) =>
    state === 'pending' || state === 'unfinished' ? [file] : [],
  )
  if (dryRun) {
    for (const file of pending) stage.log(`${paint('yellow', 'pending')} ${file}`)
    return {written, applied: [], pending, ...told}
  }
  if (pending.length > 0 && asks && !(await askYes(`apply ${count(pending.length, 'migration')} to ${target.shown}?`, true)))
    throw new PgextError('not-allowed', 'nothing was applied')
  const applied = await applyPending(project, target, progress)
  for (const {file, statements} of applied)
    stage.log(`${paint('green', 'applied')} ${file}${paint('dim', `  ${count(statements, 'statement')}`)}`)
  return {written, applied, pending: [], ...told}
}
