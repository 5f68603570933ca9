// A session in; the proof that it is one, that it may write, and that no other run is at work, out.
import {randomUUID} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {notOwn} from '../postgres/error.ts'
import {refuseStopped, unhurry} from './run.ts'

export interface SessionOptions {
  readonly tell?: (doing: string) => void
  /** milliseconds to wait for another run; default a minute */
  readonly wait?: number
  /** opens a second session to the same URL, for whoever watches this one */
  readonly connect?: () => Promise<Db>
  /** another run is waited for no longer once it is aborted */
  readonly signal?: AbortSignal
}

export interface Session {
  /** throws unless backend and lock are still those of the beginning */
  check(): Promise<void>
  /** after a migration's own RESET ALL or DISCARD ALL: without limits, and with the lock, again */
  renew(): Promise<void>
}

// 'pgex', 1: two-key advisory locks show up in pg_locks as classid and objid
const KEYS = [0x70676578, 1]
const HOLDERS = `
  from pg_catalog.pg_locks l
  where l.locktype = 'advisory' and l.granted and l.classid::bigint = ${KEYS[0]} and l.objid::bigint = ${KEYS[1]} and l.objsubid = 2
    and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())`

/** Runs `work` while this session holds the only run's lock on its database. */
export async function hold<T>(db: Db, options: SessionOptions, work: (session: Session) => Promise<T>): Promise<T> {
  await refuseReadOnly(db)
  await unhurry(db)
  await lock(db, options)
  try {
    const session = await prove(db)
    return await work(session)
  } finally {
    // a lost backend has let go by itself
    await db.query(`select pg_catalog.pg_advisory_unlock(${KEYS})`).catch(() => {})
  }
}

async function refuseReadOnly(db: Db): Promise<void> {
  const [state] = await db.query(`
    select pg_catalog.pg_is_in_recovery() as standby, pg_catalog.current_setting('transaction_read_only') = 'on' as read_only`)
  if (state!.standby) {
    throw new PgextError('not-allowed', 'the target is a standby: nothing can be written there', {
      hint: 'use the URL of the primary server',
    })
  }
  if (state!.read_only) {
    throw new PgextError('not-allowed', 'the target is read-only (default_transaction_read_only is on)', {
      hint: 'use a role and a database that may write, or turn that setting off for them',
    })
  }
}

/** Asks again and again instead of waiting in the server: a waiting statement holds a snapshot, and CREATE INDEX CONCURRENTLY waits for those. */
async function lock(db: Db, {tell, wait = 60_000, signal}: SessionOptions): Promise<void> {
  const end = performance.now() + wait
  for (let told = false; ; told = true) {
    const [row] = await db.query(`select pg_catalog.pg_try_advisory_lock(${KEYS}) as got`)
    if (row!.got) return
    const who = await holder(db)
    if (performance.now() >= end) {
      throw new PgextError('journal', `another run is applying migrations to this database: ${who}`, {
        hint: `wait until it is done; if nothing is at work there any more, end that session with pg_terminate_backend`,
      })
    }
    if (!told) tell?.(`waiting for another run: ${who}`)
    refuseStopped(signal)
    await sleep(Math.min(200, Math.max(0, end - performance.now())))
  }
}

async function holder(db: Db): Promise<string> {
  const [row] = await db.query(`
    select a.pid, a.application_name as application, a.usename as role, a.client_addr::text as address
    from pg_catalog.pg_stat_activity a where a.pid in (select l.pid ${HOLDERS})`)
  if (!row) return 'a session that has just ended'
  const from = row.address ? ` from ${row.address}` : ''
  return `pid ${row.pid}${row.application ? `, ${row.application}` : ''}${row.role ? `, as ${row.role}` : ''}${from}`
}

async function pidOf(db: Db): Promise<number> {
  const [row] = await db.query('select pg_catalog.pg_backend_pid() as pid')
  return row!.pid
}

async function prove(db: Db): Promise<Session> {
  const value = randomUUID()
  const pid = await pidOf(db)
  await db.script(`set pgext.session = '${value}'`)
  const look = async () => {
    const [now] = await db.query(
      `select pg_catalog.pg_backend_pid() as pid, pg_catalog.current_setting('pgext.session', true) as mark,
         exists (select ${HOLDERS} and l.pid = pg_catalog.pg_backend_pid()) as locked`,
    )
    if (now!.pid !== pid) throw notOwn()
    return now!
  }
  for (let times = 0; times < 3; times++) {
    const {mark, locked} = await look()
    if (mark !== value || !locked) throw notOwn()
  }
  const check = async () => {
    if (!(await look()).locked) throw unlocked()
  }
  const renew = async () => {
    await look()
    await unhurry(db)
    const [row] = await db.query(
      `select exists (select ${HOLDERS} and l.pid = pg_catalog.pg_backend_pid()) or pg_catalog.pg_try_advisory_lock(${KEYS}) as got`,
    )
    if (!row!.got) throw unlocked(await holder(db))
  }
  return {check, renew}
}

function unlocked(by?: string): PgextError {
  return new PgextError('journal', `the lock that keeps other runs away is gone${by ? `: it is held by ${by}` : ''}`, {
    hint: 'a migration has let go of it (pg_advisory_unlock_all, DISCARD ALL): leave that out; run again when no other run is at work',
  })
}
