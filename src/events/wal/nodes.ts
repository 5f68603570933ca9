// Consumers that are servers' own, in; those of servers that have not been seen for long dropped, since nobody else would do it.
import type {Db} from '../../postgres/db.ts'
import {dropConsumer} from './consumer.ts'
import {lockKey} from './election.ts'
import {slotName} from './slot.ts'

/** Consumers of users have no such names, as nobody would choose one. */
const PREFIX = 'node:'

export const nodeName = (node: string): string => PREFIX + node

/** Seconds after which nobody waits for a server: its clients have long read anew. */
export const AWAY = 3600

const LONG_AWAY = `
  select c.name from pgext.consumer c
  where pg_catalog.starts_with(c.name, '${PREFIX}') and c.engine = 'wal' and c.seen_at < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => $1)`

/**
 * @param seconds that a server may be away
 * @returns names of those that are forgotten now
 */
export async function forgetNodes(db: Db, seconds: number): Promise<string[]> {
  const forgotten: string[] = []
  for (const {name} of await db.query<{name: string}>(LONG_AWAY, [seconds])) {
    const key = lockKey(slotName(db.server.database, name))
    const [lock] = await db.query('select pg_catalog.pg_try_advisory_lock($1) as got', [key])
    // it is there, and has not said so yet
    if (!lock?.got) continue
    try {
      const still = await db.query(`${LONG_AWAY} and c.name = $2`, [seconds, name])
      if (still.length > 0) {
        await dropConsumer(db, name)
        forgotten.push(name)
      }
    } finally {
      await db.query('select pg_catalog.pg_advisory_unlock($1)', [key])
    }
  }
  return forgotten
}
