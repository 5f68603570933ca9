// Renames that were carried out in, the renames of what PostgreSQL named after the old names out.
import {quoteNames} from '../postgres/quote.ts'
import {type Naming, untangled} from './circle.ts'
import {idOf} from './id.ts'
import {kindOf} from './kinds/index.ts'
import {constraintNaming, relationNaming} from './kinds/naming.ts'
import type {Catalog, CatalogObject, ObjectId, Step} from './model.ts'
import {relations} from './relations.ts'
import type {Renamed} from './renames.ts'
import {renames} from './step.ts'

/** Something with parts that is renamed, or has columns that are. */
interface Moved {
  readonly id: ObjectId
  readonly name: readonly string[]
  readonly was: string
  readonly columns: readonly {readonly from: string; readonly to: string}[]
}

/** Only where the desired state has the name that PostgreSQL would make of the new one. */
export function derivedRenames(current: Catalog, desired: Catalog, done: readonly Renamed[]): Step[] {
  const moved = new Map<ObjectId, Moved>()
  const whole = (id: ObjectId, name: readonly string[]): Moved => moved.get(id) ?? {id, name, was: name.at(-1)!, columns: []}
  for (const {kind, from, to} of done) {
    const id = idOf(kind, to)
    const o = current.objects.get(id)
    if (o && !o.parent) moved.set(id, {...whole(id, to), was: from.at(-1)!})
    if (!o?.parent || !current.objects.has(o.parent)) continue
    const above = whole(o.parent, current.objects.get(o.parent)!.name)
    moved.set(o.parent, {...above, columns: [...above.columns, {from: from.at(-1)!, to: to.at(-1)!}]})
  }
  const namings = [...moved.values()].flatMap((one) => [...namesOf(current, desired, one), ...insideOf(current, desired, one.id)])
  if (namings.length === 0) return []
  const names = new Set([...current.objects.values(), ...desired.objects.values()].map((o) => o.name.at(-1)!))
  return untangled(namings, names).map(({naming, sql}) => renames(naming.id, sql))
}

type Derived = Naming & {readonly id: ObjectId}

function namesOf(current: Catalog, desired: Catalog, {id, name, was, columns}: Moved): Derived[] {
  const now = name.at(-1)!
  const own = new Set(parts(desired, id).map((o) => o.id))
  return parts(current, id).flatMap((o): Derived[] => {
    const last = o.name.at(-1)!
    const as = (other: string) => idOf(o.kind, [...o.name.slice(0, -1), other])
    let names = [last.startsWith(`${was}_`) ? `${now}_${last.slice(was.length + 1)}` : last]
    for (const column of columns) names = [...new Set(names.flatMap((one) => [one, reworded(one, column)]))]
    const wanted = names.reverse().find((one) => own.has(as(one)))
    if (wanted === undefined || wanted === last || own.has(as(last))) return []
    const id = as(wanted)
    if (o.kind !== 'constraint')
      return [{id, ...relationNaming(o.kind === 'index' ? 'INDEX' : 'SEQUENCE', o.name[0]!, last, wanted)}]
    const naming = constraintNaming(`TABLE ${quoteNames(...name)}`, last, wanted)
    // the index behind a key bears its name
    return [o.claims.length > 0 ? {id, ...naming, space: `relation ${o.name[0]}`} : {id, ...naming}]
  })
}

/** Names that have no object of their own: of identities’ sequences, of NOT NULL. */
function insideOf(current: Catalog, desired: Catalog, id: ObjectId): Derived[] {
  const all = [current.objects.get(id)!, ...relations(current).children(id)]
  return all.flatMap((o) => {
    const to = desired.objects.get(o.id)
    const derived = to && to.hash !== o.hash ? kindOf(o.kind).derived?.(o, to, current) : undefined
    return (derived ?? []).map((naming) => ({id: o.id, ...naming}))
  })
}

/** item_owner_id_key with owner_id renamed to user_id: item_user_id_key. */
function reworded(name: string, {from, to}: {readonly from: string; readonly to: string}): string {
  const words = name.split('_')
  const inside = from.split('_')
  const at = words.findIndex((_, n) => inside.every((word, k) => words[n + k] === word))
  return at < 0 ? name : [...words.slice(0, at), to, ...words.slice(at + inside.length)].join('_')
}

/** Constraints, indexes, and sequences that its columns own. */
function parts(catalog: Catalog, id: ObjectId): CatalogObject[] {
  const {children, dependents} = relations(catalog)
  const own = children(id).filter((o) => o.kind === 'constraint' || o.kind === 'index')
  const sequences = children(id).flatMap((c) =>
    dependents(c.id)
      .filter((o) => o.kind === 'owned by')
      .map((o) => catalog.objects.get(o.parent!)!),
  )
  return [...own, ...sequences]
}
