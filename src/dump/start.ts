// A catalog in; what of it is there in a new database, and the steps from there to the rest, out.

import {hashOf} from '../diff/alike.ts'
import type {Catalog, CatalogObject, Context, ObjectId, Step} from '../diff/model.ts'
import {plan} from '../diff/plan.ts'
import {catalogOf} from '../diff/read.ts'
import {ofMaker} from '../diff/relabel.ts'
import {relations} from '../diff/relations.ts'

export interface Making {
  readonly steps: readonly Step[]
  readonly context: Context
}

/**
 * Default privileges stand before what is made under them, as a person would write them: what they give needs no grant,
 * and what they give too much is revoked.
 */
export function makingOf(catalog: Catalog): Making {
  const {server} = catalog
  const fresh = [...catalog.objects.values()].filter(isFresh)
  const defaults = [...catalog.objects.values()].filter((o) => o.kind === 'default privilege')
  const own = defaults.filter((o) => o.name[0] === server.user && o.name[2] !== 'schemas')
  const isFirst = (o: CatalogObject): boolean => FIRST.has(rootOf(o, catalog).kind) || o.kind === 'default privilege'
  const start = catalogFrom(fresh, catalog)
  const under = catalogFrom([...fresh, ...own], catalog)
  const first = plan(start, catalogFrom([...catalog.objects.values()].filter(isFirst), catalog, true), {server}).steps
  const comesFirst = (step: Step): boolean => {
    const o = catalog.objects.get(step.object) ?? catalog.objects.get(step.needs[0]!)
    return o !== undefined && isFirst(o)
  }
  const steps = [
    ...first.map((step) => ofMaker(step, server.user)),
    ...plan(under, catalog, {server}).steps.filter((step) => !comesFirst(step)),
  ]
  const {children} = relations(catalog)
  const context: Context = {
    current: under,
    desired: catalog,
    server,
    dependents: () => [],
    children: (state, id) => (state === 'desired' ? children(id) : []),
    isMade: (id) => !under.objects.has(id),
    isBroken: () => false,
    isBusy: () => false,
    using: () => undefined,
  }
  return {steps, context}
}

/** What stands before default privileges, and is not made under them. */
const FIRST = new Set(['role', 'schema', 'extension'])

function rootOf(o: CatalogObject, catalog: Catalog): CatalogObject {
  const parent = o.parent && catalog.objects.get(o.parent)
  return parent ? rootOf(parent, catalog) : o
}

function catalogFrom(objects: readonly CatalogObject[], {server}: Catalog, asItIs = false): Catalog {
  const all = new Map(objects.map((o) => [o.id, o]))
  const owner = all.get(OWNER)
  if (owner && server.major >= 15 && !asItIs) all.set(OWNER, ownedBy(owner, 'pg_database_owner'))
  return catalogOf(all, server)
}

const OWNER = 'owner schema public' as ObjectId

function ownedBy(fact: CatalogObject, role: string): CatalogObject {
  const body = {...fact.body, role}
  return {...fact, body, hash: hashOf(fact.kind, body)}
}

function isFresh(o: CatalogObject): boolean {
  if (o.id === OWNER || o.id === 'schema public' || o.id === 'extension plpgsql') return true
  return o.parent === 'extension plpgsql' && o.kind === 'comment' && o.body.standard === true
}
