// Two states in; what both ways of comparing them need first: whose server, what copies may lack, what files say of functions, out.
import type {ObjectId} from '../diff/model.ts'
import type {Scoped} from '../diff/scope.ts'
import type {Server} from '../postgres/db.ts'
import {split as splitRenames} from './deployed.ts'
import {withoutStrays} from './functions.ts'
import type {Known, Workplace} from './sides.ts'

/** What the files say is renamed; of functions/ only what is left to be. */
export function said({loaded, catalog}: Known, current: Known) {
  const states = {current: current.catalog, desired: catalog}
  return splitRenames(loaded?.renames ?? [], loaded?.functions ?? new Set(), states)
}

/** Kinds plan for the target's major and role, never the shadow's. */
export function serverFor(current: Known, place: Workplace): Server {
  const server = current.live?.server ?? place.target?.server
  if (server) return server
  return current.catalog.server
}

/** Copies of a state need not have what nothing managed needs. */
export function sparing(state: Known, unneeded: ReadonlySet<ObjectId>, versions: ReadonlySet<string> = new Set()): Known {
  return unneeded.size + versions.size > 0 ? {...state, clone: () => state.clone(unneeded, versions)} : state
}

/** Functions of a live database that no file has, in a project that deploys functions, may be deployed ones: they are named, never dropped. */
export function leaveFunctions(scoped: Scoped, current: Known, desired: Known): Scoped {
  const functions = desired.loaded?.functions
  if (!current.live || !functions?.size) return scoped
  const {catalog, strays} = withoutStrays(scoped.current, scoped.desired, functions)
  return strays.length > 0
    ? {...scoped, current: catalog, notes: [...scoped.notes, `left alone, since no file has them: ${strays.join(', ')}`]}
    : scoped
}
