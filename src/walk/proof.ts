// A plan and a way to get clones of the state in which it runs in; its proof under the target's rights out.
import type {Catalog, Change, Plan} from '../diff/model.ts'
import type {Db, Server} from '../postgres/db.ts'
import {runSteps} from '../prove/run.ts'
import type {ShadowDatabase} from '../shadow/model.ts'
import {withoutCluster} from './cluster.ts'
import type {Proof} from './model.ts'
import {makeNamed, namesIn} from './named.ts'
import {extensionsOf, type Known, shadowFor, type Workplace} from './sides.ts'
import {makeEqual, roleIn, roleNeeded} from './target.ts'

/** Roles and tablespaces are the cluster's: in a cluster of ours those that the desired state speaks of are made before a plan names them. */
export function withNamed(desired: Known, place: Workplace, clone: () => Promise<ShadowDatabase>): () => Promise<ShadowDatabase> {
  const names = namesIn(desired.catalog)
  const roles = new Set([...names.roles].filter((role) => !desired.loaded?.rolesCreated.has(role)))
  return async () => {
    const database = await clone()
    const {shadow} = database
    if (shadow.engine === 'server' && names.tablespaces.size === 0) return database
    const db = await database.connect()
    try {
      await makeNamed(db, {...names, roles}, shadow)
      if (shadow.engine !== 'server' && place.target && roleIn(database, place.target)) await makeEqual(db, place.target)
    } finally {
      await db.close()
    }
    return database
  }
}

export function withFunctions(clone: ProofInput['clone'], steps: Plan['steps'], place: Workplace): ProofInput['clone'] {
  return async () => {
    const database = await clone()
    const role = roleIn(database, place.target)
    const db = await database.connect(role ? {role} : {})
    await runSteps(db, steps, async () => false).finally(() => db.close())
    return database
  }
}

export interface ProofInput {
  readonly clone: () => Promise<ShadowDatabase>
  readonly plan: Plan
  readonly current: Catalog
  readonly desired: Catalog
  /** @param maker who owns what the plan made */
  readonly read: (db: Db, maker: string) => Promise<Catalog>
  readonly compare: (a: Catalog, b: Catalog) => Change[]
  readonly measure?: boolean
}

export async function prove(input: ProofInput, server: Server, place: Workplace): Promise<Proof> {
  place.tell('proving the plan on a throwaway copy')
  const {prove: run} = await import('../prove/prove.ts')
  // clones of the current state are to get what the plan brings
  const shadow = await shadowFor(extensionsOf(input.desired), false, place)
  const role = roleNeeded(shadow, place.target)
  const read = async (db: Db) => input.read(db, await makerIn(db, place))
  const provable = withoutCluster(input, input, shadow)
  return {...(await run({...provable, read, tell: place.tell, ...(role && {role})})), target: server.major}
}

/** Who owns what was loaded and made there: the target's role, where the cluster is ours. */
export async function makerIn(db: Db, place: Workplace): Promise<string> {
  return roleNeeded(await place.shadow([], false), place.target) ?? db.server.user
}
