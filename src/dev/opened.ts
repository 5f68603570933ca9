// A project as its settings are now, and the local database, in; what holds the one against the other out.
import type {Project} from '../project/model.ts'
import type {Paint} from '../terminal/paint.ts'
import {openProgress, type Progress} from '../terminal/progress.ts'
import type {Walk} from '../walk/model.ts'
import {openWalk} from '../walk/open.ts'
import type {Database} from './database.ts'
import {type Functions, openFunctions} from './functions.ts'
import type {Onlooker} from './model.ts'
import {anonymousRole} from './rest.ts'
import type {State} from './state.ts'
import type {SyncOptions} from './sync.ts'
import {reading} from './written.ts'

export interface Opened {
  readonly project: Project
  readonly walk: Walk
  readonly functions: Functions
  readonly progress: Progress
  readonly sync: SyncOptions
  close(): Promise<void>
}

export interface OpenOptions {
  readonly database: Database
  readonly state: State
  readonly paint: Paint
  readonly onlooker: Onlooker
}

export async function openOn(project: Project, {database, state, paint, onlooker}: OpenOptions): Promise<Opened> {
  const progress = openProgress(true)
  const own = {...reading(project), databaseUrl: database.url}
  const walk = await openWalk(own, {tell: progress.tell})
  const shared = {project: own, url: database.url, walk, progress, paint}
  const functions = openFunctions(shared)
  const ask = onlooker.ask && {ask: onlooker.ask}
  return {
    project: own,
    walk,
    functions,
    progress,
    sync: {...shared, state, isOwn: database.isOwn, also: rolesNamed(project), isEmpty: false, ...ask},
    async close() {
      await functions.close()
      await walk.close()
    },
  }
}

function rolesNamed(project: Project): string[] {
  const anonymous = anonymousRole(project)
  return [...(anonymous ? [anonymous] : []), ...(project.settings.serve.roles ?? [])]
}
