// What is done with pg_events in; its result, or words for why there is none, out: who may, or that it is not there.
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

/** no such schema, function, table */
const MISSING = new Set(['3F000', '42883', '42P01'])

/** @throws PgextError `events-missing` where somebody took it away */
export async function asInstalled<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof PgextError) || !MISSING.has(error.sqlstate ?? '')) throw error
    throw new PgextError('events-missing', 'pg_events is not installed in this database', {
      hint: 'pgext events:install',
      cause: error,
    })
  }
}
