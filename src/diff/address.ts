// Pieces of SQL that every kind's query is made of.

/** `pg_class/16384/2`: PostgreSQL's own address of an object, as text. */
export function address(catalog: string, oid: string, column = '0'): string {
  return `'${catalog}/' || ${oid} || '/' || ${column}`
}

/** A part of a query: about objects of one catalog, and asked only where a condition, told quickly, says that there are any. */
export type Part = readonly [catalog: string, sql: string, some?: string]

/** Of parts in, those of one catalog, or all of them, out; none whose condition is known not to hold. */
export function oneOf(parts: readonly Part[], catalog?: string, unmet?: ReadonlySet<string>): string {
  const meant = parts.filter(([name, , some]) => (catalog === undefined || name === catalog) && !(some && unmet?.has(some)))
  return meant.map(([, sql]) => sql).join('\n      union all\n      ')
}

export const conditionsOf = (parts: readonly Part[]): string[] => parts.flatMap(([, , some]) => some ?? [])

/** True for schemas that are a user's. */
export function isUserSchema(nspname: string): string {
  return `(${nspname} !~ '^pg_' and ${nspname} <> 'information_schema' and ${nspname} <> 'pgext')`
}

/** The publication that pgext streams changes from, and the extension that its SQL may have come by. */
export const OWN_PUBLICATION = 'pgext'
export const OWN_EXTENSION = 'pg_events'

/** True for functions, by their schema's number, that are no part of pgext: triggers that run one of those are its own. */
export function isForeign(pronamespace: string): string {
  return `${pronamespace} is distinct from (select oid from pg_namespace where nspname = 'pgext')`
}

/** There is an object that did not come with the server, whose numbers end before (transam.h, FirstNormalObjectId). */
export function beyond(catalog: string, condition = 'true'): string {
  return `exists (select from ${catalog} where oid >= 16384 and ${condition})`
}

/**
 * An object of JSON whose null values are left out, written by hand: jsonb_build_object and jsonb_strip_nulls take three times as long,
 * which is felt where there are tens of thousands. Its keys stand in jsonb's order, so that both make one text of one body.
 */
export function bodyOf(values: {readonly [key: string]: string}): string {
  const keys = Object.keys(values).sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  return `('{' || concat_ws(',', ${keys.map((key) => `'"${key}":' || to_json(${values[key]})`).join(', ')}) || '}')::json`
}
