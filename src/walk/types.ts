// The name of a side in, the TypeScript types of what it holds out.
import {ignoredIn, type Pattern, readPattern} from '../diff/ignore.ts'
import {catalogOf} from '../diff/read.ts'
import {typesOf} from '../types/types.ts'
import type {TypesRequest} from './model.ts'
import {openSide} from './pair.ts'
import type {Workplace} from './sides.ts'
import {refuseBlind} from './sight.ts'

const NEEDED = new Set([
  ...['schema', 'table', 'column', 'default', 'foreign table', 'foreign column', 'partition', 'view', 'materialized view'],
  ...['constraint', 'enum', 'domain', 'composite type', 'range type', 'base type', 'function'],
])

export async function writtenTypes({from, schemas, declares}: TypesRequest, place: Workplace): Promise<string> {
  const {catalog} = await openSide(from, place)
  refuseBlind(catalog, NEEDED, 'types')
  const {ignore, external} = place.project.settings
  const {ids} = ignoredIn(
    catalog,
    ignore.map((text) => readPattern(text) as Pattern),
  )
  const kept = new Map([...catalog.objects].filter(([id]) => !ids.has(id)))
  const whole = ids.size === 0 ? catalog : catalogOf(kept, catalog.server, catalog.unmodelled, catalog.denied)
  return typesOf(whole, {...(schemas && {schemas}), external: external.schemas, declares})
}
