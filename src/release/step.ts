// A planned deployment in; its steps, in the order in which nothing that runs breaks, each as what it does, out.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {isRealtime, keepInStep} from '../terminal/capture.ts'
import {deployFunctions, refuseUnallowed} from '../terminal/deploy.ts'
import {count} from '../terminal/difference.ts'
import {applyPending, withTarget} from '../terminal/migration.ts'
import type {Progress} from '../terminal/progress.ts'
import type {Walk} from '../walk/model.ts'
import {eventsAnswer, restAnswers} from './answer.ts'
import {runCommand} from './command.ts'
import {type Planned, refuseOther} from './plan.ts'
import {verify} from './verify.ts'

export interface Means {
  readonly walk: Walk
  readonly progress: Progress
  readonly allow: readonly string[]
  /** the session that holds the deployment */
  readonly db: Db
  readonly note: (text: string) => void
}

export type StepName = 'build' | 'functions first' | 'migrations' | 'functions' | 'api' | 'events' | 'publish' | 'verify'

export interface Step {
  readonly name: StepName
  /** undefined: there is nothing of the kind to do */
  readonly doing?: string
  /** what it did, in words */
  readonly run: (means: Means) => Promise<string>
}

/** milliseconds for which what runs beside the database is asked again */
const PATIENCE = 30_000

/** Each may be run again: what is done is done once. */
export function stepsOf(planned: Planned): Step[] {
  const {destination, build, publish, rehearsal, pending, covered} = planned
  const {rest, events} = destination.place
  const functions: Step[] = rehearsal.functions ? [{name: 'functions', doing: 'functions/', run: bring(planned)}] : []
  const first: Step = {name: 'functions first', doing: rehearsal.first.join(', '), run: bring(planned, rehearsal.first)}
  return [
    command('build', build, planned),
    ...(rehearsal.first.length > 0 ? [first] : []),
    {
      name: 'migrations',
      ...((pending.length > 0 || isRealtime(covered.desired)) && {
        doing: pending.length > 0 ? count(pending.length, 'migration') : 'capture of realtime tables',
      }),
      run: migrate(planned),
    },
    ...functions,
    {
      name: 'api',
      doing: rest ?? 'NOTIFY pgrst',
      run: async ({db, progress: {report}}) => {
        await db.query(`select pg_catalog.pg_notify('pgrst', 'reload schema')`)
        if (rest) await restAnswers(rest, {patience: PATIENCE, report})
        return rest ? `${rest} was told to read the schema again, and answers` : 'told to read the schema again'
      },
    },
    {
      name: 'events',
      ...(events && {doing: events}),
      run: async ({progress: {report}}) => {
        await eventsAnswer(events!, {patience: PATIENCE, report})
        return `${events} is ready`
      },
    },
    command('publish', publish, planned),
    {name: 'verify', doing: 'the target', run: (means) => verify(planned, means)},
  ]
}

const command = (name: 'build' | 'publish', line: string | undefined, {destination}: Planned): Step => ({
  name,
  ...(line && {doing: line}),
  run: async ({progress}) => {
    await runCommand(line!, name === 'build' ? 'the build of the page' : 'publishing the page', destination, progress.report)
    return line!
  },
})

function migrate({destination, files, covered, outOfOrder}: Planned): Step['run'] {
  return ({progress}) =>
    withTarget(destination, async (db) => {
      const applied = await applyPending(destination.project, destination, progress, files, db, (all) => {
        refuseOther(all, destination, outOfOrder)
      })
      const kept = await keepInStep(covered, destination.project, destination, progress, db)
      const names = applied.map(({file}) => file)
      const capture = kept && (kept.isNew || kept.statements.length > 0) ? ['capture of realtime tables'] : []
      return [...names, ...capture].join(', ') || 'all were applied'
    })
}

/** The plan was proven in the rehearsal; here it is read back before it is committed. */
function bring({destination, rehearsal}: Planned, names?: readonly string[]): Step['run'] {
  return async ({walk, progress, allow}) => {
    const {project, url} = destination
    const request = {url, prove: !rehearsal.functions, ...(names && {names})}
    const agree = (deployment: Parameters<typeof refuseUnallowed>[0]) => refuseUnallowed(deployment, allow, project)
    const {deployment, findings, done} = await deployFunctions(walk, request, {project, progress, agree})
    if (done) return deployment.waiting.length > 0 ? count(deployment.waiting.length, 'object') : 'all were there'
    const faults = findings.filter(({level}) => level === 'error').map(({routine, message}) => `  ${routine}: ${message}`)
    throw new PgextError('bad-sql', `bodies would fail, and no function was deployed:\n${faults.join('\n')}`, {
      hint: 'mend them, and run pgext deploy again: it goes on from here',
    })
  }
}
