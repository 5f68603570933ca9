// A named reader of the queue: one at a time, and how far it has read kept in the database.
import {PgextError} from '../../errors.ts'
import type {Db} from '../../postgres/db.ts'
import type {Link} from '../link.ts'
import {asInstalled} from '../rights.ts'
import {gone} from './look.ts'
import {type Position, writeToken} from './token.ts'

/** Milliseconds between two notes of how far an idle consumer has come. */
const NOTE_EVERY = 10_000
const ELECT_EVERY = 250

export class Consumer {
  readonly #link: Link
  readonly #name: string
  /** Acknowledged last, by this reader or one before it. */
  readonly token: string
  #noted = performance.now()

  private constructor(link: Link, name: string, token: string) {
    this.#link = link
    this.#name = name
    this.token = token
  }

  /** Waits until nobody else reads by this name. One that is new begins now. */
  static async take(link: Link, name: string, now: Position): Promise<Consumer> {
    await elect(await link.db(), name, link.signal)
    link.opened = (db, signal) => elect(db, name, signal)
    link.closing = (db) => resign(db, name)
    await link.query(
      `insert into pgext.consumer as c (name, engine, token, seen) values ($1, 'queue', $2, $3::text::pg_catalog.pg_snapshot) on conflict (name) do nothing`,
      [name, writeToken(now), now.seen],
    )
    const [row] = await link.query<{token: string; engine: string}>('select token, engine from pgext.consumer where name = $1', [
      name,
    ])
    const consumer = new Consumer(link, name, row!.token)
    if (row!.engine === 'queue') return consumer
    await consumer.restart(now)
    throw gone(`consumer ${name} read the WAL until now`)
  }

  /** What it has not read is gone; what changes while tables are read anew is not. */
  async restart(now: Position): Promise<void> {
    await this.note(now)
  }

  /** Up to here, everything is done with. */
  async note(position: Position): Promise<void> {
    const change = this.#link.query(
      `update pgext.consumer set engine = 'queue', token = $2, seen = $3::text::pg_catalog.pg_snapshot, seen_at = pg_catalog.clock_timestamp() where name = $1 returning name`,
      [this.#name, writeToken(position), position.seen],
    )
    const rows = await asInstalled(change)
    if (rows.length === 0) throw new PgextError('events-gone', `consumer ${this.#name} was dropped`)
    this.#noted = performance.now()
  }

  /** All that came before is acknowledged: what this reader has seen must not hold the queue. */
  async advance(position: Position): Promise<void> {
    if (performance.now() - this.#noted >= NOTE_EVERY) await this.note(position)
  }
}

/** A session takes a lock again that it has: on PGlite, where all readers share one, it is asked whether it has it. */
async function elect(db: Db, name: string, signal: AbortSignal): Promise<void> {
  const isShared = db.server.engine === 'pglite'
  for (;;) {
    const [row] = await db.query(
      `select case when $2::boolean and exists (select from pg_catalog.pg_locks l where l.locktype = 'advisory' and l.objsubid = 1
          and (l.classid::bigint << 32 | l.objid::bigint) = k.key) then false else pg_catalog.pg_try_advisory_lock(k.key) end as elected
       from (select pg_catalog.hashtextextended('pgext consumer ' || $1::text, 0) as key) k`,
      [name, isShared],
    )
    if (row!.elected) return
    if (signal.aborted) throw new PgextError('stopped', 'stopped while another process reads')
    await new Promise((resolve) => setTimeout(resolve, ELECT_EVERY))
  }
}

/** Elsewhere the lock goes with the session. */
async function resign(db: Db, name: string): Promise<void> {
  if (db.server.engine !== 'pglite') return
  await db.query(`select pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended('pgext consumer ' || $1::text, 0))`, [name])
}
