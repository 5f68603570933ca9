// A database's URL in; what deploy-functions would do there, proven, out.
import {compare} from '../diff/compare.ts'
import {idOf} from '../diff/id.ts'
import {refuseBlocked, spare} from '../diff/leave.ts'
import type {Catalog, Change} from '../diff/model.ts'
import {plan} from '../diff/plan.ts'
import {catalogOf, read} from '../diff/read.ts'
import {relabel} from '../diff/relabel.ts'
import {oldIdOf} from '../diff/renames.ts'
import {scope} from '../diff/scope.ts'
import {PgextError} from '../errors.ts'
import {deployable, functionChanges} from './functions.ts'
import {leaveFunctions, said, serverFor, sparing} from './known.ts'
import type {Difference} from './model.ts'
import {makerIn, prove, withNamed} from './proof.ts'
import {renamedClone, settleOnClone} from './renames.ts'
import {rulesFor} from './rules.ts'
import {blind} from './same.ts'
import {openFiles, openLive, reprint, type Workplace} from './sides.ts'

/** What deploy-functions would do to a database. */
export async function functionsDifference(url: string, wanted: boolean, place: Workplace): Promise<Difference> {
  const desired = await openFiles(await place.project.sources(), 'files', place)
  const roles = desired.loaded!.rolesCreated
  let current = await openLive(url, 'database', place, roles)
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
  const again = {...scope(settled.catalog, desired.catalog, rules), notes: before.notes}
  const scoped = leaveFunctions(again, current, desired)
  const functions = deployable(scoped.current, scoped.desired, desired.loaded!.functions)
  const waiting = functionChanges(scoped.current, scoped.desired, functions)
  const target = deployed(scoped.current, waiting)
  refuseUnmet(waiting, target)
  const server = serverFor(current, place)
  const whole = plan(scoped.current, target, {server, changes: waiting})
  refuseBlocked(whole.steps, scoped.left, settled.catalog)
  const result = {
    current,
    desired,
    changes: [],
    waiting,
    unseen: before.unseen,
    plan: {...whole, steps: [...settled.steps, ...whole.steps]},
    sizes: new Map(),
    notes: [...(desired.loaded?.notes ?? []), ...scoped.notes, ...blind(current, desired)],
    renames: settled.steps,
    candidates: [],
  }
  if (result.plan.steps.length === 0 || !wanted) return result
  const proof = await prove(
    {
      clone: withNamed(desired, place, () => renamedClone(current, settled.steps)),
      plan: whole,
      current: settled.catalog,
      desired: target,
      read: async (db, maker) =>
        leaveFunctions(
          scope(relabel(await read(db, roles), maker, current.catalog.server.user), desired.catalog, {
            ...rules,
            carried: scoped.carried,
          }),
          current,
          desired,
        ).current,
      compare,
    },
    server,
    place,
  )
  return {...result, proof}
}

/** The current state with these functions as the files have them. */
function deployed(current: Catalog, changes: readonly Change[]): Catalog {
  const objects = new Map(current.objects)
  for (const change of changes) {
    if (change.verb === 'drop') objects.delete(change.from.id)
    else objects.set(change.to.id, change.to)
  }
  return catalogOf(objects, current.server)
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
