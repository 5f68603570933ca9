// A slot's name and a session in; back when that session is the one that may read it. Others wait until it ends.
import {createHash} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Db} from '../../postgres/db.ts'

/** milliseconds; a session that waits inside a statement would hold back what vacuum may remove */
const EVERY = 200

/** @throws when the signal stops it */
export async function becomeReader(db: Db, slot: string, signal: AbortSignal): Promise<void> {
  const key = createHash('sha256').update(`pgext slot ${slot}`).digest().readBigInt64BE()
  for (;;) {
    const [row] = await db.query('select pg_catalog.pg_try_advisory_lock($1) as got', [key])
    if (row?.got) return
    await sleep(EVERY, undefined, {signal})
  }
}
