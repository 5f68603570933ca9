// A state and the roles that files make in, the same with its roles as they were in every clone out: roles outlive the clones.
import {clusterOf, isOfCluster} from '../diff/cluster.ts'
import type {Catalog, Change, Plan} from '../diff/model.ts'
import {plan} from '../diff/plan.ts'
import {read} from '../diff/read.ts'
import {runSteps} from '../prove/run.ts'
import type {Shadow, ShadowDatabase} from '../shadow/model.ts'
import {makeNamed, namesIn} from './named.ts'
import type {Known} from './sides.ts'

export function inCluster(state: Known, roles: ReadonlySet<string>): Known {
  if (roles.size === 0) return state
  return {
    ...state,
    async clone() {
      const database = await state.clone()
      await settle(database, state.catalog, roles)
      return database
    },
  }
}

/** A copy of a live database stands in a cluster without its roles; one plan tried before has made or changed some. */
async function settle(database: ShadowDatabase, catalog: Catalog, roles: ReadonlySet<string>): Promise<void> {
  if (database.shadow.engine === 'server') return
  const db = await database.connect()
  try {
    const wanted = clusterOf(catalog)
    await makeNamed(db, namesIn(wanted), database.shadow)
    const {steps} = plan(clusterOf(await read(db, roles)), wanted, {server: db.server})
    await runSteps(db, steps, async () => false)
  } finally {
    await db.close()
  }
}

interface Provable {
  readonly plan: Plan
  readonly compare: (a: Catalog, b: Catalog) => Change[]
}

/** Without what can't be tried: on somebody's server all that is of its cluster, elsewhere the end of a role, which other clones may speak of. */
export function withoutCluster<T extends Provable>(
  input: T,
  {current, desired}: {current: Catalog; desired: Catalog},
  {engine}: Shadow,
): T {
  const isLeft = (id: string, verb: string) => {
    const o = desired.objects.get(id as never) ?? current.objects.get(id as never)
    return o !== undefined && (engine === 'server' ? isOfCluster(o) : o.kind === 'role' && verb === 'drop')
  }
  const gone = new Set<string>()
  const steps = input.plan.steps.filter((step) => {
    if (!isLeft(step.object, step.verb)) return true
    for (const id of step.breaks) gone.add(id)
    return false
  })
  if (steps.length === input.plan.steps.length) return input
  const idOf = (change: Change) => (change.verb === 'drop' ? change.from : change.to).id
  return {
    ...input,
    plan: {...input.plan, steps},
    compare: (a, b) =>
      input
        .compare(a, b)
        .filter((change) => !gone.has(idOf(change)) && !isLeft(idOf(change), engine === 'server' ? change.verb : '')),
  }
}
