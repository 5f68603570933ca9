// What differs and a name for it in; a migration written and applied with all that are pending, or what would be, out.
import {PgextError} from '../errors.ts'
import {refuseReplaced} from '../migrations/failure.ts'
import type {Migration} from '../migrations/file.ts'
import {refuseLate} from '../migrations/late.ts'
import type {Db} from '../postgres/db.ts'
import type {Project} from '../project/model.ts'
import type {Difference} from '../walk/model.ts'
import {askYes} from './ask.ts'
import {keepInStep, keptJson, keptLines, UNDECLARED} from './capture.ts'
import {refuseToMakeAgain} from './cover.ts'
import type {Target} from './database.ts'
import {count} from './difference.ts'
import {
  type AppliedFile,
  applyPending,
  checkedFiles,
  checkRoles,
  pendingOf,
  standings,
  withTarget,
  writeMigration,
} from './migration.ts'
import {lateIn} from './order.ts'
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
  /** also what is older than what is applied */
  readonly outOfOrder: boolean
  log(text: string): void
  note(text: string): void
}

export interface Carried {
  readonly written: string | null
  readonly applied: readonly AppliedFile[]
  /** not applied, in a dry run */
  readonly pending: readonly string[]
  /** of these, what is older than the newest applied one, in a dry run */
  readonly late?: readonly string[]
  readonly preflight?: ReturnType<typeof preflightJson>
  /** where tables are realtime, or were */
  readonly capture?: ReturnType<typeof keptJson>
}

/**
 * @param name of the migration to write; absent: what differs is covered, or it is a dry run
 * @param sql what it holds
 */
export async function carryOut(difference: Difference, name: string | undefined, sql: string, stage: Stage): Promise<Carried> {
  const files = await checkedFiles(stage.project)
  // one session for all of it: a far server is asked a few things, and then to work
  return withTarget(stage.target, (db) => carry(difference, name, sql, stage, files, db))
}

async function carry(
  difference: Difference,
  name: string | undefined,
  sql: string,
  stage: Stage,
  files: readonly Migration[],
  db: Db,
): Promise<Carried> {
  const {project, target, progress, paint, asks, dryRun} = stage
  if (!dryRun) await checkRoles(target, difference.desired.loaded, db)
  const found = await standings(files, db)
  refuseReplaced(found)
  // a dry run says so too, and goes on to show all of it
  const order = lateIn(found, stage)
  for (const note of order.notes) stage.note(`note: ${note}`)
  const rows = stage.preflight ? await lookBefore(db, pendingOf(found), sql, progress) : undefined
  for (const note of rows ? preflightNotes(rows) : []) stage.note(`note: ${note}`)
  if (rows) refuseBroken(rows)
  const told = rows && {preflight: preflightJson(rows)}
  if (name && found.length === 0) await refuseToMakeAgain(difference, target, db)
  const made = name ? await writeMigration(project, name, difference) : undefined
  const written = made?.path ?? null
  if (made) stage.log(`${paint('green', 'wrote')} ${made.path}`)
  const all = made ? [...files, made].sort((a, b) => (a.version < b.version ? -1 : 1)) : files
  const pending = pendingOf(await standings(all, db)).map(({migration}) => `${migration.version}_${migration.name}.sql`)
  if (dryRun) {
    for (const file of pending) stage.log(`${paint('yellow', 'pending')} ${file}`)
    return {written, applied: [], pending, ...(order.late.length > 0 && {late: order.late}), ...told}
  }
  if (pending.length > 0 && asks && !(await askYes(`apply ${count(pending.length, 'migration')} to ${target.shown}?`, true)))
    throw new PgextError('not-allowed', 'nothing was applied')
  const applied = await applyPending(
    project,
    target,
    progress,
    all,
    db,
    (now) => void refuseLate(now, target.name, stage.outOfOrder),
  )
  for (const {file, statements} of applied)
    stage.log(`${paint('green', 'applied')} ${file}${paint('dim', `  ${count(statements, 'statement')}`)}`)
  const kept = await keepInStep(difference, project, target, progress, db)
  for (const line of kept ? keptLines(kept) : []) stage.log(line)
  if (kept?.isIdle) stage.note(`note: ${UNDECLARED}`)
  return {written, applied, pending: [], ...told, ...(kept && {capture: keptJson(kept)})}
}
