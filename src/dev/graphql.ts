// A session in; out: which function of the database answers GraphQL through PostgREST, or what is missing for that.
import type {Db} from '../postgres/db.ts'

/** undefined schema: the extension is there, and nothing that PostgREST could call */
export interface Graphql {
  readonly schema?: string
}

/** What `/graphql` leads to. */
export interface GraphqlRoute {
  /** PostgREST's name for a schema that a request means */
  readonly profile: string
  /** said instead */
  readonly missing?: string
}

/** The extension has no such function itself: hosts make it in `graphql_public`, people in `public`. */
const QUERY = `
  select (
    select n.nspname from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where p.proname = 'graphql' and 'query' = any (p.proargnames) and n.nspname <> 'graphql'
    order by pg_catalog.array_position($1::text[], n.nspname::text), n.nspname <> 'graphql_public', n.nspname
    limit 1
  ) as schema
  from pg_catalog.pg_extension where extname = 'pg_graphql'`

/** @param shown the API's schemas: where several have one, the first of them counts */
export async function findGraphql(db: Db, shown: readonly string[]): Promise<Graphql | undefined> {
  const [row] = await db.query(QUERY, [`{${shown.map((name) => JSON.stringify(name)).join(',')}}`])
  return row && {...(row.schema !== null && {schema: row.schema})}
}

export function routeTo({schema}: Graphql, shown: readonly string[]): GraphqlRoute {
  if (schema === undefined) {
    const missing = `pg_graphql is installed, and there is no function that PostgREST could call: create function graphql("operationName" text default null, query text default null, variables jsonb default null, extensions jsonb default null) returns jsonb in a schema of the API, which calls graphql.resolve`
    return {profile: '', missing}
  }
  if (shown.includes(schema)) return {profile: schema}
  const all = [...shown, schema].join(', ')
  return {profile: schema, missing: `PostgREST does not show schema ${schema}: db-schemas = "${all}" in postgrest.conf`}
}
