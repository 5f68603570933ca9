// What pgext has recorded of a database's functions in; which of them are its own to drop, and what is recorded next, out.
import type {Records} from '../deploy/record.ts'
import type {Catalog, CatalogObject, Change, ObjectId} from '../diff/model.ts'
import {ROUTINES} from '../diff/routines.ts'
import type {Loaded} from '../shadow/model.ts'
import {type Ours, oursBy} from './functions.ts'
import type {DeployRequest} from './model.ts'

/** What pgext deployed or kept here, and no file has any more. */
export function staleIn(records: Records | undefined, current: Catalog, desired: Catalog): ObjectId[] {
  return [...(records?.keys() ?? [])].filter((id) => current.objects.has(id) && !desired.objects.has(id)).sort()
}

export function choiceOf(
  {prune}: Pick<DeployRequest, 'prune'>,
  records: Records | undefined,
  current: Catalog,
  desired: Catalog,
): {isOurs: Ours; pruned: readonly ObjectId[]} {
  const isOurs = oursBy(records)
  if (!prune) return {isOurs, pruned: []}
  return {isOurs: (id) => isOurs(id) || records?.has(id) === true, pruned: staleIn(records, current, desired)}
}

export interface After {
  readonly loaded: Loaded
  /** the database as it is now, whatever of it counts */
  readonly live: Catalog
  readonly waiting: readonly Change[]
  readonly kept: readonly CatalogObject[]
}

/** The files' functions that stand there are pgext's from now on; one whose file has gone stays recorded until it is pruned. */
export function recordsAfter(records: Records | undefined, {loaded, live, waiting, kept}: After): Records {
  const dropped = new Set(waiting.flatMap(({verb, from}) => (verb === 'drop' ? [from!.id] : [])))
  const made = new Set(waiting.flatMap(({verb, to}) => (verb === 'create' ? [to!.id] : [])))
  const stands = (id: ObjectId) => made.has(id) || (live.objects.has(id) && !dropped.has(id))
  const after = new Map([...(records ?? [])].filter(([id]) => stands(id)))
  for (const id of loaded.functions) if (stands(id)) after.set(id, 'deployed')
  for (const o of kept) if (ROUTINES.has(o.kind)) after.set(o.id, 'kept')
  return after
}

export function isRecorded(records: Records | undefined, wanted: Records): boolean {
  return (
    records !== undefined && records.size === wanted.size && [...wanted].every(([id, standing]) => records.get(id) === standing)
  )
}
