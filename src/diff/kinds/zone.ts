// Two types in; whether values go from one to the other by the session's TimeZone, and the hazard that says so, out.
import type {Catalog, Hazard, ObjectId} from '../model.ts'
import {baseType} from './cast.ts'

const RANGES = new Set(['tstzrange', 'tstzmultirange'])
const ZONED = new Set(['timestamp with time zone', 'time with time zone', ...RANGES])

/** What has a zone, or is a point in time, and what has none, need one to be told from each other. */
export function goesByZone(from: string, to: string): boolean {
  if (from === to || (RANGES.has(from) && RANGES.has(to))) return false
  // a time with a zone is printed, and cut, as it stands
  return ZONED.has(to) || (ZONED.has(from) && from !== 'time with time zone')
}

/** Of arrays the element, of domains what they are made of. */
export function storedType(type: string, catalog: Catalog): string {
  const base = baseType(type).replaceAll('[]', '')
  const domain = catalog.objects.get(`domain ${base}` as ObjectId)
  return domain ? storedType(domain.body.type, catalog) : base
}

/** `what`: as a sentence has it */
export function zoneHazard(what: string, from: string, to: string): Hazard {
  return {name: 'time-zone', why: `${what} turn from ${from} into ${to} as TimeZone UTC has it`}
}
