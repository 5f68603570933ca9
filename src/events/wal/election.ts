// A slot's name and a session in; back when that session is the one that may read it. Others wait until it ends.
import {createHash} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../../errors.ts'
import type {Db} from '../../postgres/db.ts'

/** milliseconds; a session that waits inside a statement would hold back what vacuum may remove */
const EVERY = 200

export const lockKey = (slot: string): bigint => createHash('sha256').update(`pgext slot ${slot}`).digest().readBigInt64BE()

/**
 * @param patience milliseconds until it is given up
 * @throws when the signal stops it; PgextError `events-taken` when it was waited for in vain
 */
export async function becomeReader(
  db: Db,
  slot: string,
  signal: AbortSignal,
  patience = Number.POSITIVE_INFINITY,
): Promise<void> {
  const key = lockKey(slot)
  for (const until = performance.now() + patience; ; ) {
    const [row] = await db.query('select pg_catalog.pg_try_advisory_lock($1) as got', [key])
    if (row?.got) return
    if (performance.now() > until) throw new PgextError('events-taken', `another process reads from slot ${slot}`)
    await sleep(EVERY, undefined, {signal})
  }
}
