// An object in; what it has in common with itself under another name, beyond or instead of its body, out.
import type {Catalog, CatalogObject} from '../model.ts'
import {relations} from '../relations.ts'
import type {Domain} from './domain.ts'
import type {TableBody} from './table.ts'

/** A table is its columns, by name and in order, and as a partition its place. */
export function tableLikeness(t: CatalogObject<TableBody>, catalog: Catalog): unknown {
  const parts = relations(catalog).children(t.id)
  const columns = parts.filter((part) => part.kind === 'column')
  if (columns.length === 0) return undefined
  const {options, toastOptions, tablespace, rowSecurity, forceRowSecurity, ...body} = t.body
  return [
    body,
    columns.map((c) => [c.name[2]!, {...c.body, notNullName: null, identity: c.body.identity?.when ?? null}]),
    parts.flatMap((part) => (part.kind === 'partition' ? [part.body] : [])),
  ]
}

/** A foreign table is its server, its options and its columns. */
export function foreignLikeness(t: CatalogObject, catalog: Catalog): unknown {
  const columns = relations(catalog).children(t.id)
  return [t.body, columns.flatMap((c) => (c.kind === 'foreign column' ? [[c.name[2]!, {...c.body, notNullName: null}]] : []))]
}

/** A schema is what stands in it. */
export function schemaLikeness(o: CatalogObject, catalog: Catalog): unknown {
  const names: string[] = []
  for (const {kind, name, signature = ''} of catalog.objects.values()) {
    if (name[0] === o.name[0] && name.length > 1 && CONTENTS.has(kind))
      names.push(JSON.stringify([kind, name.slice(1), signature]))
  }
  return names.length > 0 ? names.sort() : undefined
}

const CONTENTS = new Set([
  'table',
  'column',
  'view',
  'materialized view',
  'foreign table',
  'enum',
  'domain',
  'composite type',
  'function',
])

/** A domain is its base and its checks. */
export function domainLikeness(o: CatalogObject<Domain>, catalog: Catalog): unknown {
  const checks = relations(catalog).children(o.id)
  return [o.body, checks.flatMap((c) => (c.kind === 'domain constraint' ? [c.body.check] : [])).sort()]
}
