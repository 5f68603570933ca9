// A destination and the files in; all that a deployment does there, looked at before any of it is done, out.
import {type DeploymentRow, readHistory} from '../deploy/history.ts'
import {PgextError} from '../errors.ts'
import {cut} from '../migrations/block.ts'
import {refuseReplaced} from '../migrations/failure.ts'
import {checksumOf, type Migration} from '../migrations/file.ts'
import {refuseLate} from '../migrations/late.ts'
import type {Preflight} from '../migrations/preflight.ts'
import type {MigrationStatus} from '../migrations/status.ts'
import type {Db} from '../postgres/db.ts'
import {scriptOf} from '../postgres/statements.ts'
import {followingIn} from '../terminal/capture.ts'
import {findUncovered} from '../terminal/cover.ts'
import {isSettled} from '../terminal/deploy.ts'
import {count} from '../terminal/difference.ts'
import {checkedFiles, checkRoles, pendingOf, standings, withTarget} from '../terminal/migration.ts'
import {lookBefore} from '../terminal/preflight.ts'
import type {Progress} from '../terminal/progress.ts'
import {summaryLines} from '../terminal/summary.ts'
import type {Capturing, Difference, Walk} from '../walk/model.ts'
import type {Rehearsal} from '../walk/rehearsal.ts'
import type {Destination} from './destination.ts'

export interface Planned {
  readonly destination: Destination
  readonly files: readonly Migration[]
  /** names of files */
  readonly pending: readonly string[]
  readonly covered: Difference
  readonly rows?: Preflight
  readonly capture?: Capturing
  readonly rehearsal: Rehearsal
  readonly build?: string
  readonly publish?: string
  /** what runs behind newer migrations, a sentence each */
  readonly order: readonly string[]
  /** somebody wants them to */
  readonly outOfOrder: boolean
  /** the last deployment here */
  readonly previous?: DeploymentRow
}

export interface PlanOptions {
  readonly preflight: boolean
  /** also what is older than what is applied */
  readonly outOfOrder: boolean
}

export async function planOf(
  destination: Destination,
  walk: Walk,
  progress: Progress,
  {preflight, outOfOrder}: PlanOptions,
): Promise<Planned> {
  const {project, url, roles, schemas} = destination
  const [files, covered] = [await checkedFiles(project), await findUncovered(walk, progress, {online: false, prove: false})]
  refuseUncovered(covered)
  const looked = await withTarget(destination, async (db) => {
    const found = await standings(files, db)
    const order = refuseOther(found, destination, outOfOrder)
    await checkRoles(destination, covered.desired.loaded, db)
    await refuseRoleless(db, destination, covered)
    const pending = pendingOf(found)
    const rows = preflight ? await lookBefore(db, pending, '', progress) : undefined
    const [previous] = await readHistory(db, 1)
    return {pending, previous, order, ...(rows && {rows}), ...(await partsOf(found, db.server.major))}
  })
  const {pending, previous, order, applied, left, rows} = looked
  const rehearsal = await progress.during('rehearsing on a copy', () =>
    walk.rehearsal({url, pending, applied, left, roles, schemas}),
  )
  const names = pending.map(({migration}) => fileOf(migration))
  const capture = await followingIn(walk, covered, names, progress)
  const {build} = project.settings.frontend
  return {
    destination,
    files,
    pending: names,
    covered,
    rehearsal,
    order,
    outOfOrder,
    ...(rows && {rows}),
    ...(capture && {capture}),
    ...(build && {build}),
    ...(destination.place.frontend && {publish: destination.place.frontend}),
    ...(previous && {previous}),
  }
}

export const fileOf = ({version, name}: Pick<Migration, 'version' | 'name'>): string => `${version}_${name}.sql`

/** Nothing is to be done to the database. */
export function isSame({pending, rehearsal: {functions}, capture}: Planned): boolean {
  const isKept = !capture || (capture.engine !== undefined && capture.steps.length + capture.inside === 0)
  return pending.length === 0 && (!functions || isSettled(functions)) && isKept
}

/** Nor beside it, and the last deployment came to its end. */
export function isIdle(planned: Planned): boolean {
  const {build, publish, previous} = planned
  return isSame(planned) && !build && !publish && (!previous || previous.state === 'done')
}

/** changes that are named one by one */
const MOST = 12

function refuseUncovered({plan, changes}: Difference): void {
  if (plan.steps.length === 0) return
  const lines = summaryLines(changes, (_, text) => text)
  const shown = lines.length > MOST ? [...lines.slice(0, MOST), `and ${lines.length - MOST} more`] : lines
  const what = shown.map((line) => `\n  ${line}`).join('')
  throw new PgextError(
    'not-allowed',
    `no migration covers ${count(plan.steps.length, 'statement')} of what your files say${what && `:${what}`}`,
    {
      hint: 'run pgext migrate --name NAME against a database of your own, commit the migration, and deploy that',
    },
  )
}

/** What is there must be what this checkout's files are; gives back what runs out of order, a sentence each. */
export function refuseOther(all: readonly MigrationStatus[], {label}: Destination, outOfOrder: boolean): string[] {
  refuseReplaced(all)
  const of = (wanted: string) => all.filter(({standing}) => standing === wanted).map(fileOf)
  const [changed, missing] = [of('changed'), of('missing')]
  if (changed.length > 0)
    throw new PgextError('migration-changed', `edited after it was applied to the target: ${changed.join(', ')}`, {
      hint: 'put these files back as they were (version control has them), and write what is to change into a new migration',
    })
  if (missing.length > 0)
    throw new PgextError('migration-changed', `the target has migrations that are not here: ${missing.join(', ')}`, {
      hint: 'somebody has deployed a newer state: deploy that, or a later one',
    })
  return refuseLate(all, label, outOfOrder)
}

async function refuseRoleless(db: Db, {roles, shown}: Destination, {desired}: Difference): Promise<void> {
  const rows = await db.query(
    `select w.name from pg_catalog.json_array_elements_text($1::text::json) w (name)
     where not exists (select from pg_catalog.pg_roles r where r.rolname = w.name)`,
    [JSON.stringify(roles)],
  )
  const missing = rows.map(({name}) => name as string).filter((name) => !desired.loaded?.rolesCreated.has(name))
  if (missing.length === 0) return
  throw new PgextError('role-missing', `the server of ${shown} lacks roles of the API: ${missing.join(', ')}`, {
    hint: `as whoever may: ${missing.map((name) => `create role ${name} nologin`).join('; ')}`,
  })
}

/** What of the files the database has, and what is left of them. */
async function partsOf(all: readonly MigrationStatus[], major: number) {
  const applied: Migration[] = []
  const left: Migration[] = []
  for (const {migration, standing, row} of all) {
    if (!migration) continue
    if (standing === 'applied') applied.push(migration)
    if (standing === 'pending') left.push(migration)
    if (standing !== 'unfinished') continue
    const done = new Set(row!.blocks.flatMap(({block, state}) => (state === 'done' ? [block] : [])))
    const blocks = await cut(migration, major)
    const part = (isMeant: (number: number, kind: string) => boolean): Migration => {
      const meant = blocks.filter(({number, kind}) => isMeant(number, kind))
      const text = scriptOf(meant.flatMap(({statements}) => statements))
      return {...migration, text, checksum: checksumOf(text)}
    }
    applied.push(part((number) => done.has(number)))
    left.push(part((number, kind) => !done.has(number) || kind === 'setting'))
  }
  return {applied, left}
}
