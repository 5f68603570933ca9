// A database's URL and the files in; what deploy-functions would do there, after a look at all there is, and how it is carried out, out.
import {checkBodies} from '../bodies/check.ts'
import type {Finding} from '../bodies/model.ts'
import {price} from '../cost/price.ts'
import {type Deploying, isFaulty} from '../deploy/deploy.ts'
import {compare} from '../diff/compare.ts'
import {idOf} from '../diff/id.ts'
import {refuseBlocked, spare} from '../diff/leave.ts'
import type {Catalog, CatalogObject, Change, ObjectId, Plan, Step} from '../diff/model.ts'
import {plan} from '../diff/plan.ts'
import {catalogOf, read} from '../diff/read.ts'
import {relabel} from '../diff/relabel.ts'
import {oldIdOf} from '../diff/renames.ts'
import {routinesOf} from '../diff/routines.ts'
import {scope} from '../diff/scope.ts'
import {inside} from '../diff/step.ts'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import type {ShadowDatabase} from '../shadow/model.ts'
import {asked} from './asked.ts'
import {callersOf} from './callers.ts'
import {deployable, functionChanges} from './functions.ts'
import {KEPT_NONE, keptBy} from './kept.ts'
import {leaveFunctions, said, serverFor, sparing} from './known.ts'
import type {Deployment, DeployRequest} from './model.ts'
import {makerIn, prove, withNamed} from './proof.ts'
import {choiceOf, recordsAfter, staleIn} from './records.ts'
import {renamedClone, settleOnClone} from './renames.ts'
import {deployed, onlyOf, touchedBy} from './routines.ts'
import {rulesFor} from './rules.ts'
import {blind} from './same.ts'
import {type Known, openLive, reprint, type Workplace} from './sides.ts'
import {sizesOf} from './sizes.ts'
import {succeed} from './succession.ts'
import {roleNeeded} from './target.ts'
import {withUnnamed} from './unnamed.ts'
import {usesWith} from './uses.ts'

/** Both states as they are compared, and what differs of the functions that were asked for. */
async function survey(request: DeployRequest, desired: Known, place: Workplace, given?: Known) {
  const loaded = desired.loaded!
  const roles = loaded.rolesCreated
  let current = given ?? (await openLive(request.url, 'database', place, roles, {near: desired}))
  const rules = rulesFor(current, desired, place)
  const before = scope(current.catalog, desired.catalog, rules)
  const {due} = said(desired, current)
  const unneeded = spare(before, current.catalog, due.map(oldIdOf))
  current = sparing(current, unneeded, rules.versions)
  if (current.catalog.server.major !== desired.catalog.server.major)
    current = await reprint(current, place, unneeded, rules.versions)
  const printer = current.catalog.server
  const settled = await settleOnClone({
    current,
    desired: desired.catalog,
    // one that moves to a schema which the database lacks is refused below
    declared: due.filter(({name}) => current.catalog.objects.has(idOf('schema', name.slice(0, 1)))),
    read: async (db) => ({...relabel(await read(db, roles), await makerIn(db, place), printer.user), server: printer}),
    tell: place.tell,
  })
  const records = current.live?.records
  const choice = choiceOf(request, records, settled.catalog, desired.catalog)
  const again = {...scope(settled.catalog, desired.catalog, rules), notes: before.notes}
  const scoped = leaveFunctions(again, current, desired, choice)
  const functions = deployable(scoped.current, scoped.desired, new Set([...loaded.functions, ...choice.pruned]), choice.isOurs)
  const states = [scoped.current, scoped.desired]
  const waiting = asked(functionChanges(scoped.current, scoped.desired, functions), request.names, states)
  return {current, rules, settled, records, choice, scoped, functions, waiting, unseen: before.unseen}
}

type Survey = Awaited<ReturnType<typeof survey>>

/** From the current state to one with these functions; what is kept is put back under another identity, when what used it is bound to the new one. */
async function planned({keepOld}: DeployRequest, {current, settled, scoped, waiting}: Survey, place: Workplace) {
  const {inherited, target} = succeed(deployed(scoped.current, waiting), waiting, settled.catalog)
  refuseUnmet(waiting, target)
  const server = serverFor(current, place)
  const {steps} = plan(scoped.current, target, {server, changes: compareThese(scoped.current, target, waiting, inherited)})
  const {kept, notes} = keepOld ? keptBy(waiting, target, settled.catalog) : KEPT_NONE
  const end = catalogOf(new Map([...target.objects, ...kept.map((o) => [o.id, o] as const)]), target.server)
  const all = [...steps, ...plan(target, end, {server}).steps]
  const standing = withUnnamed(scoped.current, settled.catalog)
  const priced = await price(all, {current: standing, desired: end, major: server.major})
  refuseBlocked(priced, scoped.left, settled.catalog)
  return {steps: priced, end, kept, carried: [...inherited, ...kept].map(({id}) => id), notes, server}
}

