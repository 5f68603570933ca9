// States and what differs of their routines in; the states that a deployment is measured by out.
import type {Catalog, Change, ObjectId} from '../diff/model.ts'
import {catalogOf} from '../diff/read.ts'
import {ROUTINES} from '../diff/routines.ts'
import {belongsTo} from './functions.ts'

/** The current state with these functions as the files have them. */
export function deployed(current: Catalog, changes: readonly Change[]): Catalog {
  const objects = new Map(current.objects)
  for (const change of changes) {
    if (change.verb === 'drop') objects.delete(change.from.id)
    else objects.set(change.to.id, change.to)
  }
  return catalogOf(objects, current.server)
}

export function onlyOf(catalog: Catalog, functions: ReadonlySet<ObjectId>): Catalog {
  const objects = new Map([...catalog.objects].filter(([, o]) => belongsTo(o, functions, catalog)))
  return catalogOf(objects, catalog.server)
}

/** Routines that are made or changed, whose bodies have to be looked at. */
export function touchedBy(changes: readonly Change[]): Set<ObjectId> {
  return new Set(changes.flatMap(({verb, to}) => (verb !== 'drop' && ROUTINES.has(to!.kind) ? [to!.id] : [])))
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
