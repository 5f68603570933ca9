// Which functions of functions/ a migration carries, and how two states are compared without the rest.
import type {Records} from '../deploy/record.ts'
import {compare} from '../diff/compare.ts'
import type {Catalog, CatalogObject, Change, ObjectId, Plan, Step} from '../diff/model.ts'
import {catalogOf} from '../diff/read.ts'
import {ROUTINES} from '../diff/routines.ts'

/** Functions of functions/ that the schema can't stand without, with those their bodies call. */
export function carried(desired: Catalog, deployable: ReadonlySet<ObjectId>): Set<ObjectId> {
  const found = new Set<ObjectId>()
  const visit = (id: ObjectId) => {
    if (!deployable.has(id) || found.has(id)) return
    found.add(id)
    const o = desired.objects.get(id)
    for (const next of [...(o?.needs ?? []), ...(o?.softNeeds ?? [])]) visit(next)
  }
  for (const o of desired.objects.values()) if (!belongsTo(o, deployable, desired)) for (const id of o.needs) visit(id)
  return found
}

const nameKey = (o: CatalogObject): string => o.name.join('\0')

/** Is a function that no file has pgext's to drop? */
export type Ours = (id: ObjectId) => boolean

/** What pgext deployed is; where nothing was ever recorded nobody can tell, and a function of that name is taken for its older self. */
export const oursBy =
  (records?: Records): Ours =>
  (id) =>
    !records || records.get(id) === 'deployed'

/** The functions that functions/ makes, and those of the current state that they come instead of: of one name, with another signature. */
export function deployable(
  current: Catalog,
  desired: Catalog,
  functions: ReadonlySet<ObjectId>,
  isOurs: Ours = () => true,
): Set<ObjectId> {
  const names = new Set([...functions].flatMap((id) => desired.objects.get(id) ?? []).map(nameKey))
  const superseded = [...current.objects.values()].filter(
    (o) => ROUTINES.has(o.kind) && !desired.objects.has(o.id) && names.has(nameKey(o)) && isOurs(o.id),
  )
  return new Set([...functions, ...superseded.map((o) => o.id)])
}

/** The current state without the functions that no file has under any signature, and that nothing else needs. */
export function withoutStrays(
  current: Catalog,
  desired: Catalog,
  functions: ReadonlySet<ObjectId>,
  isOurs?: Ours,
): {catalog: Catalog; strays: ObjectId[]} {
  const replaced = deployable(current, desired, functions, isOurs)
  const strays = new Set<ObjectId>()
  for (const o of current.objects.values())
    if (ROUTINES.has(o.kind) && !desired.objects.has(o.id) && !replaced.has(o.id)) strays.add(o.id)
  for (const o of current.objects.values()) if (!belongsTo(o, strays, current)) for (const id of o.needs) strays.delete(id)
  return {catalog: without(current, strays), strays: [...strays]}
}

/** Is it one of these functions, or a fact about one? */
export function belongsTo(o: CatalogObject, functions: ReadonlySet<ObjectId>, catalog: Catalog): boolean {
  for (let at: CatalogObject | undefined = o; at; at = at.parent && catalog.objects.get(at.parent))
    if (functions.has(at.id)) return true
  return false
}

export function without(catalog: Catalog, functions: ReadonlySet<ObjectId>): Catalog {
  if (functions.size === 0) return catalog
  const objects = new Map([...catalog.objects].filter(([, o]) => !belongsTo(o, functions, catalog)))
  return catalogOf(objects, catalog.server, catalog.unmodelled, catalog.denied)
}

export interface Split {
  /** what the schema plan starts from: functions that may stand in its way included */
  readonly current: Catalog
  readonly desired: Catalog
  /** functions that the plan neither makes nor changes */
  readonly left: ReadonlySet<ObjectId>
}

/** Functions of a live database that a replay lacks: deployed ones, or somebody's own. They may stand in a plan's way. */
export function deployedBeside(
  live: Catalog,
  current: Catalog,
  desired: Catalog,
  functions: ReadonlySet<ObjectId>,
): CatalogObject[] {
  const isSchemas = (id: ObjectId) => desired.objects.has(id) && !functions.has(id)
  return [...live.objects.values()].filter((o) => ROUTINES.has(o.kind) && !current.objects.has(o.id) && !isSchemas(o.id))
}

/**
 * The two states as a schema plan sees them: bodies of functions/ are not its business, functions in its way are.
 * @param deployed what stands beside a replay in the database, where that is known
 */
