// A planned deployment that somebody agreed to in; it carried out step by step, each recorded where it happens, out.
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {begin, end, holderOf, type StepRow, takeLock, writeSteps} from '../deploy/history.ts'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import type {Paint} from '../terminal/paint.ts'
import {recorded} from '../terminal/record.ts'
import {hidePasswords} from '../terminal/url.ts'
import {commitOf} from './commit.ts'
import type {Planned} from './plan.ts'
import {type Means, type StepName, stepsOf} from './step.ts'

export interface Stage extends Omit<Means, 'db'> {
  readonly db: Db
  readonly version: string
  readonly paint: Paint
  readonly log: (text: string) => void
}

export interface CarriedOut {
  readonly id: number
  readonly steps: readonly StepRow[]
}

export async function carryOut(planned: Planned, stage: Stage): Promise<CarriedOut> {
  const {destination} = planned
  const {project, label, url} = destination
  const {db, log, paint, version} = stage
  keepLogs(project.folder)
  const steps = stepsOf(planned)
  const rows: StepRow[] = steps.map(({name, doing}) => ({step: name, state: doing === undefined ? 'skipped' : 'waiting'}))
  const commit = await commitOf(project.folder)
  const id = await begin(db, {target: label, version, steps: rows, ...(commit && {commit})})
  const set = async (at: number, row: Omit<StepRow, 'step'>) => {
    rows[at] = {step: rows[at]!.step, ...row}
    await writeSteps(db, id, rows)
  }
  await recorded(project, 'migrate', url, async (did) => {
    did({message: `deployment ${id} of ${label} began${commit ? ` (${commit.slice(0, 12)})` : ''}`})
    const started = performance.now()
    for (const [at, {name, doing, run}] of steps.entries()) {
      if (doing === undefined) continue
      const began = performance.now()
      await set(at, {state: 'running'})
      try {
        const what = await run(stage)
        const milliseconds = Math.round(performance.now() - began)
        await set(at, {state: 'done', milliseconds})
        log(`${paint('green', 'done')} ${name.padEnd(WIDTH)}  ${what}${paint('dim', `  ${milliseconds} ms`)}`)
        did({message: `deployment ${id}: ${name} done`, detail: what, duration: milliseconds})
      } catch (error) {
        const said = hidePasswords((error as Error).message)
        const milliseconds = Math.round(performance.now() - began)
        rows[at] = {step: name, state: 'failed', milliseconds, error: said}
        // where the session is gone, whoever deploys next finds it cut off
        await end(db, id, rows, said).catch(() => {})
        did({level: 'error', message: `deployment ${id}: ${name} failed`, duration: milliseconds})
        throw withStep(error, name, id)
      }
    }
    await end(db, id, rows)
    const duration = Math.round(performance.now() - started)
    did({message: `deployment ${id} of ${label} done`, duration})
  })
  return {id, steps: rows}
}

const WIDTH = 'functions first'.length

/** One line more on what to do. */
function withStep(error: unknown, name: StepName, id: number): unknown {
  if (!(error instanceof PgextError)) return error
  const {code, message, hint, where, sqlstate} = error
  const next = `deployment ${id} ended at step ${name}: pgext deploy goes on from there`
  return new PgextError(code, message, {
    hint: hint ? `${hint}; ${next}` : next,
    cause: error,
    ...(where && {where}),
    ...(sqlstate && {sqlstate}),
  })
}

/** In a clean checkout there are none yet; no repository is to have them. */
function keepLogs(folder: string): void {
  const place = join(folder, '.pgext')
  mkdirSync(place, {recursive: true})
  try {
    writeFileSync(join(place, '.gitignore'), '*\n', {flag: 'wx'})
  } catch {}
}

/** One deployment at a time; what is planned is planned under it. */
export async function alone(db: Db, wait: number, tell: (doing: string) => void): Promise<void> {
  const until = performance.now() + wait * 1000
  for (;;) {
    if (await takeLock(db)) return
    const who = (await holderOf(db)) ?? 'a session that has just ended'
    if (performance.now() >= until)
      throw new PgextError('journal', `another deployment is at work on this database: ${who}`, {
        hint: 'wait until it is done, or say for how long: --wait 300; pgext deploy:status shows how far it is',
      })
    tell(`waiting for another deployment: ${who}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
