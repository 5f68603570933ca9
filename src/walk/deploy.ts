// A database's URL in; what deploy-functions would do there, and how it is carried out, out.
import {PgextError} from '../errors.ts'
import {glance, lookFor} from './glance.ts'
import type {Deployment, DeployRequest} from './model.ts'
import {type Known, openFiles, type Workplace} from './sides.ts'

/** What can be told, and done, with a look at the routines alone is; the rest takes one at all there is. */
export async function deployment(request: DeployRequest, place: Workplace, loaded?: Known): Promise<Deployment> {
  // the database answers while files are read
  const looking = lookFor(request, place).catch((error) => {
    if (error instanceof PgextError && HIDDEN.has(error.sqlstate ?? '')) return undefined
    throw error
  })
  looking.catch(() => {})
  const desired = loaded ?? (await openFiles(await place.project.sources(), 'files', place))
  const looked = await looking
  const told = looked && glance(request, looked, desired, place)
  const isEnough = told && !request.whole && !(request.rehearse && told.plan.steps.length > 0)
  if (isEnough) return told
  const {wholeDeployment} = await import('./whole.ts')
  return wholeDeployment(request, desired, place)
}

/** What the role may not read, or what went while it was read, is dealt with by the look at everything. */
const HIDDEN = new Set(['42501', 'XX000'])