export function splitOff(
  current: Catalog,
  desired: Catalog,
  functions: ReadonlySet<ObjectId>,
  deployed?: readonly CatalogObject[],
): Split {
  const carries = carried(desired, functions)
  const deployable = new Set([...functions, ...(deployed ?? []).map((o) => o.id)])
  const left = new Set([...deployable].filter((id) => !carries.has(id)))
  if (functions.size === 0) return {current, desired, left: new Set()}
  // functions as deployed; where the current state is a replay, it has none: the database tells, or else the files, what will be there
  const before = new Map(current.objects)
  const facts = (catalog: Catalog, ids: ReadonlySet<ObjectId>) =>
    [...catalog.objects.values()].filter((o) => belongsTo(o, ids, catalog))
  const beside = deployed ? deployed.filter(({id}) => left.has(id)) : facts(desired, left)
  for (const o of beside) if (!before.has(o.id) && o.needs.every((id) => before.has(id))) before.set(o.id, o)
  const now = catalogOf(before, current.server)
  // two of one name would make calls ambiguous, and new calls bind to the old one
  const names = new Set([...carries].map((id) => nameKey(desired.objects.get(id)!)))
  const superseded = [...left].filter((id) => before.has(id) && !desired.objects.has(id) && names.has(nameKey(before.get(id)!)))
  const kept = new Set([...left].filter((id) => !superseded.includes(id)))

  const after = new Map(without(desired, left).objects)
  const pressing = new Set([...carries].filter((id) => isPressing(id, current, desired, deployable)))
  const swapped = new Set([...carries].filter((id) => current.objects.has(id) && !pressing.has(id)))
  for (const o of facts(desired, swapped)) after.delete(o.id)
  for (const o of facts(now, new Set([...kept, ...swapped]))) after.set(o.id, o)
  // what can't stand in the desired state goes
  for (let gone = true; gone; ) {
    gone = false
    for (const o of after.values()) {
      if (!belongsTo(o, deployable, now) || o.needs.every((id) => after.has(id))) continue
      after.delete(o.id)
      gone = true
    }
  }
  // a carried function whose old signature can't stand is made as the files have it
  for (const o of facts(desired, carries)) if (!after.has(o.id)) after.set(o.id, o)
  return {current: now, desired: catalogOf(after, desired.server), left}
}

/**
 * A body that changes waits for deploy-functions. What a function takes and gives can't, where something of the schema that uses it
 * is another because of that: a view's columns have other types.
 */
function isPressing(id: ObjectId, current: Catalog, desired: Catalog, deployable: ReadonlySet<ObjectId>): boolean {
  const [from, to] = [current.objects.get(id), desired.objects.get(id)]
  if (!from || !to || from.hash === to.hash) return false
  const head = ({body}: CatalogObject) => JSON.stringify([body.returns, body.returnsSet, body.parameters, body.transition])
  if (head(from) === head(to)) return false
  return [...desired.objects.values()].some((o) => {
    const before = current.objects.get(o.id)
    return o.needs.includes(id) && before && before.hash !== o.hash && !belongsTo(o, deployable, desired)
  })
}

/** Functions that are only in the way are dropped if they are there; deploying puts them back. */
export function withoutFunctions(plan: Plan, left: ReadonlySet<ObjectId>): Plan {
  const steps = plan.steps.flatMap((step): Step[] => {
    if (!left.has(step.object) && ![...left].some((id) => step.object.endsWith(` ${id}`))) return [step]
    if (step.verb !== 'drop' || !left.has(step.object)) return []
    return [{...step, sql: step.sql.replace(/^DROP (FUNCTION|PROCEDURE|AGGREGATE) /, 'DROP $1 IF EXISTS ')}]
  })
  return {...plan, steps}
}

/** Compares two states without the functions that no migration carries, and without the bodies of those that are carried. */
export function compareSchema(a: Catalog, b: Catalog, deployable: ReadonlySet<ObjectId>): Change[] {
  if (deployable.size === 0) return compare(a, b)
  return compare(a, b).filter((change) => {
    const o = change.verb === 'drop' ? change.from : change.to
    const catalog = change.verb === 'drop' ? a : b
    return !belongsTo(o, deployable, catalog)
  })
}

/** What deploy-functions would change: functions of functions/ and the facts about them. */
export function functionChanges(current: Catalog, desired: Catalog, deployable: ReadonlySet<ObjectId>): Change[] {
  return compare(current, desired).filter((change) =>
    change.verb === 'drop' ? belongsTo(change.from, deployable, current) : belongsTo(change.to, deployable, desired),
  )
}
