// Two catalogs and what the files declare in, the two that are compared out: what is not pgext's is left alone, and named.
import {idAbout, idOf} from './id.ts'
import type {Catalog, CatalogObject, ObjectId} from './model.ts'
import {catalogOf, hashOf} from './read.ts'

export interface Scope {
  /** the side that files made: what it does not speak of is not theirs */
  readonly declares: 'current' | 'desired'
  /** schemas the files create or place objects in; undefined: all are managed */
  readonly schemas?: ReadonlySet<string>
  /** extensions that the files don't name are left alone */
  readonly keepExtensions: boolean
  readonly ownership: 'lenient' | 'strict'
  readonly grantees: ReadonlySet<string>
  readonly ownersSet: ReadonlySet<ObjectId>
  readonly roles: ReadonlySet<string>
  /** partitions that the files don't name, under a parent that they do, are left alone */
  readonly keepPartitions: boolean
  readonly external: {readonly schemas: readonly string[]; readonly extensions: readonly string[]}
}

/** Everything is compared: both sides are databases. */
export const EVERYTHING: Scope = {
  declares: 'desired',
  keepExtensions: false,
  ownership: 'strict',
  grantees: new Set(),
  ownersSet: new Set(),
  roles: new Set(),
  keepPartitions: false,
  external: {schemas: [], extensions: []},
}

export interface Scoped {
  readonly current: Catalog
  readonly desired: Catalog
  readonly notes: readonly string[]
}

export function scope(current: Catalog, desired: Catalog, rules: Scope): Scoped {
  const left = new Map<string, Set<string>>()
  const leave = (what: string, name: string) => {
    left.set(what, (left.get(what) ?? new Set()).add(name))
  }
  const declared = rules.declares === 'current' ? current : desired
  const managed = (catalog: Catalog) => {
    const roots = partitionsLeft(catalog, declared, rules)
    for (const id of roots) leave('partition', id.slice('table '.length))
    return filter(catalog, (o) => !roots.has(rootOf(o, catalog)) && isManaged(o, catalog, declared, rules, leave))
  }
  const [mine, theirs] = [managed(current), managed(desired)]
  const notes = [...left].map(
    ([what, names]) => `left alone: ${what}${names.size > 1 ? 's' : ''} ${[...names].sort().join(', ')}`,
  )
  return {current: mine, desired: theirs, notes}
}

function filter(catalog: Catalog, keep: (o: CatalogObject) => boolean): Catalog {
  const objects = new Map<ObjectId, CatalogObject>()
  for (const o of catalog.objects.values()) if (keep(o)) objects.set(o.id, o)
  // a fact about something that is left alone is left alone too
  for (const o of objects.values()) {
    for (let up = o.parent; up; up = catalog.objects.get(up)?.parent) if (!objects.has(up)) objects.delete(o.id)
  }
  return objects.size === catalog.objects.size ? catalog : catalogOf(objects, catalog.server, catalog.unmodelled)
}

function isManaged(
  o: CatalogObject,
  catalog: Catalog,
  declared: Catalog,
  rules: Scope,
  leave: (what: string, name: string) => void,
): boolean {
  if (o.kind === 'role') return rules.roles.has(o.name[0]!)
  if (o.kind === 'extension') {
    if (rules.external.extensions.includes(o.name[0]!)) return false
    if (!rules.keepExtensions || declared.objects.has(o.id)) return true
    leave('extension', o.name[0]!)
    return false
  }
  for (const schema of schemasOf(o, catalog)) {
    if (rules.external.schemas.includes(schema)) return false
    if (rules.schemas && !rules.schemas.has(schema)) {
      leave('schema', schema)
      return false
    }
  }
  return rules.ownership === 'strict' || isDeclared(o, declared, rules)
}

/** Lenient ownership: owners and privileges only where a file speaks of them. */
function isDeclared(o: CatalogObject, declared: Catalog, rules: Scope): boolean {
  if (o.kind === 'owner') return rules.ownersSet.has(o.parent!)
  if (o.kind === 'privilege')
    return declared.objects.has(o.id) || (o.body.to !== 'owner' && rules.grantees.has(o.body.role ?? 'public'))
  if (o.kind === 'default privilege') return declared.objects.has(o.id) || rules.grantees.has(o.name[3]!)
  return true
}

const OUTSIDE = new Set([
  'role',
  'extension',
  'publication',
  'publication table',
  'publication schema',
  'default privilege',
  'foreign server',
  'user mapping',
])

/** In no schema either, they go where their functions and types go. */
const BESIDE = new Set([
  'access method',
  'cast',
  'event trigger',
  'foreign data wrapper',
  'language',
  'operator family member',
  'transform',
])

/** What has a parent goes where that goes. */
function schemasOf(o: CatalogObject, catalog: Catalog): string[] {
  if (o.parent || OUTSIDE.has(o.kind)) return []
  if (!BESIDE.has(o.kind)) return [o.name[0]!]
  return o.needs.flatMap((id) => {
    const need = catalog.objects.get(id)
    return need && !BESIDE.has(need.kind) ? schemasOf(need, catalog) : []
  })
}

/** The role that loaded a shadow stands for the target's: what it owns and what its default privileges are become that one's. */
export function relabel(catalog: Catalog, from: string, to: string): Catalog {
  if (from === to) return catalog
  const objects = new Map<ObjectId, CatalogObject>()
  for (const o of catalog.objects.values()) {
    const mine = relabelled(o, from, to)
    objects.set(mine.id, mine)
  }
  return catalogOf(objects, catalog.server)
}

function relabelled(o: CatalogObject, from: string, to: string): CatalogObject {
  if (o.kind === 'owner' && o.body.role === from) {
    const body = {...o.body, role: to}
    return {...o, body, hash: hashOf(o.kind, body)}
  }
  if (o.kind === 'user mapping' && o.name[1] === from) {
    const name = [o.name[0]!, to]
    return {...o, name, id: idOf(o.kind, name)}
  }
  if (o.kind === 'default privilege' && (o.name[0] === from || o.name[3] === from)) {
    const name = o.name.map((part, at) => (at % 3 === 0 && part === from ? to : part))
    return {...o, name, id: idOf(o.kind, name)}
  }
  return o
}

/** Tables attached, at whatever depth, under a table that the files declare, while they themselves are not declared. */
function partitionsLeft(catalog: Catalog, declared: Catalog, {keepPartitions}: Scope): Set<ObjectId> {
  const left = new Set<ObjectId>()
  if (!keepPartitions) return left
  for (const o of catalog.objects.values()) {
    if (o.kind !== 'partition' || declared.objects.has(o.parent!)) continue
    for (let at: CatalogObject | undefined = o; at; ) {
      const above: ObjectId | undefined = at.needs.find((id) => id.startsWith('table ') && id !== at!.parent)
      if (above && declared.objects.has(above)) left.add(o.parent!)
      at = above && catalog.objects.get(idAbout('partition', above))
    }
  }
  return left
}

function rootOf(o: CatalogObject, catalog: Catalog): ObjectId {
  let at = o
  while (at.parent) {
    const up = catalog.objects.get(at.parent)
    if (!up) break
    at = up
  }
  return at.id
}
