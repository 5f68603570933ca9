// Steps in, sections out: each object that stands on its own with all that belongs to it, in the order in which one reads it.
import {idAbout, idOf} from '../diff/id.ts'
import type {Catalog, CatalogObject, ObjectId, Step} from '../diff/model.ts'
import {order} from '../diff/order.ts'
import {relations} from '../diff/relations.ts'
import {groupOf} from './group.ts'
import type {Section} from './model.ts'

export function sectionsOf(steps: readonly Step[], catalog: Catalog): Section[] {
  const bySubject = new Map<ObjectId, {object: CatalogObject; steps: Step[]}>()
  for (const step of steps) {
    const object = rootOf(subjectOf(step, catalog), catalog)
    const id = object.kind === 'default privilege' ? DEFAULTS : object.id
    const section = bySubject.get(id)
    if (section) section.steps.push(step)
    else bySubject.set(id, {object, steps: [step]})
  }
  return [...bySubject].map(([id, {object, steps}]) => {
    const group = groupOf(object.kind)
    const schema = group.phase === 1 ? schemaOf(object, catalog) : ''
    return {id, object, group, schema, steps: inSection(steps, catalog)}
  })
}

const DEFAULTS = 'default privileges' as ObjectId

/** A cast has none: it belongs to its types. Partitions stand with their parent, in whose file their order is kept. */
function schemaOf(o: CatalogObject, {objects}: Catalog): string {
  let schema = o.name[0]!
  for (let at: CatalogObject | undefined = o; at; ) {
    const parent: [string, string] | undefined = objects.get(idAbout('partition', at.id))?.body.parent
    if (parent) schema = parent[0]
    at = parent && objects.get(idOf('table', parent))
  }
  if (o.name.length > 1) return schema
  const needs = o.needs.map((id) => objects.get(id)).filter((need) => need?.name.length === 2)
  return needs[0]?.name[0] ?? ''
}

/** What a step is about; a privilege that is only revoked is no object of the catalog, and needs the one it is about. */
function subjectOf(step: Step, {objects}: Catalog): CatalogObject {
  return objects.get(step.object) ?? objects.get(step.needs.find((id) => objects.has(id))!)!
}

/** The object that it dies with, and with a column its sequence, or one that serves its default alone. */
function rootOf(o: CatalogObject, catalog: Catalog): CatalogObject {
  const {objects} = catalog
  if (o.kind === 'default privilege') return o
  if (o.kind === 'sequence') {
    const column = objects.get(`owned by ${o.id}` as ObjectId)?.needs.find((id) => objects.get(id)?.kind === 'column')
    const served = column
      ? [objects.get(column)!]
      : relations(catalog)
          .dependents(o.id)
          .filter(({kind}) => kind !== 'owner' && kind !== 'comment' && kind !== 'privilege')
    return served.length === 1 && (column || served[0]!.kind === 'default') ? rootOf(served[0]!, catalog) : o
  }
  const parent = o.parent && objects.get(o.parent)
  return parent ? rootOf(parent, catalog) : o
}

/** How one reads a table: what it is, what keeps its rows right, what is done with them, who may, and what is said of it. */
const READING = [
  'sequence',
  'column',
  'default',
  'foreign column',
  'owned by',
  'partition',
  'constraint',
  'domain constraint',
  'operator family member',
  'index',
  'index attachment',
  'replica identity',
  'cluster',
  'statistics',
  'rule',
  'trigger',
  'policy',
  'publication table',
  'publication schema',
  'owner',
  'privilege',
  'default privilege',
  'comment',
]
const readingRank = new Map(READING.map((kind, at) => [kind, at + 1]))

function rankOf(step: Step, {objects}: Catalog): number {
  if (step.sql.endsWith(' ROW LEVEL SECURITY')) return readingRank.get('policy')! - 0.5
  const kind = objects.get(step.object)?.kind ?? 'privilege'
  return readingRank.get(kind) ?? 0
}

function inSection(steps: readonly Step[], catalog: Catalog): Step[] {
  const {objects} = catalog
  const place = (step: Step): string => {
    const o = objects.get(step.object)
    const about = o?.kind === 'comment' || o?.kind === 'privilege' ? objects.get(o.parent!) : o
    const depth = about?.parent ? String(about.position).padStart(6, '0') : ''
    return `${depth}\0${step.object}`
  }
  const keyed = steps.map((step, at) => ({step, at, rank: rankOf(step, catalog), place: place(step)}))
  keyed.sort((a, b) => a.rank - b.rank || (a.place < b.place ? -1 : a.place > b.place ? 1 : a.at - b.at))
  const sorted = keyed.map(({step}) => step)
  return order(sorted, {dependents: () => [], parent: () => undefined, rank: (step) => rankOf(step, catalog)})
}
