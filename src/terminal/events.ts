// How capture stands in, the lines that show it out; and a session with the project's database for what asks about it.
import type {ConsumerStatus, QueueStatus, Status} from '../events/status.ts'
import type {Db} from '../postgres/db.ts'
import type {Project} from '../project/model.ts'
import {bytesText} from './cost.ts'
import {targetOf} from './database.ts'
import {count} from './difference.ts'
import type {Paint} from './paint.ts'

export async function onTarget<T>(project: Project, work: (db: Db) => Promise<T>): Promise<T> {
  const {withTarget} = await import('./migration.ts')
  return withTarget(await targetOf(project), work)
}

export function statusLines({installed, tables, pending, consumers, queue, notes}: Status, paint: Paint): string[] {
  const {engine, version} = installed!
  const how = engine === 'wal' ? 'from the WAL' : 'by the queue'
  return [
    `${paint('bold', 'pg_events')} ${version}, captured ${how}`,
    ...(tables.length === 0 ? ['no table is realtime: publication pg_events names none'] : []),
    ...tables.map(
      ({table, partitions}) => `  ${table}${partitions > 0 ? paint('dim', `  and ${count(partitions, 'partition')}`) : ''}`,
    ),
    ...(queue ? ['', queueLine(queue)] : []),
    ...(consumers.length > 0 ? ['', paint('bold', 'consumers'), ...consumers.map((one) => `  ${consumerLine(one, paint)}`)] : []),
    ...(pending.length > 0
      ? [
          '',
          paint('yellow', 'capture is not what the declaration says; pgext events:install or pgext migrate runs'),
          ...pending.map((sql) => `  ${sql.split('\n')[0]}`),
        ]
      : []),
    ...(notes.length > 0 ? ['', ...notes.map((note) => `${paint('yellow', 'note')} ${note}`)] : []),
  ]
}

function queueLine({events, bytes, oldest, perSecond, period}: QueueStatus): string {
  const age = oldest ? `, the oldest of ${oldest.slice(0, 19)}` : ''
  return `queue: ${count(events, 'event')} (${bytesText(bytes)})${age}; ${perSecond.toFixed(1)} a second; kept for ${period} s`
}

function consumerLine({name, engine, isReading, behind, seenAt, isLost}: ConsumerStatus, paint: Paint): string {
  const state = isLost
    ? paint('red', 'gone: reads the tables anew')
    : isReading
      ? paint('green', 'reading')
      : paint('yellow', 'nobody reads')
  const lag =
    behind === null ? '' : engine === 'wal' ? `, ${bytesText(behind)} of WAL kept` : `, ${count(behind, 'event')} behind`
  return `${name}  ${state}${lag}${seenAt && engine === 'queue' ? paint('dim', `, seen ${seenAt.slice(0, 19)}`) : ''}`
}
