// An object in, the schemas it stands in out; none for what belongs to the whole database.
import type {Catalog, CatalogObject} from './model.ts'

const OUTSIDE = new Set([
  'role',
  'extension',
  'publication',
  'publication table',
  'publication schema',
  'subscription',
  'default privilege',
  'foreign server',
  'user mapping',
  'membership of others',
  'parameter privilege',
  'setting of all roles',
  'database setting',
  'database setting of role',
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
export function schemasOf(o: CatalogObject, catalog: Catalog): string[] {
  if (o.parent || OUTSIDE.has(o.kind)) return []
  if (!BESIDE.has(o.kind)) return [o.name[0]!]
  return o.needs.flatMap((id) => {
    const need = catalog.objects.get(id)
    return need && !BESIDE.has(need.kind) ? schemasOf(need, catalog) : []
  })
}
