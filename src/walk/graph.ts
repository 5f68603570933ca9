// A catalog and what bodies use in, who uses whom out.
import type {Usage} from '../bodies/uses.ts'
import {nameOf} from '../diff/id.ts'
import type {Catalog, CatalogObject, ObjectId} from '../diff/model.ts'
import {ROUTINES} from '../diff/routines.ts'
import {PgextError} from '../errors.ts'

export interface Edge {
  readonly from: ObjectId
  readonly to: ObjectId
  readonly manner: 'reads' | 'writes' | 'calls' | 'names'
  /** found by its name alone */
  readonly guessed?: true
}

export interface Graph {
  /** functions, and all that has to do with one */
  readonly nodes: readonly ObjectId[]
  readonly edges: readonly Edge[]
  /** they run text that is put together when it runs */
  readonly dynamic: ReadonlySet<ObjectId>
  readonly unread: ReadonlySet<ObjectId>
  /** of some of their statements only names are known */
  readonly unsure: ReadonlySet<ObjectId>
}

/** What rows are read through. */
const SHOWS = new Set(['view', 'materialized view', 'rule'])

export function graphOf(catalog: Catalog, {uses: bodies, dynamic, unread, unsure}: Usage): Graph {
  const edges = new Map<string, Edge>()
  const add = (edge: Edge) => {
    const key = `${edge.from}\0${edge.to}\0${edge.manner}`
    if (edge.from !== edge.to && !edges.has(key)) edges.set(key, edge)
  }
  for (const {routine, on, manner, guessed} of bodies) {
    // an extension's is nobody's who could change it
    if (!catalog.objects.has(on) && !catalog.objects.has(ownerOf(on))) continue
    add({from: routine, to: on, manner, ...(guessed && {guessed})})
  }
  for (const o of catalog.objects.values()) for (const edge of edgesOf(o, catalog)) add(edge)
  const routines = [...catalog.objects.values()].filter(({kind}) => ROUTINES.has(kind)).map(({id}) => id)
  const all = [...edges.values()].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
  const near = new Set<ObjectId>(routines)
  for (const {from, to} of all) if (near.has(to)) near.add(from)
  const uses = new Map<ObjectId, ObjectId[]>()
  for (const {from, to} of all) uses.set(from, [...(uses.get(from) ?? []), to])
  // a set goes on with what is added to it
  for (const id of near) for (const to of uses.get(id) ?? []) near.add(to)
  const kept = all.filter((edge) => near.has(edge.from))
  return {nodes: [...near].sort(), edges: kept, dynamic: new Set(dynamic), unread: new Set(unread), unsure: new Set(unsure)}
}

const orderOf = ({from, to, manner}: Edge): string => [from, to, manner].join('\0')

/** `view column public.v.a` → `view public.v` is none that a catalog has; its view is. */
function ownerOf(id: ObjectId): ObjectId {
  return (id.startsWith('view column ') ? `view ${id.slice('view column '.length, id.lastIndexOf('.'))}` : id) as ObjectId
}

/** What PostgreSQL itself notes. */
function edgesOf(o: CatalogObject, catalog: Catalog): Edge[] {
  if (o.kind === 'owner' || o.kind === 'privilege' || o.kind === 'comment') return []
  return o.needs.flatMap((to): Edge[] => {
    const kind = catalog.objects.get(to)?.kind
    if (!kind || to === o.parent) return []
    if (ROUTINES.has(kind)) return [{from: o.id, to, manner: 'calls'}]
    if (SHOWS.has(o.kind)) return [{from: o.id, to, manner: 'reads'}]
    // of a body in standard SQL it notes what the body uses; of others what stands around it
    const isAround = ROUTINES.has(o.kind) && o.body.atomic !== true && !AMBIENT.has(kind)
    return isAround ? [{from: o.id, to, manner: 'names'}] : []
  })
}

const AMBIENT = new Set(['schema', 'language', 'extension'])

/** What somebody means by a name: an id, or its last parts; of a function, with or without its types. */
export function nodesNamed(name: string, {nodes}: Graph, catalog: Catalog): ObjectId[] {
  const wanted = name.trim()
  const found = nodes.filter((id) => {
    const o = catalog.objects.get(id)
    if (id === wanted) return true
    const full = o ? nameOf(o) : id.slice(id.indexOf(' ', id.startsWith('view column ') ? 5 : 0) + 1)
    const bare = o?.signature ? full.slice(0, -o.signature.length) : full
    return [full, bare].some((one) => one === wanted || one.endsWith(`.${wanted}`))
  })
  if (found.length > 0) return found
  throw new PgextError('usage', `no function is or uses ${name}`, {
    hint: 'name a function, table, column or type as in pgext functions:graph without a name',
  })
}
