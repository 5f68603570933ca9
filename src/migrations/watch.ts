// A session at work in; what it does and whom it waits for, as a second session sees it once a second, out.
import {setTimeout as sleep} from 'node:timers/promises'
import type {Db, Row} from '../postgres/db.ts'

export interface WatchOptions {
  /** a second session to the same URL */
  readonly connect?: () => Promise<Db>
  /** is given, once a second, how far what takes long has come: `building index: scanning table, 45 %, for 12 s` */
  readonly report?: (state: string) => void
}

export interface Watch {
  /** Looks from now on; the first time after that many milliseconds. */
  look(after?: number): Look
  close(): Promise<void>
}

export interface Look {
  /** who was seen last to stand in the way */
  blocker(): string | undefined
  end(): void
}

/** milliseconds */
const EVERY = 1000

/** What can't be seen is not told, and never a reason to fail; nothing is opened for work that is over in a moment. */
export async function openWatch(db: Db, {connect, report}: WatchOptions): Promise<Watch> {
  const isWatched = connect && db.server.engine === 'postgres'
  const [row] = await db.query('select pg_catalog.pg_backend_pid() as pid')
  const pid: number = row!.pid
  let second: Promise<Db> | undefined
  const session = () => {
    second ??= connect!().then(async (other) => {
      await other.script("set statement_timeout = '5s'; set lock_timeout = '1s'")
      return other
    })
    return second
  }
  return {
    look(after = EVERY) {
      const stop = new AbortController()
      let blocker: string | undefined
      const watching = async () => {
        for (let wait = after; ; wait = EVERY) {
          await sleep(wait, undefined, {signal: stop.signal})
          const [seen] = await (await session()).query(STATE, [pid])
          if (stop.signal.aborted || !seen) return
          blocker = blockerOf(seen) ?? blocker
          if (seen.seconds !== null) report?.(stateOf(seen))
        }
      }
      if (isWatched) watching().catch(() => {})
      return {blocker: () => blocker, end: () => stop.abort()}
    },
    async close() {
      await second?.then((other) => other.close()).catch(() => {})
    },
  }
}

/**
 * The size is that of the largest table that it has locked, as the last VACUUM or ANALYZE knew it: to measure it would mean to wait for that lock.
 * Validations and rewrites tell nobody how far they are.
 */
const STATE = `
  select pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.query_start)::int as seconds,
    coalesce(i.phase, c.phase, v.phase) as phase,
    case when i.phase like 'waiting%' then null
      when i.tuples_total > 0 and i.blocks_done = i.blocks_total then 100 * i.tuples_done / i.tuples_total
      when i.blocks_total > 0 then 100 * i.blocks_done / i.blocks_total
      when c.heap_blks_total > 0 then 100 * c.heap_blks_scanned / c.heap_blks_total
      when v.heap_blks_total > 0 then 100 * v.heap_blks_scanned / v.heap_blks_total end as percent,
    t.name as "table", pg_catalog.pg_size_pretty(t.pages * pg_catalog.current_setting('block_size')::bigint) as size,
    b.pid as blocker, b.application_name as application, b.usename::text as role, b.query as query,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - coalesce(b.xact_start, b.query_start))::int as since
  from pg_catalog.pg_stat_activity a
  left join pg_catalog.pg_stat_progress_create_index i on i.pid = a.pid
  left join pg_catalog.pg_stat_progress_cluster c on c.pid = a.pid
  left join pg_catalog.pg_stat_progress_vacuum v on v.pid = a.pid
  left join lateral (
    select o.* from pg_catalog.pg_stat_activity o where o.pid = any (pg_catalog.pg_blocking_pids(a.pid)) order by o.xact_start limit 1
  ) b on true
  left join lateral (
    select r.relname::text as name, r.relpages::bigint as pages from pg_catalog.pg_locks l join pg_catalog.pg_class r on r.oid = l.relation
    where l.pid = a.pid and l.granted and l.database = a.datid and r.relkind in ('r', 'm') and r.relpages > 0
      and l.mode in ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    order by r.relpages desc limit 1
  ) t on true
  where a.pid = $1::int and a.state = 'active'`

function stateOf(seen: Row): string {
  const blocker = blockerOf(seen)
  if (blocker) return `waits for ${blocker}`
  const parts = [
    seen.phase,
    seen.percent === null ? undefined : `${Math.min(100, Number(seen.percent))} %`,
    `for ${seen.seconds} s`,
    seen.table && `${seen.table} has ${seen.size}`,
  ]
  return parts.filter(Boolean).join(', ')
}

/** What others run is shown to those who may see it. */
function blockerOf({blocker, application, role, query, since}: Row): string | undefined {
  if (blocker === null) return undefined
  const who = [`pid ${blocker}`, application, role && `as ${role}`, since !== null && `for ${since} s`].filter(Boolean).join(', ')
  const text = String(query ?? '')
    .replace(/\s+/g, ' ')
    .trim()
  return text && text !== '<insufficient privilege>' ? `${who}: ${text.length > 80 ? `${text.slice(0, 79)}…` : text}` : who
}
