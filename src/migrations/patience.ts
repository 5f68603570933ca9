// Work in a transaction in, its result out: locks that others hold are waited for in short turns, so that nobody queues behind for long.
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import type {Watch} from './watch.ts'

export interface Patience {
  readonly tell?: (doing: string) => void
  /** milliseconds to wait for one lock before everybody else is let through; default 4,000 */
  readonly turn?: number
  /** milliseconds after which no further turn is taken; default two minutes */
  readonly limit?: number
  /** no further turn is taken once it is aborted */
  readonly signal?: AbortSignal
}

const TURN = 4000
const LIMIT = 120_000
const [FIRST_PAUSE, LONGEST_PAUSE] = [250, 8000]
/** milliseconds */
const FIRST_LOOK = 1000

/** A waiting ALTER TABLE makes all who come later wait behind it: it gives up after a moment, lets them through, and tries again. */
export async function patiently(
  db: Db,
  begin: string | undefined,
  work: () => Promise<void>,
  {tell, turn = TURN, limit = LIMIT, signal}: Patience,
  watch: Watch,
): Promise<void> {
  const end = performance.now() + limit
  const [session] = await db.query("select pg_catalog.current_setting('lock_timeout') = '0' as unlimited")
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    const look = watch.look(Math.min(turn / 4, FIRST_LOOK))
    try {
      return await db.transaction(async () => {
        // no query: SET TRANSACTION may have to come first. A limit that the file has set is kept
        if (session!.unlimited) await db.script(`set local lock_timeout = '${turn}ms'`)
        await work()
      }, begin)
    } catch (error) {
      if (!isAboutLocks(error)) throw error
      const who = look.blocker()
      if (signal?.aborted || performance.now() + pause >= end) throw givenUp(error, who)
      tell?.(`trying again, as a lock is held by ${who ?? 'another session'}`)
    } finally {
      look.end()
    }
    await sleep(pause * (0.5 + Math.random()), undefined, {signal})
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
