// The files and the migrations in, the migration that is missing out: shown, refused where it may lose rows, or written.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import type {Project} from '../project/model.ts'
import type {Difference, RenameAnswers, Walk} from '../walk/model.ts'
import type {Target} from './database.ts'
import {dangers, reasonOf, refuseUncompared, refuseUnseen} from './difference.ts'
import type {Progress} from './progress.ts'
import {answersIn, type RenameFlags, refuseOpen, settleByAsking} from './rename.ts'

export interface CoverOptions {
  readonly allow?: readonly string[]
  readonly online: boolean
  readonly prove: boolean
  readonly measure?: boolean
  /** absent: what is not compared is of no concern */
  readonly strict?: boolean
}

export const coverOptions = (project: Project, {allow = [], online, prove, measure = false}: CoverOptions) => ({
  from: 'migrations',
  to: 'files',
  online,
  prove,
  measure,
  allow: new Set([...project.settings.allow, ...allow]),
})

/** What schema.sql and functions/ say that no migration does. */
export async function findUncovered(
  walk: Walk,
  progress: Progress,
  options: CoverOptions & RenameFlags,
  asks = false,
  asker?: (question: string) => Promise<boolean>,
): Promise<Difference> {
  const cover = coverOptions(walk.project, options)
  const look = (renames: RenameAnswers, asks: boolean) =>
    progress.during('comparing migrations with files', () => walk.difference({...cover, renames, asks}))
  const found = await settleByAsking(await answersIn(options), asks, look, asker)
  if (options.strict !== undefined)
    refuseUncompared([found.current, found.desired], options.strict || walk.project.settings.strict)
  refuseUnseen(found)
  return found
}

/** Hazards that nobody allowed end here, before anything is written. */
export function refuseUnallowed(difference: Difference, {allow = []}: CoverOptions, project: Project): void {
  const allowed = new Set([...project.settings.allow, ...allow])
  refuseOpen(difference)
  refuseOtherMajor(difference, allowed)
  refuseLoss(difference, allowed)
  refuseZones(difference, allowed)
  refuseHazards(difference, new Set(project.settings.refuse.filter((name) => !allowed.has(name))))
}

/** What was proven on another major than the target's is only as good as the two are alike. */
function refuseOtherMajor({proof}: Difference, allowed: ReadonlySet<string>): void {
  if (!proof || proof.major === proof.target || allowed.has('other-major')) return
  throw new PgextError(
    'not-allowed',
    `the plan was proven on PostgreSQL ${proof.major}, the target is ${proof.target}, and nothing was written`,
    {
      hint: `set SHADOW_DATABASE_URL to a PostgreSQL ${proof.target} where databases may be made, or add --allow other-major`,
    },
  )
}

/** Rows that may go must be let go by name. */
export function refuseLoss(difference: Difference, allowed: ReadonlySet<string>): void {
  if (allowed.has('data-loss')) return
  const losses = dangers(difference).filter(({hazard}) => hazard.name === 'data-loss')
  if (losses.length === 0) return
  const list = losses.map((loss) => `  ${reasonOf(loss)}`).join('\n')
  throw new PgextError('data-loss', `rows may be lost, and nothing was written:\n${list}`, {
    hint: 'if that is meant, add --allow data-loss; for a rename, say -- pgext:renamed-from old_name above it',
  })
}

/** The same values mean another time in another zone, and nobody but the user knows which one is meant. */
function refuseZones(difference: Difference, allowed: ReadonlySet<string>): void {
  const found = dangers(difference).filter(({hazard}) => hazard.name === 'time-zone')
  if (found.length === 0 || allowed.has('time-zone')) return
  const list = [...new Set(found.map((danger) => `  ${reasonOf(danger)}`))].join('\n')
  throw new PgextError('not-allowed', `values would be taken for another time, and nothing was written:\n${list}`, {
    hint: "say which zone is meant in a line above the column, for example -- pgext:using (created_at AT TIME ZONE 'Europe/Berlin'); if it is UTC, --allow time-zone will do",
  })
}

/** What the project wants to be asked about. */
export function refuseHazards(difference: Difference, refused: ReadonlySet<string>): void {
  const found = dangers(difference).filter(({hazard}) => refused.has(hazard.name))
  if (found.length === 0) return
  const list = [...new Set(found.map((danger) => `  ${danger.hazard.name}: ${reasonOf(danger)}`))].join('\n')
  const flags = [...new Set(found.map(({hazard}) => hazard.name))].join(',')
  throw new PgextError('not-allowed', `"refuse" in pgext.json has hazards of this plan, and nothing was written:\n${list}`, {
    hint: `if that is meant, add --allow ${flags}`,
  })
}

/** The first migration starts from nothing: on a database that has its tables already it could only fail. */
export async function refuseToMakeAgain({changes}: Difference, {name}: Target, db: Db): Promise<void> {
  const {read} = await import('../diff/read.ts')
  const {objects} = await read(db)
  const there = changes.flatMap((change) =>
    change.verb === 'create' && change.to.kind === 'table' && objects.has(change.to.id) ? [change.to.id] : [],
  )
  if (there.length === 0) return
  const more = there.length > 3 ? ` and ${there.length - 3} more` : ''
  throw new PgextError(
    'not-allowed',
    `${name} has ${there.slice(0, 3).join(', ')}${more}, which no migration made: nothing was written`,
    {
      hint: 'pgext migrate:baseline takes it as it is for the first migration; pgext migrate writes what differs from there on',
    },
  )
}
