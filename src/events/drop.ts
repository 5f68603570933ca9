// A consumer's name in; what the database keeps for it gone: its slot, its place in the queue.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {dropConsumer as dropReader} from './wal/consumer.ts'

export async function dropConsumer(db: Db, name: string): Promise<void> {
  const [row] = await db.query('select engine from pgext.consumer where name = $1', [name])
  if (!row) throw new PgextError('usage', `there is no consumer ${name}`, {hint: 'pgext events:status lists them'})
  if (row.engine === 'wal') await dropReader(db, name)
  else await db.query('delete from pgext.consumer where name = $1', [name])
}

/** Before everything is taken away: slots would keep WAL for nobody. */
export async function dropConsumers(db: Db): Promise<void> {
  for (const {name} of await db.query<{name: string}>('select name from pgext.consumer')) await dropConsumer(db, name)
}
