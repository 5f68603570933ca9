// A database's URL and files in; what deploy-functions would do there, and how it is carried out, out.
import {PgextError} from '../errors.ts'
import type {SourceFile} from '../shadow/model.ts'
import {glance, type Looked, lookFor} from './glance.ts'
import type {Deployment, DeployRequest} from './model.ts'
import {type Known, openFiles, type Workplace} from './sides.ts'
import {keepUnmoved} from './unmoved.ts'

/** Where it leaves nothing to do, that is known the next time. */
export async function deployment(request: DeployRequest, sources: readonly SourceFile[], place: Workplace): Promise<Deployment> {
  const looking = startLook(request, place)
  const desired = await openFiles(sources, 'files', place)
  const found = await told(request, desired, looking, place)
  const keepTold = async (looked: Looked) => {
    const now = glance(request, looked, desired, place)
    if (now) await keepUnmoved(request, sources, place, {deployment: now, looked})
  }
  const looked = await looking
  if (looked && found.inPlace) await keepUnmoved(request, sources, place, {deployment: found, looked})
  const {deploying} = found
  if (!deploying) return found
  const records = deploying.records ?? looked?.records
  return {...found, deploying: {...deploying, after: (read) => keepTold({...read, records})}}
}

export function deploymentOf(request: DeployRequest, desired: Known, place: Workplace): Promise<Deployment> {
  return told(request, desired, startLook(request, place), place)
}

/** The database answers while files are read. */
function startLook(request: DeployRequest, place: Workplace): Promise<Looked | undefined> {
  const looking = lookFor(request, place).catch((error) => {
    if (error instanceof PgextError && HIDDEN.has(error.sqlstate ?? '')) return undefined
    throw error
  })
  looking.catch(() => {})
  return looking
}

/** What the role may not read, or what went while it was read, is dealt with by the look at everything. */
const HIDDEN = new Set(['42501', 'XX000'])

/** What can be told, and done, with a look at the routines alone is; the rest takes one at all there is. */
async function told(request: DeployRequest, desired: Known, looking: Promise<Looked | undefined>, place: Workplace) {
  const looked = await looking
  const found = looked && glance(request, looked, desired, place)
  const isEnough = found && !request.whole && !(request.rehearse && found.plan.steps.length > 0)
  if (isEnough) return found
  const {wholeDeployment} = await import('./whole.ts')
  return wholeDeployment(request, desired, place)
}
