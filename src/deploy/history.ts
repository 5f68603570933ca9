// A session in, what was deployed to its database, by whom and how far it came, out; and the writing of it: table pgext.deployment.

import {PgextError} from '../errors.ts'
import {askForTable} from '../migrations/table.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'

export type StepState = 'waiting' | 'running' | 'done' | 'failed' | 'skipped'

export interface StepRow {
  readonly step: string
  readonly state: StepState
  readonly milliseconds?: number
  readonly error?: string
}

/** 'cut': nobody saw how it ended */
export type DeploymentState = 'running' | 'done' | 'failed' | 'cut'

export interface DeploymentRow {
  readonly id: number
  readonly target: string
  readonly state: DeploymentState
  /** ISO 8601, UTC */
  readonly began_at: string
  readonly ended_at: string | null
  readonly deployed_by: string
  readonly git_commit: string | null
  readonly version: string
  /** the one before it that did not come to its end, and that it goes on with */
  readonly continues: number | null
  readonly steps: readonly StepRow[]
  readonly error: string | null
}

const CREATE = `
  create table pgext.deployment (
    id bigint generated always as identity primary key,
    target text not null,
    state text not null check (state in ('running', 'done', 'failed', 'cut')),
    began_at timestamptz not null default pg_catalog.clock_timestamp(),
    ended_at timestamptz,
    deployed_by text not null default session_user,
    git_commit text,
    version text not null,
    continues bigint,
    steps json not null,
    error text
  );
  comment on table pgext.deployment is 'what pgext deploy did to this database';
  revoke all on pgext.deployment from public;
`
const SCHEMA = 'create schema if not exists pgext; revoke all on schema pgext from public;'

const THERE = askForTable('deployment')

/** The newest first; none where nothing was ever deployed so. Changes nothing. */
export async function readHistory(db: Db, most = 10): Promise<DeploymentRow[]> {
  const [found] = await db.query(THERE)
  if (!found!.there) return []
  return asHistory(db, async () => {
    const [row] = await db.query(
      `select coalesce(json_agg(row_to_json(d)), '[]')::text as rows
       from (select * from pgext.deployment order by id desc limit $1::int) d`,
      [most],
    )
    return JSON.parse(row!.rows)
  })
}

export interface Beginning {
  readonly target: string
  readonly commit?: string
  readonly version: string
  readonly steps: readonly StepRow[]
}

/** Writes that one begins; the last one, where it did not come to its end, is given back with it. Call it with the lock. */
export async function begin(db: Db, {target, commit, version, steps}: Beginning): Promise<number> {
  return asHistory(db, async () => {
    const [found] = await db.query(THERE)
    if (!found!.there) await db.transaction(() => db.script(found!.schema ? CREATE : `${SCHEMA}${CREATE}`))
    // whoever holds the lock is alone: one that is still said to run was cut off
    await db.query("update pgext.deployment set state = 'cut', ended_at = pg_catalog.clock_timestamp() where state = 'running'")
    const [row] = await db.query(
      `insert into pgext.deployment (target, state, git_commit, version, steps, continues)
       values ($1::text, 'running', $2::text, $3::text, $4::json,
         (select case when l.state <> 'done' then l.id end from pgext.deployment l order by l.id desc limit 1))
       returning id`,
      [target, commit ?? null, version, JSON.stringify(steps)],
    )
    return Number(row!.id)
  })
}

export async function writeSteps(db: Db, id: number, steps: readonly StepRow[]): Promise<void> {
  await db.query('update pgext.deployment set steps = $2::json where id = $1::bigint', [id, JSON.stringify(steps)])
}

export async function end(db: Db, id: number, steps: readonly StepRow[], error?: string): Promise<void> {
  await db.query(
    `update pgext.deployment set steps = $2::json, error = $3::text, state = $4::text, ended_at = pg_catalog.clock_timestamp()
     where id = $1::bigint`,
    [id, JSON.stringify(steps), error ?? null, error === undefined ? 'done' : 'failed'],
  )
}

// 'pgex', 2: beside that of a run of migrations, which a deployment takes and leaves in between
const KEYS = [0x70676578, 2]

/** False: another one is at work. It goes with the session. */
export async function takeLock(db: Db): Promise<boolean> {
  const [row] = await db.query(`select pg_catalog.pg_try_advisory_lock(${KEYS}) as got`)
  return row!.got
}

/** Who holds it; undefined: nobody does. */
export async function holderOf(db: Db): Promise<string | undefined> {
  const [row] = await db.query(`
    select a.pid, a.usename::text as role, a.client_addr::text as address
    from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.granted and l.classid::bigint = ${KEYS[0]} and l.objid::bigint = ${KEYS[1]} and l.objsubid = 2
      and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())`)
  if (!row) return undefined
  return `pid ${row.pid}${row.role ? `, as ${row.role}` : ''}${row.address ? `, from ${row.address}` : ''}`
}

async function asHistory<T>(db: Db, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof PgextError) || error.sqlstate !== '42501') throw error
    const who = quoteName(db.server.user)
    throw new PgextError('journal', `${who} may not use the record of deployments in schema pgext: ${error.message}`, {
      hint: `deploy as the role that owns it; for the first run: GRANT CREATE ON DATABASE ${quoteName(db.server.database)} TO ${who}`,
      cause: error,
      sqlstate: error.sqlstate,
    })
  }
}
