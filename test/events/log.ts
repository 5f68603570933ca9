// A major version in, a PostgreSQL with wal_level = logical out, whose databases have pg_events; and what a reader got.
import {setTimeout as sleep} from 'node:timers/promises'
import {establish} from '../../src/events/install.ts'
import type {Batch, Change, Message, Reader, Source} from '../../src/events/model.ts'
import type {WalOptions} from '../../src/events/wal/options.ts'
import {lookAtSlot, type Slot, slotName} from '../../src/events/wal/slot.ts'
import {openWal} from '../../src/events/wal/source.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {Server} from '../chaos/server.ts'

/** Without PGEXT_MAJORS=all the newest and, where it is installed, the oldest. */
export const MAJORS = (process.env.PGEXT_MAJORS === 'all' ? [14, 15, 16, 17, 18] : [14, 18]).filter(
  (major) => major === 18 || findBinaries(major) !== undefined,
)

const SETTINGS = ['wal_level=logical', 'max_replication_slots=20', 'max_wal_senders=20', 'max_prepared_transactions=5']

export const startLog = (major: number, settings: readonly string[] = []): Promise<Server> =>
  Server.start(major, [...SETTINGS, ...settings])

/** A database of its own, with publication pgext for the tables that the SQL makes. */
export class Place {
  readonly url: string
  readonly db: Db
  readonly #open: Source[] = []

  private constructor(url: string, db: Db) {
    this.url = url
    this.db = db
  }

  static async make(server: Server, name: string, sql: string, published = 'all tables'): Promise<Place> {
    const admin = await connect(server.url('postgres'))
    await admin.script(`create database "${name}"`)
    await admin.close()
    const db = await connect(server.url(name))
    const place = new Place(server.url(name), db)
    await db.script(`set search_path = public; ${sql}`)
    await db.script(`create publication pg_events for ${published} with (publish = '')`)
    await db.transaction(() => establish(db, 'wal', 300))
    return place
  }

  /** The server is back, sessions are not. */
  static async again({url, db}: Place): Promise<Place> {
    await db.close()
    return new Place(url, await connect(url))
  }

  async read(reader: Reader = {}, options: WalOptions = {}): Promise<Reading> {
    const source = await openWal(this.url, reader, options)
    this.#open.push(source)
    return new Reading(source)
  }

  /** What the server says of a consumer's slot. */
  async slot(name: string): Promise<Slot | undefined> {
    return lookAtSlot(this.db, slotName(this.db.server.database, name))
  }

  /** Ends whoever does that for a consumer: the process that sends the log, or the session that holds the lock. */
  async end(what: 'walsender' | 'client backend', name: string): Promise<void> {
    const ended = await this.db.query(
      `select pg_terminate_backend(pid, 5000) as ended from pg_stat_activity
       where datname = current_database() and application_name = $1 and backend_type = $2`,
      [`pgext events ${name}`, what],
    )
    if (ended.length !== 1 || !ended[0]!.ended) throw new Error(`${ended.length} were there to be ended`)
  }

  /** What the server has of readers, for whoever waits in vain. */
  async state(): Promise<string> {
    const [row] = await this.db.query(
      `select json_build_object(
         'now', pg_current_wal_lsn(), 'flushed', pg_current_wal_flush_lsn(),
         'slots', (select json_agg(s) from pg_replication_slots s), 'senders', (select json_agg(r) from pg_stat_replication r),
         'locks', (select json_agg(l) from pg_locks l where locktype = 'advisory'), 'consumers', (select json_agg(c) from pgext.consumer c),
         'sessions', (select json_agg(json_build_object('pid', pid, 'name', application_name, 'type', backend_type, 'state', state,
            'waits', wait_event, 'query', left(query, 100))) from pg_stat_activity where datname = current_database())) as it`,
    )
    return JSON.stringify(row!.it)
  }

  async close(): Promise<void> {
    for (const source of this.#open) await source.close()
    await this.db.close()
  }
}

/** One that takes what it needs, and no more. */
export class Reading {
  readonly source: Source
  readonly #batches: AsyncIterator<Batch>
  #next?: Promise<IteratorResult<Batch>>

  constructor(source: Source) {
    this.source = source
    this.#batches = source.read()[Symbol.asyncIterator]()
  }

  /** undefined: there is none within that time. */
  async batch(milliseconds = 20_000): Promise<Batch | undefined> {
    this.#next ??= this.#batches.next()
    const late = new AbortController()
    // a timer that runs on would hold the batch
    const next = await Promise.race([this.#next, sleep(milliseconds, undefined, {signal: late.signal}).catch(() => undefined)])
    late.abort()
    if (!next) return undefined
    this.#next = undefined
    if (next.done) throw new Error('the source has ended')
    return next.value
  }

  /** All of one transaction. */
  async transaction(): Promise<Batch[]> {
    const batches: Batch[] = []
    for (;;) {
      const batch = await this.batch()
      if (!batch) throw new Error('no batch came')
      batches.push(batch)
      if (batch.last) return batches
    }
  }

  async entries(): Promise<string[]> {
    return (await this.transaction()).flatMap(({entries}) => entries.map(show))
  }

  /** Nothing comes for a while. */
  async isQuiet(milliseconds = 300): Promise<boolean> {
    return (await this.batch(milliseconds)) === undefined
  }
}

/** `UPDATE public.t id*=1 note=x ← id*=1`: the key's columns have a star; ∅ is NULL, … was not sent. */
export function show(entry: Change | Message): string {
  if (entry.kind === 'message') return `MESSAGE ${entry.channel} ${entry.payload}`
  const {operation, shape, row, old, partition} = entry
  const values = (values: readonly (string | null | undefined)[]) =>
    shape.columns
      .map(({name, key}, at) => `${name}${key ? '*' : ''}=${values[at] === undefined ? '…' : (values[at] ?? '∅')}`)
      .join(' ')
  const parts = [
    operation,
    `${shape.schema}.${shape.table}`,
    ...(partition ? [`(${partition.schema}.${partition.table})`] : []),
    ...(row ? [values(row)] : []),
    ...(old ? [`← ${values(old)}`] : []),
  ]
  return parts.join(' ')
}
