// Work in a transaction in, its result out: locks that others hold are waited for in short turns, so that nobody queues behind for long.
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'

export interface Patience {
  readonly tell?: (doing: string) => void
  /** a second session, from which is seen who holds the lock */
  readonly connect?: () => Promise<Db>
  /** milliseconds to wait for one lock before everybody else is let through; default 4,000 */
  readonly turn?: number
  /** milliseconds after which no further turn is taken; default two minutes */
  readonly limit?: number
}

const TURN = 4000
const LIMIT = 120_000
const [FIRST_PAUSE, LONGEST_PAUSE] = [250, 8000]

/** A waiting ALTER TABLE makes all who come later wait behind it: it gives up after a moment, lets them through, and tries again. */
export async function patiently(db: Db, begin: string | undefined, work: () => Promise<void>, patience: Patience): Promise<void> {
  const {tell, turn = TURN, limit = LIMIT} = patience
  const end = performance.now() + limit
  const [session] = await db.query(`
    select pg_catalog.pg_backend_pid() as pid, pg_catalog.current_setting('lock_timeout') = '0' as unlimited`)
  const {pid, unlimited} = session as {pid: number; unlimited: boolean}
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    const watch = watchBlockers(pid, turn, patience)
    try {
      return await db.transaction(async () => {
        // no query: SET TRANSACTION may have to come first. A limit that the file has set is kept
        if (unlimited) await db.script(`set local lock_timeout = '${turn}ms'`)
        await work()
      }, begin)
    } catch (error) {
      if (!isAboutLocks(error)) throw error
      const who = await watch.seen()
      if (performance.now() + pause >= end) throw givenUp(error, who)
      tell?.(`a lock is held by ${who ?? 'another session'}: trying again`)
      await sleep(pause * (0.5 + Math.random()))
    } finally {
      await watch.end()
    }
  }
}

/** lock_timeout, and deadlocks, which PostgreSQL ends by itself. */
function isAboutLocks(error: unknown): error is PgextError {
  return error instanceof PgextError && (error.sqlstate === '55P03' || error.sqlstate === '40P01')
}

function givenUp(error: PgextError, who: string | undefined): PgextError {
  return new PgextError(error.code, `${error.message}${who ? `: it is held by ${who}` : ''}`, {
    hint: error.hint,
    where: error.where,
    cause: error,
    sqlstate: error.sqlstate,
  })
}

const BLOCKERS = `
  select a.pid, a.application_name as application, pg_catalog.left(a.query, 60) as query,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.query_start))::int as seconds
  from pg_catalog.pg_stat_activity a where a.pid = any (pg_catalog.pg_blocking_pids($1::int))
  order by a.xact_start limit 1`

/** Looks once, early in a turn; nothing is opened for work that gets its locks before. */
function watchBlockers(pid: number, turn: number, {connect}: Patience) {
  const stop = new AbortController()
  const looking = connect ? look(pid, turn / 4, stop.signal, connect).catch(() => undefined) : Promise.resolve(undefined)
  return {
    seen: () => looking,
    async end() {
      stop.abort()
      await looking
    },
  }
}

async function look(pid: number, after: number, signal: AbortSignal, connect: () => Promise<Db>): Promise<string | undefined> {
  await sleep(after, undefined, {signal})
  const db = await connect()
  try {
    const [row] = await db.query(BLOCKERS, [pid])
    if (!row) return undefined
    const named = row.application ? `, ${row.application}` : ''
    return `pid ${row.pid}${named}, for ${row.seconds} s: ${String(row.query).replace(/\s+/g, ' ')}`
  } finally {
    await db.close()
  }
}
