// A destination in; what is left to be done there, by a cheap look, out: nothing is rehearsed.
import type {Json} from '../diff/model.ts'
import {readInstalled} from '../events/install.ts'
import {lackingIn} from '../events/keep.ts'
import type {Standing} from '../migrations/status.ts'
import {isSettled} from '../terminal/deploy.ts'
import {count} from '../terminal/difference.ts'
import {pendingOf, readFiles, standings, unfitIn, withTarget} from '../terminal/migration.ts'
import type {Progress} from '../terminal/progress.ts'
import type {Walk} from '../walk/model.ts'
import type {Destination} from './destination.ts'
import {fileOf} from './plan.ts'

export interface Outlook {
  readonly lines: readonly string[]
  readonly json: Json
}

export async function outlook(destination: Destination, walk: Walk, progress: Progress): Promise<Outlook> {
  const {project, url} = destination
  const files = await readFiles(project)
  const unfit = await unfitIn(project)
  const {pending, late, odd, lacking} = await withTarget(destination, async (db) => {
    const all = await standings(files, db)
    return {
      pending: pendingOf(all).map(({migration}) => fileOf(migration)),
      late: new Set(all.filter((one) => one.late).map(fileOf)),
      odd: all.filter(({standing}) => ODD[standing] !== undefined),
      lacking: (await readInstalled(db)) ? (await lackingIn(db)).length : 0,
    }
  })
  // what functions need may come with the migrations
  const functions =
    project.settings.versioned || pending.length > 0
      ? undefined
      : await progress.during('comparing functions', () => walk.functions({url, prove: false}))
  const waiting = functions && !isSettled(functions) ? functions.waiting.length : 0
  return {
    lines: [
      ...(unfit ? [`nothing, until ${unfit}`] : []),
      ...odd.map((one) => `${fileOf(one)} ${ODD[one.standing]}`),
      ...pending.map(
        (file) => `apply ${file}${late.has(file) ? ', older than one that is applied: refused without --out-of-order' : ''}`,
      ),
      ...(waiting > 0 ? [`functions: ${count(waiting, 'object')}`] : []),
      ...(lacking > 0 ? [`capture of realtime tables: ${count(lacking, 'statement')}`] : []),
    ],
    json: {
      pending,
      late: [...late],
      functions: waiting,
      capture: lacking,
      odd: odd.map((one) => ({file: fileOf(one), state: one.standing})),
      ...(unfit && {sum: unfit}),
    },
  }
}

const ODD: Partial<Record<Standing, string>> = {
  changed: 'was edited after it was applied',
  missing: 'is not here',
  partial: 'came instead of several, of which only some are applied',
}
