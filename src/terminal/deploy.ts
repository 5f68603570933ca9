// What is to be done to a database's functions in; it done, in one transaction, and what was found in their bodies out.
import type {Finding} from '../bodies/model.ts'
import type {ObjectId} from '../diff/model.ts'
import {PgextError} from '../errors.ts'
import type {Project} from '../project/model.ts'
import type {Deployment, DeployRequest, Walk} from '../walk/model.ts'
import type {Progress} from './progress.ts'

export interface Deployed {
  readonly deployment: Deployment
  readonly findings: readonly Finding[]
  /** false: bodies would fail, and nothing was deployed */
  readonly done: boolean
}

export interface CarryOptions {
  readonly project: Project
  readonly progress: Progress
  /** bodies are deployed as they are */
  readonly unchecked?: boolean
  /** asked before anything is done, and again where it has to be done in another way */
  readonly agree?: (deployment: Deployment) => Promise<void> | void
}

type Functions = Pick<Walk, 'functions' | 'session'>

/** What can't be done in place takes another look at the database, and is shown again. */
export async function deployFunctions(walk: Functions, request: DeployRequest, options: CarryOptions): Promise<Deployed> {
  const [{recorded}, {headlines}] = await Promise.all([import('./record.ts'), import('./function.ts')])
  const began = performance.now()
  return recorded(options.project, 'functions', request.url, async (did) => {
    const deployed = await carryThrough(walk, request, options)
    const {deployment, findings, done} = deployed
    const duration = Math.round(performance.now() - began)
    if (!done) {
      const faults = findings.filter(({level}) => level === 'error').map(({routine, message}) => `${routine}: ${message}`)
      did({level: 'error', message: 'not deployed: bodies would fail', detail: faults.join('\n'), duration})
    } else if (!isSettled(deployment)) {
      const lines = headlines(deployment.waiting, (_, text) => text)
      did({message: `deployed: ${lines.length}`, detail: lines.join('\n'), duration})
    }
    return deployed
  })
}

async function carryThrough(walk: Functions, request: DeployRequest, options: CarryOptions): Promise<Deployed> {
  const {progress} = options
  const first = await progress.during('comparing functions', () => walk.functions(request))
  try {
    return await carryOut(first, walk, request, options)
  } catch (error) {
    const {Unfit} = await import('../deploy/deploy.ts')
    if (!(error instanceof Unfit)) throw error
    if (!first.inPlace) throw unfit(error)
  }
  const whole = await progress.during('comparing everything', () => walk.functions({...request, whole: true}))
  try {
    return await carryOut(whole, walk, request, options)
  } catch (error) {
    const {Unfit} = await import('../deploy/deploy.ts')
    throw error instanceof Unfit ? unfit(error) : error
  }
}

function unfit(error: Error): unknown {
  const {cause} = error
  if (cause instanceof PgextError)
    return new PgextError('sql', error.message, {hint: cause.hint, cause, sqlstate: cause.sqlstate})
  return new PgextError('proof-failed', `nothing was deployed: ${error.message}`, {
    hint: 'did somebody else change functions meanwhile? if it happens again, it is a fault of pgext',
    cause: error,
  })
}

async function carryOut(
  deployment: Deployment,
  {session}: Pick<Walk, 'session'>,
  {url}: DeployRequest,
  options: CarryOptions,
): Promise<Deployed> {
  await options.agree?.(deployment)
  const {deploying} = deployment
  // its plan could not be proven because of them
  if (deployment.findings && !deployment.proof) return {deployment, findings: deployment.findings, done: false}
  if (!deploying || (deploying.plan.steps.length === 0 && !deploying.records)) return {deployment, findings: [], done: true}
  const [{connect}, {deploy, isFaulty}] = await Promise.all([import('../postgres/native.ts'), import('../deploy/deploy.ts')])
  const {project, progress, unchecked = false} = options
  const {lockTimeout, lockLimit} = project.settings
  // one that has just looked at its functions does it again in half the time
  const open = await session()
  const db = open ?? (await connect(url))
  try {
    const findings = await progress.during('deploying', () =>
      deploy(db, deploying, {
        unchecked,
        tell: progress.tell,
        connect: () => connect(url),
        turn: Math.round(lockTimeout * 1000),
        limit: lockLimit * 1000,
      }),
    )
    return {deployment, findings, done: unchecked || !isFaulty(findings)}
  } finally {
    if (!open) await db.close()
  }
}

export const isSettled = ({plan, waiting}: Deployment): boolean => plan.steps.length === 0 && waiting.length === 0

/** Who calls what is no longer there under its signature. */
export function callerLines({callers}: Deployment): string[] {
  return [...callers].flatMap(([routine, {uses, may}]) => [
    ...(uses.length > 0 ? [`${routine} is used by ${listOf(uses)}`] : []),
    ...(may.length > 0 ? [`${routine} may be used by ${listOf(may)}`] : []),
  ])
}

const listOf = (ids: readonly ObjectId[]): string =>
  `${ids.slice(0, MOST).join(', ')}${ids.length > MOST ? ` and ${ids.length - MOST} more` : ''}`

const MOST = 8

/** bytes up to which a table's rows are read or written in a moment */
const MOMENT = 10_000_000
const LONG: ReadonlySet<string> = new Set(['rewrite', 'blocking-reads', 'blocking-writes'])

/** A deployment is a matter of seconds that nobody else notices: what takes longer has to be allowed by name. */
export async function refuseUnallowed(deployment: Deployment, allow: readonly string[], project: Project): Promise<void> {
  const {plan, sizes} = deployment
  if (plan.steps.every(({hazards}) => hazards.length === 0)) return
  const {refuseHazards, refuseLoss} = await import('./cover.ts')
  const allowed = new Set([...project.settings.allow, ...allow])
  refuseLoss(deployment, allowed)
  const isLarge = (name: string) => (sizes.get(name)?.bytes ?? 0) > MOMENT
  const steps = plan.steps.map((step) =>
    [...(step.cost?.rewrites ?? []), ...(step.cost?.scans ?? [])].some(isLarge)
      ? step
      : {...step, hazards: step.hazards.filter(({name}) => !LONG.has(name))},
  )
  const long = new Set([...LONG].filter((name) => !allowed.has(name)))
  const found = steps.flatMap(({hazards}) => hazards.filter(({name}) => long.has(name)))
  if (found.length > 0) {
    const list = [...new Set(found.map(({name, why}) => `  ${name}: ${why}`))].join('\n')
    throw new PgextError(
      'not-allowed',
      `a function that tables rely on changes its signature, and nothing was deployed:\n${list}`,
      {
        hint: `deploy it when that does no harm, with --allow ${[...new Set(found.map(({name}) => name))].join(',')}`,
      },
    )
  }
  refuseHazards(deployment, new Set(project.settings.refuse.filter((name) => !allowed.has(name))))
}