/** @param given the database as it stands, or as it will; absent: it is looked at */
export async function wholeDeployment(
  request: DeployRequest,
  desired: Known,
  place: Workplace,
  given?: Known,
): Promise<Deployment> {
  const loaded = desired.loaded!
  const surveyed = await survey(request, desired, place, given)
  const {current, rules, settled, records, choice, scoped, functions, waiting} = surveyed
  const {steps, end, kept, carried, notes, server} = await planned(request, surveyed, place)
  const whole: Plan = {from: scoped.current.fingerprint, to: end.fingerprint, steps: [...settled.steps, ...steps]}
  const fixed = {...rules, carried: new Set([...scoped.carried, ...carried])}
  const seen = (catalog: Catalog) => leaveFunctions(scope(catalog, desired.catalog, fixed), current, desired, choice).current
  const meant = new Set([...functions, ...waiting.flatMap(({to}) => (to ? [to.id] : []))])
  const deploying: Deploying = {
    plan: whole,
    touched: touchedBy(waiting),
    counted: (routines) => onlyOf(seen(routines), meant),
    expected: onlyOf(routinesOf(end), meant),
    records: recordsAfter(records, {loaded, live: settled.catalog, waiting, kept}),
  }
  const settledState = {catalog: settled.catalog, clone: () => renamedClone(current, settled.steps)}
  const result: Deployment = {
    current,
    desired,
    changes: [],
    waiting,
    unseen: surveyed.unseen,
    plan: whole,
    sizes: await sizesOf(whole.steps, place.target),
    notes: [...loaded.notes, ...scoped.notes, ...notes, ...blind(current, desired)],
    renames: settled.steps,
    candidates: [],
    deploying,
    inPlace: false,
    written: loaded.written,
    callers: await callersOf(waiting, steps, scoped.current, () => usesWith([], settledState, request.prove, place)),
    stale: staleIn(records, settled.catalog, desired.catalog),
  }
  if (whole.steps.length === 0 || !request.prove) return result
  const clone = withNamed(desired, place, settledState.clone)
  const role = roleNeeded(await place.shadow([], false), place.target)
  const look = () => rehearse(clone, steps, deploying.touched, role)
  try {
    const proof = await prove(
      {
        clone,
        plan: {...whole, steps},
        current: settled.catalog,
        desired: end,
        read: async (db, maker) => seen(relabel(await read(db, loaded.rolesCreated), maker, current.catalog.server.user)),
        compare: (after, wanted) => compare(after, wanted).filter((change) => !isAsFiles(change, scoped.desired)),
      },
      server,
      place,
    )
    return request.rehearse ? {...result, proof, findings: await look()} : {...result, proof}
  } catch (error) {
    // what runs a body that fails, fails: the body is what has to be mended
    if (request.unchecked || !(error instanceof PgextError && error.code === 'proof-failed')) throw error
    const findings = await look()
    if (!isFaulty(findings)) throw error
    return {...result, findings}
  }
}

/** Bodies are looked at where the plan has been run, as far as it goes, on a copy of the database. */
async function rehearse(
  clone: () => Promise<ShadowDatabase>,
  steps: readonly Step[],
  touched: ReadonlySet<ObjectId>,
  role?: string,
): Promise<Finding[]> {
  const database = await clone()
  const db = await database.connect(role ? {role} : {})
  try {
    await db.script('begin')
    for (const step of steps) if (!(await runs(db, step))) break
    return await checkBodies(db, touched)
  } finally {
    await db.close()
    await database.drop()
  }
}

async function runs(db: Db, step: Step): Promise<boolean> {
  await db.script('savepoint pgext_step')
  try {
    await db.script(`${inside(step)};\nrelease savepoint pgext_step`)
    return true
  } catch (error) {
    if (!(error instanceof PgextError) || error.code === 'connection-lost') throw error
    await db.script('rollback to savepoint pgext_step; release savepoint pgext_step')
    return false
  }
}

/** What uses a function may print another type once it is bound to the new one: that is right where the files have it so. */
function isAsFiles(change: Change, files: Catalog): boolean {
  return change.verb === 'alter' && files.objects.get(change.from.id)?.hash === change.from.hash
}

function compareThese(from: Catalog, to: Catalog, waiting: readonly Change[], inherited: readonly CatalogObject[]): Change[] {
  if (inherited.length === 0) return [...waiting]
  const ids = new Set([...waiting.map((change) => (change.to ?? change.from)!.id), ...inherited.map(({id}) => id)])
  return compare(from, to).filter((change) => ids.has((change.to ?? change.from)!.id))
}

/** Roles are the cluster's, and none of the catalogs hold those that no file creates. */
function refuseUnmet(waiting: readonly Change[], target: Catalog): void {
  for (const change of waiting) {
    if (change.verb === 'drop') continue
    const missing = change.to.needs.find((id) => !target.objects.has(id) && !id.startsWith('role '))
    if (!missing) continue
    throw new PgextError('not-allowed', `${change.to.id} needs ${missing}, which the database lacks`, {
      hint: 'run `pgext migrate` first',
    })
  }
}
