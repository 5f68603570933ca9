// Two states and a project's settings in, what of them is compared out.
import {type Pattern, readPattern} from '../diff/ignore.ts'
import {EVERYTHING, type Scope} from '../diff/scope.ts'
import type {Known, Workplace} from './sides.ts'

export function rulesFor(current: Known, desired: Known, place: Workplace): Scope {
  const loaded = desired.loaded ?? current.loaded
  const {settings} = place.project
  const ignore = settings.ignore.map((text) => readPattern(text) as Pattern)
  const denied = [...current.catalog.denied, ...desired.catalog.denied]
  const attached = new Set([current, desired].flatMap((side) => [...(side.loaded?.attached ?? []), ...(side.attached ?? [])]))
  if (!loaded) return {...EVERYTHING, external: settings.external, attached, ignore, denied, live: true, keepMade: 'all'}
  const isLive = (current.live ?? desired.live) !== undefined
  return {
    declares: desired.loaded ? 'desired' : 'current',
    ...(isLive && {schemas: loaded.schemas}),
    live: isLive,
    keepExtensions: isLive,
    keepPartitions: isLive && settings.partitions === 'lenient',
    ownership: settings.ownership,
    grantees: loaded.grantees,
    ownersSet: loaded.ownersSet,
    roles: loaded.rolesCreated,
    versions: loaded.versions,
    external: settings.external,
    attached,
    ignore,
    denied,
    keepMade: 'undeclared',
  }
}

/** Under these rules everything of both sides is compared, but for owners and privileges that no file speaks of. */
export function leavesNothing({schemas, keepExtensions, keepPartitions, external, ignore, denied}: Scope): boolean {
  return !(
    schemas ||
    keepExtensions ||
    keepPartitions ||
    denied.length + ignore.length + external.schemas.length + external.extensions.length > 0
  )
}
