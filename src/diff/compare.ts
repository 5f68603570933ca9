// Two catalogs in, the changes between them out. Knows no kind of object.
import {kindOf} from './kinds/index.ts'
import type {Catalog, CatalogObject, Change} from './model.ts'

export function compare(current: Catalog, desired: Catalog): Change[] {
  if (current.fingerprint === desired.fingerprint) return []
  const ids = [...new Set([...current.objects.keys(), ...desired.objects.keys()])].sort()
  return ids.flatMap((id) => changeOf(current.objects.get(id), desired.objects.get(id)))
}

function changeOf(from?: CatalogObject, to?: CatalogObject): Change[] {
  if (!from) return to ? [{verb: 'create', to}] : []
  if (!to) return [{verb: 'drop', from}]
  return isEqual(from, to) ? [] : [{verb: 'alter', from, to}]
}

export function isEqual(from: CatalogObject, to: CatalogObject): boolean {
  return from.hash === to.hash || (kindOf(from.kind).equals?.(from, to) ?? false)
}
