// Two states in; what both ways of comparing them need first: whose server, what copies may lack, what files say of functions, out.
import type {ObjectId} from '../diff/model.ts'
import type {Scoped} from '../diff/scope.ts'
import type {Server} from '../postgres/db.ts'
import {split as splitRenames} from './deployed.ts'
import {type Ours, oursBy, withoutStrays} from './functions.ts'
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
  const {major = current.catalog.server.major} = place
  return {...current.catalog.server, major}
}

/** Copies of a state need not have what nothing managed needs. */
export function sparing(state: Known, unneeded: ReadonlySet<ObjectId>, versions: ReadonlySet<string> = new Set()): Known {
  return unneeded.size + versions.size > 0 ? {...state, clone: () => state.clone(unneeded, versions)} : state
}

/** Which functions that no file has are pgext's to drop. */
export interface Choice {
  readonly isOurs: Ours
  /** under whatever name */
  readonly pruned?: readonly ObjectId[]
}

/** Functions of a live database that no file has, in a project that deploys functions, may be deployed ones: they are named, never dropped. */
export function leaveFunctions(
  scoped: Scoped,
  current: Known,
  desired: Known,
  choice: Choice = {isOurs: oursBy(current.live?.records)},
): Scoped {
  const {isOurs, pruned = []} = choice
  const functions = new Set([...(desired.loaded?.functions ?? []), ...pruned])
  if (!current.live || functions.size === 0) return scoped
  const {catalog, strays} = withoutStrays(scoped.current, scoped.desired, functions, isOurs)
  return strays.length > 0
    ? {...scoped, current: catalog, notes: [...scoped.notes, `left alone, since no file has them: ${strays.join(', ')}`]}
    : scoped
}
