// A replication slot: its name, what the server says of it, made and dropped. All of it over an ordinary session.
import {createHash, randomBytes} from 'node:crypto'
import {PgextError} from '../../errors.ts'
import type {Db} from '../../postgres/db.ts'
import {readLsn} from './position.ts'

export interface Slot {
  readonly name: string
  /** the process that sends it to a reader now */
  readonly active?: number
  readonly confirmed: bigint
  /** reserved, extended, unreserved, lost */
  readonly status: string
  /** bytes of the log that its reader has not got yet */
  readonly behind: number
  /** bytes of the log that the server keeps for it */
  readonly held: number
  /** why the server has given it up; nothing can be read from it any more */
  readonly lost?: string
}

const LONGEST = 63
const PLAIN = /^[a-z0-9]+$/

/**
 * Slots are the cluster's, and two databases must never share one. What can't stand in a slot's name is replaced; then, and where an
 * underscore leaves open which part it belongs to, a hash of both names tells them apart.
 */
export function slotName(database: string, consumer: string): string {
  const plain = `pgext_${database}_${consumer}`
  if (PLAIN.test(database) && PLAIN.test(consumer) && plain.length <= LONGEST) return plain
  const hash = createHash('sha256').update(`${database}\0${consumer}`).digest('hex').slice(0, 12)
  return `${plain.replace(/[^a-z0-9_]/g, '_').slice(0, LONGEST - hash.length - 1)}_${hash}`
}

/** For a slot that goes with its connection. */
export const tailName = (): string => `pgext_tail_${randomBytes(8).toString('hex')}`

/** Columns came with 16 (conflicting) and 17 (invalidation_reason). */
const LOOK = `
  select s.slot_name, s.active_pid, coalesce(s.confirmed_flush_lsn, '0/0')::text as confirmed, coalesce(s.wal_status, 'lost') as status,
    coalesce(n.lsn - s.confirmed_flush_lsn, 0)::text as behind, coalesce(n.lsn - s.restart_lsn, 0)::text as held,
    case when s.wal_status = 'lost' then coalesce(to_jsonb(s) ->> 'invalidation_reason', 'wal_removed')
      else coalesce(to_jsonb(s) ->> 'invalidation_reason', case when to_jsonb(s) ->> 'conflicting' = 'true' then 'conflicting' end) end as lost
  from pg_catalog.pg_replication_slots s,
    lateral (select case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn() else pg_catalog.pg_current_wal_lsn() end as lsn) n
  where s.database = current_database()`

/** undefined: there is none of that name in this database. */
export async function lookAtSlot(db: Db, name: string): Promise<Slot | undefined> {
  const [row] = await db.query(`${LOOK} and s.slot_name = $1`, [name])
  return row && slotOf(row)
}

/** All of pgext's in this database. */
export async function lookAtSlots(db: Db): Promise<Slot[]> {
  return (await db.query(`${LOOK} and s.slot_name like 'pgext\\_%' order by s.slot_name`)).map(slotOf)
}

function slotOf(row: Record<string, any>): Slot {
  return {
    name: row.slot_name,
    confirmed: readLsn(row.confirmed),
    status: row.status,
    behind: Number(row.behind),
    held: Number(row.held),
    ...(row.active_pid && {active: row.active_pid}),
    ...(row.lost && {lost: row.lost}),
  }
}

/** Waits for all transactions that are open now: only then the server can read the log. */
export async function createSlot(db: Db, name: string): Promise<void> {
  // a slot that standbys know outlives a failover
  const failover = db.server.major >= 17 ? ', false, false, true' : ''
  try {
    await db.query(`select pg_catalog.pg_create_logical_replication_slot($1, 'pgoutput'${failover})`, [name])
  } catch (error) {
    throw slotError(error)
  }
}

/** Its reader is sent away first; without a slot nothing happens. */
export async function dropSlot(db: Db, name: string): Promise<void> {
  for (const end = performance.now() + 10_000; ; ) {
    const slot = await lookAtSlot(db, name)
    if (!slot) return
    try {
      if (slot.active) await endReader(db, slot.active)
      await db.query('select pg_catalog.pg_drop_replication_slot($1)', [name])
      return
    } catch (error) {
      const {sqlstate} = error as PgextError
      if (sqlstate === '42704') return
      // its reader is not gone yet, or another came
      if (sqlstate !== '55006' || performance.now() > end) throw error
    }
  }
}

/** Ends the process that sends a slot, and waits for that. */
export async function endReader(db: Db, pid: number): Promise<void> {
  await db.query('select pg_catalog.pg_terminate_backend($1, 5000)', [pid])
}

/** What stands in the way of a slot, in words that say what to do. */
export function slotError(error: unknown): unknown {
  const sqlstate = (error as PgextError).sqlstate ?? (error as {code?: string}).code
  const {message} = error as Error
  const details = {cause: error, sqlstate}
  if (sqlstate === '42501')
    return new PgextError('not-allowed', `the role may not read the log: ${message}`, {
      ...details,
      hint: 'ALTER ROLE … REPLICATION, or "capture": "queue" in pgext.json',
    })
  // a database that lets nobody in says so by the same code
  if (sqlstate === '55000' && (error as PgextError).code !== 'connection-failed')
    return new PgextError('not-supported', `the server gives no changes from its log: ${message}`, {
      ...details,
      hint: 'set wal_level = logical and restart it, or "capture": "queue" in pgext.json',
    })
  if (sqlstate === '53400')
    return new PgextError('not-allowed', `the server has no replication slot left: ${message}`, {
      ...details,
      hint: 'drop consumers that nobody reads any more (pgext events:status), or raise max_replication_slots',
    })
  return error
}
