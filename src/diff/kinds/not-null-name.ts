// A column in; the name of its NOT NULL, and whether it has to be said, as PostgreSQL would choose another (18), out.
import {quoteName} from '../../postgres/quote.ts'
import type {Catalog, CatalogObject, Context, ObjectId} from '../model.ts'
import type {ColumnBody} from './column.ts'
import {hasBelow} from './partition.ts'

export function notNullOf(c: CatalogObject, name = derivedName(c)): string {
  return quoteName(name)
}

const said = new WeakMap<Catalog, Map<string, Set<ObjectId>>>()

/** Another table of its schema has a constraint of the name that PostgreSQL would give it, and would then give it another (18). */
export function isNameTaken(c: CatalogObject<ColumnBody>, {desired, server}: Context): boolean {
  if (server.major < 18 || !c.body.notNull || c.body.notNullName) return false
  let names = said.get(desired)
  if (!names) {
    names = new Map()
    for (const o of desired.objects.values()) {
      const name: string | undefined = o.kind === 'constraint' ? o.name[2] : o.kind === 'column' ? o.body.notNullName : undefined
      if (name === undefined) continue
      const key = JSON.stringify([o.name[0], name])
      names.set(key, (names.get(key) ?? new Set()).add(o.parent!))
    }
    said.set(desired, names)
  }
  const tables = names.get(JSON.stringify([c.name[0], derivedName(c)]))
  return tables !== undefined && [...tables].some((id) => id !== c.parent)
}

export function derivedName({name}: CatalogObject): string {
  return `${`${name[1]}_${name[2]}`.slice(0, 54)}_not_null`
}

/** 18: said by its name, as PostgreSQL would choose another while a table below has one of that name. */
export function isNamed(table: ObjectId, {current, desired, server}: Context): boolean {
  if (server.major < 18) return false
  if (desired.objects.get(table)?.body.partitionBy !== undefined || hasBelow(table, desired) || hasBelow(table, current))
    return true
  return [current, desired].some((state) => namesTaken(state).has(table))
}

const taken = new WeakMap<Catalog, Set<ObjectId>>()

/** Tables whose own names for NOT NULL another table has given to its: PostgreSQL would choose others. */
function namesTaken(catalog: Catalog): ReadonlySet<ObjectId> {
  let tables = taken.get(catalog)
  if (!tables) {
    tables = new Set()
    const all = [...catalog.objects.values()].filter((o) => o.kind === 'column' && o.body.notNull)
    const key = (o: CatalogObject, name: string) => JSON.stringify([o.name[0], name])
    const said = new Set(all.flatMap((o) => (o.body.notNullName ? [key(o, o.body.notNullName)] : [])))
    if (said.size > 0) for (const o of all) if (said.has(key(o, derivedName(o)))) tables.add(o.parent!)
    taken.set(catalog, tables)
  }
  return tables
}
