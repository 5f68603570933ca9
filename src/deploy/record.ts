// A session in, which routines pgext has deployed to its database out; and the writing of it: table pgext.routine.

import type {ObjectId} from '../diff/model.ts'
import {PgextError} from '../errors.ts'
import {askForTable} from '../migrations/table.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'

/** 'kept': no file has it any more, and it was left for those who still call it. */
export type Standing = 'deployed' | 'kept'

export type Records = ReadonlyMap<ObjectId, Standing>

const CREATE = `
  create schema if not exists pgext;
  create table pgext.routine (
    routine text primary key,
    standing text not null check (standing in ('deployed', 'kept')),
    deployed_at timestamptz not null default pg_catalog.clock_timestamp(),
    deployed_by text not null default session_user
  );
  comment on table pgext.routine is 'functions and procedures that pgext deployed to this database';
  revoke all on pgext.routine from public;
`
const CLOSE = 'revoke all on schema pgext from public'

const THERE = askForTable('routine')

/** undefined: nothing was ever deployed here, or nobody lets us know. */
export async function readRecords(db: Db): Promise<Records | undefined> {
  const [found] = await db.query(THERE)
  if (!found!.there) return undefined
  try {
    const rows = await db.query<{routine: ObjectId; standing: Standing}>('select routine, standing from pgext.routine')
    return new Map(rows.map(({routine, standing}) => [routine, standing]))
  } catch (error) {
    if (error instanceof PgextError && error.sqlstate === '42501') return undefined
    throw error
  }
}

/**
 * In whatever transaction stands: what is recorded afterwards.
 * @param changed those that were made or changed just now
 */
export async function writeRecords(db: Db, records: Records, changed: ReadonlySet<ObjectId>): Promise<void> {
  const [found] = await db.query(THERE)
  try {
    if (!found!.there) await db.script(found!.schema ? CREATE : `${CREATE}; ${CLOSE}`)
    await db.query(
      `with wanted as (select * from pg_catalog.json_to_recordset($1::json) as w (routine text, standing text, changed boolean)),
         gone as (delete from pgext.routine r where not exists (select from wanted w where w.routine = r.routine))
       insert into pgext.routine as r (routine, standing) select routine, standing from wanted w
         where w.changed or not exists (select from pgext.routine o where o.routine = w.routine and o.standing = w.standing)
       on conflict (routine) do update set standing = excluded.standing, deployed_at = excluded.deployed_at, deployed_by = excluded.deployed_by`,
      [JSON.stringify([...records].map(([routine, standing]) => ({routine, standing, changed: changed.has(routine)})))],
    )
  } catch (error) {
    if (!(error instanceof PgextError) || error.sqlstate !== '42501') throw error
    const who = quoteName(db.server.user)
    throw new PgextError('journal', `${who} may not record what it deploys in schema pgext: ${error.message}`, {
      hint: `deploy as the role that owns it; for the first time: GRANT CREATE ON DATABASE ${quoteName(db.server.database)} TO ${who}`,
      cause: error,
      sqlstate: error.sqlstate,
    })
  }
}
