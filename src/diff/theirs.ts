// Two catalogs in, whose an object in them is out: an extension's, when the extension made it at run time without owning it.
import {like} from './ignore.ts'
import type {Catalog, CatalogObject, ObjectId} from './model.ts'
import {schemasOf} from './schemas.ts'

/** Schemas that well-known extensions fill, and that are neither their members nor named in their control files. */
export const KNOWN: Readonly<Record<string, readonly string[]>> = {
  timescaledb: ['_timescaledb_*'],
  postgis_topology: ['topology'],
  postgis_tiger_geocoder: ['tiger', 'tiger_data'],
  pg_graphql: ['graphql', 'graphql_public'],
  pgsodium: ['pgsodium', 'pgsodium_masks'],
}
const PARTMAN = 'pg_partman'

/** They run functions; all else that uses an extension is the user's. */
const RUNNING = new Set(['trigger', 'event trigger'])

/** The extension that made an object; undefined: nobody knows of one. */
export type MadeBy = (o: CatalogObject, catalog: Catalog) => string | undefined

/** @param declared has what is the files' own, wherever it stands; absent: both sides are databases */
export function makers(catalogs: readonly Catalog[], declared?: Catalog): MadeBy {
  const extensions = new Map<string, CatalogObject>()
  for (const {objects} of catalogs) for (const o of objects.values()) if (o.kind === 'extension') extensions.set(o.name[0]!, o)
  const owned = [...extensions.values()].map((o) => ({
    name: o.name[0]!,
    id: o.id,
    schemas: [...o.claims.map((claim) => claim.slice('schema '.length)), ...(KNOWN[o.name[0]!] ?? [])],
  }))
  const having = owned.filter(({schemas}) => schemas.length > 0)
  const running = new Map<ObjectId, string>(having.map(({name, id}) => [id, name]))
  const partman: string | undefined = extensions.get(PARTMAN)?.body.schema
  if (having.length === 0 && partman === undefined) return () => undefined
  const known = new Map<string, string | undefined>()
  const ownerOf = (schema: string): string | undefined => {
    if (!known.has(schema)) known.set(schema, having.find(({schemas}) => schemas.some((one) => like(one, schema)))?.name)
    return known.get(schema)
  }
  return (o, catalog) => {
    if (declared?.objects.has(o.id) || o.kind === 'schema' || o.kind === 'extension') return undefined
    if (RUNNING.has(o.kind)) {
      const extension = o.needs.find((id) => running.has(id))
      if (extension) return running.get(extension)
    }
    if (o.parent && catalog.objects.get(o.parent)?.kind !== 'schema') return undefined
    if (partman !== undefined && isPartmans(o, partman, declared === undefined, catalog)) return PARTMAN
    for (const schema of schemasOf(o, catalog)) {
      const extension = ownerOf(schema)
      if (extension) return extension
    }
    return undefined
  }
}

/** Template tables, and between databases the partitions that it makes as time goes by; files leave partitions alone by themselves. */
function isPartmans(o: CatalogObject, schema: string, isLive: boolean, catalog: Catalog): boolean {
  if (o.kind !== 'table') return false
  if (o.name[0] === schema && schema !== 'public' && like('template_*', o.name[1]!)) return true
  if (!isLive) return false
  const fact = catalog.objects.get(`partition ${o.id}` as ObjectId)
  const above = fact?.needs.find((id) => id.startsWith('table ') && id !== o.id)
  const parent = above && catalog.objects.get(above)?.name[1]
  return parent !== undefined && (like(`${parent}_p*`, o.name[1]!) || o.name[1] === `${parent}_default`)
}
