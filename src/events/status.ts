// A session in, how capture stands in its database out: what is captured and what is not, who reads, how far behind.
import type {Db, Row} from '../postgres/db.ts'
import {type Installed, readInstalled} from './install.ts'
import {asAllowed} from './rights.ts'
import {lookAtSlots, type Slot, slotName} from './wal/slot.ts'

/** A reader that the database remembers. */
export interface ConsumerStatus {
  readonly name: string
  readonly engine: 'wal' | 'queue'
  /** Somebody reads by this name now. */
  readonly isReading: boolean
  /** Bytes of WAL that are kept for it; of the queue, events that it has not acknowledged. */
  readonly behind: number | null
  readonly seenAt: string | null
  /** It can't go on from where it was: it will be told `gone`, and reads the tables anew. */
  readonly isLost: boolean
}

export interface QueueStatus {
  readonly events: number
  readonly bytes: number
  /** When the oldest event in it was written. */
  readonly oldest: string | null
  /** Events a second, over the last minute. */
  readonly perSecond: number
  /** Seconds for which it is kept. */
  readonly period: number
}

export interface Status {
  readonly installed?: Installed
  /** Realtime tables, by name; partitions among them under their root's. */
  readonly tables: readonly {readonly table: string; readonly partitions: number}[]
  /** Statements that capture takes to be what the declaration says; none: it is. */
  readonly pending: readonly string[]
  readonly consumers: readonly ConsumerStatus[]
  readonly queue?: QueueStatus
  /** What somebody should know, in words. */
  readonly notes: readonly string[]
}

const QUEUE = `
  select q.events, q.bytes, q.oldest::text as oldest, q.recent / 60.0 as per_second, e.period from pgext.events e,
    (select count(*) as events, min(written) as oldest, count(*) filter (where written > pg_catalog.now() - interval '1 minute') as recent,
      pg_catalog.pg_total_relation_size('pgext.event_0') + pg_catalog.pg_total_relation_size('pgext.event_1') + pg_catalog.pg_total_relation_size('pgext.event_2') as bytes
    from pgext.event) q`

const CONSUMERS = `
  select c.name, c.engine, c.seen_at::text as seen_at, c.gone or c.engine <> e.engine or (c.engine = 'queue' and c.seen is not null and pgext.is_gone(c.seen)) as is_lost,
    case when c.engine = 'queue' then (select coalesce(sum(t.events), 0) from pgext.transactions_since(c.seen) t) end as behind,
    exists (select from pg_catalog.pg_locks l where l.locktype = 'advisory' and l.granted and l.objsubid = 1
      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
      and (l.classid::bigint << 32 | l.objid::bigint) = pg_catalog.hashtextextended('pgext consumer ' || c.name, 0)) as is_reading
  from pgext.consumer c cross join pgext.events e
  order by c.name`

/** What the catalogs say that capture can't do, or costs. */
const NOTES: Readonly<Record<string, string>> = {
  foreign: `select 'foreign table ' || c.oid::regclass || ' is a partition of ' || t.relation::regclass || ': changes of its rows are not captured'
    from pgext.realtime_tables() t join pg_catalog.pg_inherits i on i.inhparent = t.relation join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relkind = 'f'`,
  subscribed: `select 'a subscription writes to ' || r.srrelid::regclass || ': the queue captures nothing of that'
    from pg_catalog.pg_subscription_rel r join pgext.realtime_tables() t on t.relation = r.srrelid, pgext.events e where e.engine = 'queue'`,
  unlimited: `select 'max_slot_wal_keep_size is not set: a consumer that nobody runs keeps WAL until the disk is full'
    from pgext.events e where e.engine = 'wal' and pg_catalog.current_setting('max_slot_wal_keep_size') = '-1'`,
  away: `select 'server ' || pg_catalog.substr(c.name, 6) || ' was seen last at ' || c.seen_at::timestamptz(0) || ', and its slot keeps WAL: pgext events:drop-consumer ' || c.name
    from pgext.consumer c where pg_catalog.starts_with(c.name, 'node:') and c.engine = 'wal' and c.seen_at < pg_catalog.now() - interval '1 hour'`,
  full: `select 'table ' || r.relid::regclass || ' has REPLICA IDENTITY FULL, set by pg_events: its updates and deletes write whole old rows to the WAL'
    from pgext.realtime r join pg_catalog.pg_class c on c.oid = r.relid and c.relreplident = 'f' where r.identity is not null`,
  identity: `select 'events of updates do not tell the row before, without REPLICA IDENTITY FULL: '
      || string_agg(t.root::regclass::text, ', ' order by t.root::regclass::text)
    from pgext.realtime_tables() t join pg_catalog.pg_class c on c.oid = t.root, pgext.events e
    where e.engine = 'wal' and t.root = t.relation and c.relreplident <> 'f' having count(*) > 0`,
}

/** @throws PgextError `not-allowed` where the role may not see it */
export const readStatus = (db: Db): Promise<Status> => asAllowed(db, () => statusOf(db))

async function statusOf(db: Db): Promise<Status> {
  const installed = await readInstalled(db)
  if (!installed) return {tables: [], pending: [], consumers: [], notes: []}
  const tables = await db.query<{table: string; partitions: number}>(
    `select root::regclass::text as "table", (count(*) - 1)::int as partitions from pgext.realtime_tables() group by root order by 1`,
  )
  const pending = await db.query<{statement: string}>('select statement from pgext.sync_events(false) as s (statement)')
  const slots = await lookAtSlots(db)
  const consumers = (await db.query(CONSUMERS)).map((row) => consumerOf(row, slots, db.server.database))
  const notes = []
  for (const sql of Object.values(NOTES)) notes.push(...(await db.query<{note: string}>(`select note from (${sql}) as n (note)`)))
  const known = new Set(consumers.map(({name}) => slotName(db.server.database, name)))
  const orphans = slots.filter(({name}) => !known.has(name) && !name.startsWith('pgext_tail_'))
  return {
    installed,
    tables,
    pending: pending.map(({statement}) => statement),
    consumers,
    ...(installed.engine === 'queue' && {queue: await queueOf(db)}),
    notes: [
      ...notes.map(({note}) => note),
      ...orphans.map(({name}) => `replication slot ${name} is no consumer's, and keeps WAL`),
    ],
  }
}

function consumerOf(row: Row, slots: readonly Slot[], database: string): ConsumerStatus {
  const {name, engine, seen_at: seenAt, behind, is_reading: isReading, is_lost: isLost} = row
  const known = {name, engine, seenAt}
  if (engine !== 'wal') return {...known, isReading, behind: behind === null ? null : Number(behind), isLost}
  const slot = slots.find((one) => one.name === slotName(database, name))
  return {
    ...known,
    isReading: slot?.active !== undefined,
    behind: slot?.held ?? null,
    isLost: isLost || !slot || slot.lost !== undefined,
  }
}

async function queueOf(db: Db): Promise<QueueStatus> {
  const [row] = await db.query(QUEUE)
  const {events, bytes, oldest, per_second: perSecond, period} = row!
  return {events: Number(events), bytes: Number(bytes), oldest, perSecond: Number(perSecond), period}
}
