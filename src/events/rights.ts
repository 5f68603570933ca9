// A session and what is done with pg_events over it in; its result, or a refusal that says who may, out.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'

/** @throws PgextError `not-allowed` where the role lacks a right on what stands in schema pgext */
export async function asAllowed<T>(db: Pick<Db, 'query' | 'server'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof PgextError) || error.code !== 'sql' || error.sqlstate !== '42501') throw error
    const [row] = await db
      .query(`select pg_catalog.pg_get_userbyid(nspowner) as owner from pg_catalog.pg_namespace where nspname = 'pgext'`)
      .catch(() => [])
    throw new PgextError('not-allowed', `role ${db.server.user} may not use pg_events: ${error.message}`, {
      hint: `use the role that owns schema pgext${row ? ` (${row.owner})` : ''}, or a member of it`,
      cause: error,
      sqlstate: error.sqlstate,
    })
  }
}
