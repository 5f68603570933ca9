// Files of functions in, the same live in the local database out, by a shadow that stays loaded.
import type {Finding} from '../bodies/model.ts'
import type {Project} from '../project/model.ts'
import {deployFunctions, refuseUnallowed} from '../terminal/deploy.ts'
import {findingLines, placeFindings} from '../terminal/finding.ts'
import {headlines} from '../terminal/function.ts'
import type {Paint} from '../terminal/paint.ts'
import type {Progress} from '../terminal/progress.ts'
import type {Walk, Watching} from '../walk/model.ts'

export interface FunctionsOptions {
  readonly project: Project
  readonly url: string
  readonly walk: Walk
  readonly progress: Progress
  readonly paint: Paint
}

export interface Functions {
  /** a line for each that was made, replaced or dropped, and what is wrong in bodies; `done` is false where nothing was deployed */
  sync(): Promise<{readonly done: boolean; readonly lines: readonly string[]}>
  close(): Promise<void>
}

export function openFunctions({project, url, walk, progress, paint}: FunctionsOptions): Functions {
  let watching: Promise<Watching> | undefined
  const walked = () => {
    watching ??= walk.watch(url)
    return watching
  }
  const tell = async (findings: readonly Finding[], written: Parameters<typeof placeFindings>[1]): Promise<string[]> => {
    if (findings.length === 0) return []
    const placed = await placeFindings(findings, written, () => project.sources())
    return placed.flatMap((finding) => findingLines(finding, paint))
  }
  return {
    async sync() {
      if (project.settings.versioned) return {done: true, lines: []}
      const live = await walked()
      const {deployment, findings, done} = await deployFunctions(
        {functions: (asked) => live.deployment(asked), session: () => live.session()},
        // what no file has any more goes: this database is for trying things out
        {url, prove: true, prune: true},
        {project, progress, agree: (deployment) => refuseUnallowed(deployment, [], project)},
      )
      const told = await tell(findings, deployment.written)
      return {done, lines: done ? [...headlines(deployment.waiting, paint), ...told] : told}
    },
    async close() {
      await watching?.then((one) => one.close()).catch(() => {})
    },
  }
}
