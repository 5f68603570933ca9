// Pieces of SQL that every kind's query is made of.

/** `pg_class/16384/2`: PostgreSQL's own address of an object, as text. */
export function address(catalog: string, oid: string, column = '0'): string {
  return `'${catalog}/' || ${oid} || '/' || ${column}`
}

/** True for schemas that are a user's. */
export function isUserSchema(nspname: string): string {
  return `(${nspname} !~ '^pg_' and ${nspname} <> 'information_schema' and ${nspname} <> 'pgext')`
}
