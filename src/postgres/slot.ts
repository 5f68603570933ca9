// A session and a database's name in; the slots by which others read its changes, listed, or read no more, out.
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../errors.ts'
import type {Db} from './db.ts'
import {quoteName} from './quote.ts'

/** milliseconds in which its readers are to be gone */
const PATIENCE = 10_000
const [IN_USE, GONE] = ['55006', '42704']

export interface Slot {
  readonly name: string
  /** of whoever reads it now */
  readonly pid: number | null
  /** pgext's consumers have theirs under a name that begins so; all others are somebody else's */
  readonly isOwn: boolean
}

/** PostgreSQL drops no database while one of its slots is read, whoever it is forced on. */
export async function slotsOf(db: Db, database: string): Promise<Slot[]> {
  const rows = await db.query(
    `select slot_name::text as name, active_pid as pid, temporary from pg_catalog.pg_replication_slots where database = $1 order by 1`,
    [database],
  )
  return rows.map(({name, pid, temporary}) => ({name, pid, isOwn: temporary || name.startsWith('pgext_')}))
}

/** Whoever reads one comes back as soon as it is cut off: nobody is let in from then on, unless `work` fails. */
export async function withoutReaders<T>(db: Db, database: string, slots: readonly Slot[], work: () => Promise<T>): Promise<T> {
  const admit = (allowed: boolean) => db.query(`alter database ${quoteName(database)} allow_connections ${allowed}`)
  await admit(false)
  try {
    for (const slot of slots) await end(db, slot)
    return await work()
  } catch (error) {
    await admit(true).catch(() => {})
    throw error
  }
}

/**
 * A database takes those along that nobody reads: it is dropped where the role may, and left to that where it may not. Who reads it is asked
 * again and again: somebody may have come just before the door was shut, in place of whoever read it when it was looked at.
 */
async function end(db: Db, {name}: Slot): Promise<void> {
  for (const until = performance.now() + PATIENCE; ; await sleep(20)) {
    const [row] = await db.query('select active_pid as pid from pg_catalog.pg_replication_slots where slot_name = $1', [name])
    if (!row) return
    if (row.pid !== null) await endReader(db, name, row.pid)
    try {
      return void (await db.query(
        'select pg_catalog.pg_drop_replication_slot(slot_name) from pg_catalog.pg_replication_slots where slot_name = $1 and not temporary',
        [name],
      ))
    } catch (error) {
      const {sqlstate} = error as PgextError
      if (sqlstate === '42501' || sqlstate === GONE) return
      if (sqlstate !== IN_USE || performance.now() > until) throw error
    }
  }
}

async function endReader(db: Db, slot: string, pid: number): Promise<void> {
  try {
    await db.query('select pg_catalog.pg_terminate_backend($1::int, 5000)', [pid])
  } catch (error) {
    if (!(error instanceof PgextError) || error.sqlstate !== '42501') throw error
    throw new PgextError('not-allowed', `the reader of replication slot ${slot} (pid ${pid}) can't be ended: ${error.message}`, {
      hint: 'stop it where it runs, or use a role that may end its session (pg_signal_backend; for a superuser’s, a superuser)',
      cause: error,
      sqlstate: error.sqlstate,
    })
  }
}
