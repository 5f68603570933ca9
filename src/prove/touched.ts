// A plan and both catalogs in, the tables whose rows its steps touch out.
import type {Catalog, CatalogObject, ObjectId, Plan, Step} from '../diff/model.ts'
import {relations} from '../diff/relations.ts'
import type {TableName} from './facts.ts'

/** Types that columns are made of: a step on one touches the rows of every table that uses it. */
const TYPES = new Set(['enum', 'composite type', 'domain', 'domain constraint', 'range type'])
/** Objects whose rules or types may be met by rows of other tables than their own. */
const RULES = new Set(['constraint', 'table', 'column', 'default', 'index', 'partition', ...TYPES])

export interface Touched {
  readonly tables: readonly TableName[]
  tablesOf(step: Step): readonly TableName[]
  /** SQL that states the rules to come, by 'schema.table' */
  readonly hints: ReadonlyMap<string, readonly string[]>
}

export function touched(plan: Plan, current: Catalog, desired: Catalog): Touched {
  const find = (id: ObjectId): CatalogObject | undefined => desired.objects.get(id) ?? current.objects.get(id)
  const {dependents} = relations(current)
  const known = new Map<ObjectId, readonly ObjectId[]>()

  const inside = (id: ObjectId, kind: string): ObjectId | undefined => {
    for (let o = find(id), n = 0; o && n < 9; o = o.parent && find(o.parent), n++) if (o.kind === kind) return o.id
    return undefined
  }
  const tableOf = (id: ObjectId): ObjectId | undefined => inside(id, 'table')
  /** A foreign table has no rows here; tables that inherit from it may. */
  const holdersBelow = (id: ObjectId): ObjectId[] =>
    dependents(id).flatMap((o) => {
      if ((o.kind !== 'table' && o.kind !== 'foreign table') || o.id === id || !o.body.inherits) return []
      return [...(o.kind === 'table' ? [o.id] : []), ...holdersBelow(o.id)]
    })
  const idsOf = (id: ObjectId): readonly ObjectId[] => {
    const before = known.get(id)
    if (before) return before
    const found = new Set<ObjectId>()
    const o = find(id)
    const own = tableOf(id)
    if (own) found.add(own)
    const foreign = own ? undefined : inside(id, 'foreign table')
    if (foreign) for (const table of holdersBelow(foreign)) found.add(table)
    // a foreign key meets the rows of the other table, an attachment those of the partition
    if (own && o && RULES.has(o.kind) && o.kind !== 'table') for (const need of o.needs) found.add(tableOf(need) ?? own)
    if (o && TYPES.has(o.kind)) for (const table of usersOf(o)) found.add(table)
    const list = [...found].filter((table) => current.objects.has(table))
    known.set(id, list)
    return list
  }
  const usersOf = (type: CatalogObject): Set<ObjectId> => {
    const tables = new Set<ObjectId>()
    const seen = new Set<ObjectId>()
    const walk = (id: ObjectId): void => {
      if (seen.has(id)) return
      seen.add(id)
      for (const user of dependents(id)) {
        const table = tableOf(user.id)
        if (table) tables.add(table)
        else if (TYPES.has(user.kind)) walk(user.id)
      }
    }
    const parent = type.parent && find(type.parent)
    walk(type.kind === 'domain constraint' && parent ? parent.id : type.id)
    return tables
  }
  const nameOf = (id: ObjectId): TableName => ({schema: find(id)!.name[0]!, name: find(id)!.name[1]!})

  const ids = new Set(plan.steps.flatMap((step) => idsOf(step.object)))
  const hints = new Map<string, string[]>()
  for (const step of plan.steps) {
    if (!RULES.has(find(step.object)?.kind ?? '') || step.verb === 'drop' || step.sql.length > 2000) continue
    for (const id of idsOf(step.object)) {
      const table = `${nameOf(id).schema}.${nameOf(id).name}`
      hints.set(table, [...(hints.get(table) ?? []), step.sql])
    }
  }
  return {tables: [...ids].map(nameOf), tablesOf: (step) => idsOf(step.object).map(nameOf), hints}
}
