// A database's URL, and the migrations that its journal has, in; what it has otherwise than they left it, each with the SQL of both ways, out.
import {spare} from '../diff/leave.ts'
import type {Catalog, Change, ObjectId, Step} from '../diff/model.ts'
import {plan} from '../diff/plan.ts'
import {type Scoped, scope} from '../diff/scope.ts'
import {PgextError} from '../errors.ts'
import type {Migration} from '../migrations/file.ts'
import type {Server} from '../postgres/db.ts'
import type {SourceFile} from '../shadow/model.ts'
import {driftBetween} from './drift.ts'
import {sparing} from './known.ts'
import {rulesFor} from './rules.ts'
import {blind} from './same.ts'
import {openFiles, openLive, openMigrations, reprint, type Workplace} from './sides.ts'

export interface Drifted {
  /** it is there, gone, or another */
  readonly verb: 'has' | 'lacks' | 'differs'
  readonly object: ObjectId
  /** statements that bring the database back to what its journal says */
  readonly back: readonly string[]
  /** statements with which a migration would keep it */
  readonly keep: readonly string[]
}

export interface Drifting {
  readonly drifted: readonly Drifted[]
  readonly notes: readonly string[]
  readonly unseen: Scoped['unseen']
  /** why there is no SQL for one way, or the other */
  readonly refusals: readonly string[]
}

export async function drifting(
  url: string,
  applied: readonly Migration[],
  sources: readonly SourceFile[],
  place: Workplace,
): Promise<Drifting> {
  const files = await openFiles(sources, 'files', place)
  const roles = files.loaded!.rolesCreated
  const replayed = await openMigrations(applied, place, roles)
  place.tell('reading the database')
  let current = await openLive(url, 'database', place, roles, {declared: replayed.catalog, near: replayed})
  const rules = rulesFor(current, files, place)
  const unneeded = spare(scope(current.catalog, files.catalog, rules), current.catalog, [])
  current = sparing(current, unneeded, rules.versions)
  if (current.catalog.server.major !== replayed.catalog.server.major)
    current = await reprint(current, place, unneeded, rules.versions)
  const found = driftBetween(current, replayed, files, place)
  const {server} = current.catalog
  const back = stepsOf(found.current, found.desired, found.changes, server)
  const keep = stepsOf(found.desired, found.current, found.changes.map(reversed), server)
  const roots = rootsOf(found.changes)
  const [backs, keeps] = [shared(back.steps, roots, found), shared(keep.steps, roots, found)]
  return {
    drifted: [...roots].map(([object, change]) => ({
      verb: change.verb === 'drop' ? 'has' : change.verb === 'create' ? 'lacks' : 'differs',
      object,
      back: backs.get(object) ?? [],
      keep: keeps.get(object) ?? [],
    })),
    notes: [...found.notes, ...blind(current, replayed)],
    unseen: found.unseen,
    refusals: [back.refusal, keep.refusal].filter((one) => one !== undefined),
  }
}

function stepsOf(from: Catalog, to: Catalog, changes: readonly Change[], server: Server) {
  try {
    return {steps: plan(from, to, {server, changes}).steps}
  } catch (error) {
    if (!(error instanceof PgextError)) throw error
    return {steps: [], refusal: error.message}
  }
}

function reversed({verb, from, to}: Change): Change {
  if (verb === 'create') return {verb: 'drop', from: to}
  return verb === 'drop' ? {verb: 'create', to: from} : {verb, from: to, to: from}
}

/** What comes or goes with something else is told with it. */
function rootsOf(changes: readonly Change[]): Map<ObjectId, Change> {
  const known = new Map(changes.map((change) => [(change.to ?? change.from)!.id, change]))
  const isPart = ({verb, from, to}: Change) => {
    const {parent} = (to ?? from)!
    return verb !== 'alter' && parent !== undefined && known.get(parent)?.verb === verb
  }
  return new Map([...known].filter(([, change]) => !isPart(change)))
}

/** Each statement with the outermost drifted object that it is about; what has to step aside meanwhile stands with the first. */
function shared(
  steps: readonly Step[],
  roots: ReadonlyMap<ObjectId, Change>,
  {current, desired}: {readonly current: Catalog; readonly desired: Catalog},
): Map<ObjectId, string[]> {
  const found = new Map<ObjectId, string[]>()
  const rootOf = (id: ObjectId): ObjectId | undefined => {
    if (roots.has(id)) return id
    const parent = (current.objects.get(id) ?? desired.objects.get(id))?.parent
    return parent && rootOf(parent)
  }
  const [first] = roots.keys()
  for (const step of steps) {
    const root = [step.object, ...step.makes, ...step.breaks].map(rootOf).find((id) => id !== undefined) ?? first
    if (root) found.set(root, [...(found.get(root) ?? []), `${step.sql};`])
  }
  return found
}
