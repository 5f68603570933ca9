// A project in; its database would come up anew, or an error at its place, out: nothing is dropped for files that do not load.
import {PgextError} from '../errors.ts'
import type {Migration} from '../migrations/file.ts'
import type {Project} from '../project/model.ts'
import type {Difference, Walk} from '../walk/model.ts'
import {findUncovered} from './cover.ts'
import {placeFindings} from './finding.ts'
import {checkedFiles} from './migration.ts'
import type {Progress} from './progress.ts'

export interface Comes {
  readonly files: readonly Migration[]
  /** what the files say, and no migration does */
  readonly uncovered: Difference
}

export interface ComesOptions {
  readonly progress: Progress
  /** what no migration says comes, too, and functions only where all of their bodies are sound: as in `pgext dev` */
  readonly isLocal: boolean
}

/** The migrations are replayed, the files loaded and the seeds run elsewhere: what is wrong there shows before anything is dropped. */
export async function refuseBroken(project: Project, walk: Walk, {progress, isLocal}: ComesOptions): Promise<Comes> {
  const files = await checkedFiles(project)
  const uncovered = await findUncovered(walk, progress, {online: false, prove: false})
  if (isLocal && !project.settings.versioned) await refuseFaulty(project, walk, progress)
  // they would meet another schema than that of the files
  if (isLocal || uncovered.plan.steps.length === 0) await refuseRows(project, walk, progress)
  return {files, uncovered}
}

async function refuseFaulty(project: Project, walk: Walk, progress: Progress): Promise<void> {
  const {findings, written} = await progress.during('looking at function bodies', () => walk.sound())
  const sources = await project.sources()
  const own = new Set(sources.flatMap(({path, holdsFunctions}) => (holdsFunctions ? [path] : [])))
  const faults = findings.filter(({level, routine}) => level === 'error' && own.has(written.get(routine)?.path ?? ''))
  const [first] = await placeFindings(faults, written, async () => sources)
  if (!first) return
  const others = faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''
  const {message, routine, where, hint, sqlstate} = first
  throw new PgextError('sql', `${where ? '' : `${routine}: `}${message}${others}`, {where, hint, sqlstate})
}

async function refuseRows(project: Project, walk: Walk, progress: Progress): Promise<void> {
  const seeds = await project.seeds()
  if (seeds.length === 0) return
  const why = await progress.during('trying the rows to begin with', () => walk.sown(seeds))
  if (why) throw why
}
