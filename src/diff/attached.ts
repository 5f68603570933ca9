// A catalog and the schemas that others own in; what hangs on tables there and is the project's, as far as a database alone can tell, out.
import {idOf} from './id.ts'
import type {Catalog, CatalogObject, ObjectId} from './model.ts'
import {schemasOf} from './schemas.ts'

/** What a project hangs on tables that others own: `auth.users`, `storage.objects`. */
export const ATTACHED: ReadonlySet<string> = new Set(['trigger', 'policy', 'rule'])

/** Whoever owns the tables makes no policies for others' rows, and knows none of the project's functions and tables. */
export function attachedIn(catalog: Catalog, schemas: readonly string[]): Set<ObjectId> {
  const theirs = new Set(schemas)
  const isTheirs = (o: CatalogObject) => theirs.has(o.name[0]!)
  const isOurs = (id: ObjectId) => {
    const o = catalog.objects.get(id)
    return o !== undefined && o.kind !== 'extension' && schemasOf(o, catalog).some((schema) => !theirs.has(schema))
  }
  const found = [...catalog.objects.values()].filter(
    (o) => ATTACHED.has(o.kind) && isTheirs(o) && (o.kind === 'policy' || o.needs.some(isOurs)),
  )
  return new Set(theirs.size === 0 ? [] : found.map(({id}) => id))
}

/** One that is spoken of by the names in a statement. */
export const attachedId = (kind: string, schema: string, table: string, name: string): ObjectId =>
  idOf(kind, [schema, table, name])
