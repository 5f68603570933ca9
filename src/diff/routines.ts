// A session in; its routines, and the facts about them, out: one round trip, in whatever transaction it stands.
import type {Db} from '../postgres/db.ts'
import {DEPENDENCIES} from './addresses.ts'
import {kinds} from './kinds/index.ts'
import type {Catalog, CatalogObject} from './model.ts'
import {asJson, catalogOf, readingOf} from './read.ts'
import {rootOf} from './root.ts'

export const ROUTINES: ReadonlySet<string> = new Set(['function', 'procedure', 'aggregate'])
const FACTS: ReadonlySet<string> = new Set(['comment', 'owner', 'privilege', 'security label'])

/** Catalogs that nobody has analysed look empty to the planner. */
const PLAINLY = 'set local enable_nestloop = off; set local enable_mergejoin = off; set local jit = off'
const AS_BEFORE = 'set local enable_nestloop to default; set local enable_mergejoin to default; set local jit to default'

/**
 * What else there is is not looked at: needs that are no routines are not among theirs, so that only hashes can be compared.
 * What goes while it is read is an error, as it is for whoever prints it.
 */
export async function readRoutines(db: Db): Promise<Catalog> {
  const reading = readingOf(new Set())
  const asked = kinds.filter(({name}) => ROUTINES.has(name) || FACTS.has(name))
  const pieces = asked.map(({name, facts, query}) =>
    asJson(name, facts ? `select * from (${query(db.server)}) f where f.about like 'pg_proc/%'` : query(db.server)),
  )
  const script = [PLAINLY, `${DEPENDENCIES} and d.classid = 'pg_proc'::regclass`, ...pieces, AS_BEFORE]
  await db.script(script.join(';\n'), reading.take)
  return reading.catalog(db, [])
}

/** The same part of a whole catalog. */
export function routinesOf(catalog: Catalog): Catalog {
  const isMeant = (o: CatalogObject) => ROUTINES.has(o.kind) || (FACTS.has(o.kind) && isRoutine(rootOf(o, catalog)))
  const isRoutine = (id: CatalogObject['id']) => ROUTINES.has(catalog.objects.get(id)!.kind)
  const objects = new Map([...catalog.objects].filter(([, o]) => isMeant(o)))
  return catalogOf(objects, catalog.server, [], catalog.denied)
}
