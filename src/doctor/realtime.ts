// A database in which pg_events may be installed in; whether it captures what is declared, and who reads, out.
import {readSource} from '../events/source.ts'
import {readStatus, type Status} from '../events/status.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'
import type {Context, Finding, Look} from './model.ts'
import {BY_OTHERS} from './sql.ts'
import {lasting} from './upkeep.ts'

interface Wal {
  readonly level: string
  readonly slots: number
  readonly most: number
  readonly may: boolean
}

const wal: Look = {
  at: 'realtime',
  sql: ({events}) =>
    events.isOpen
      ? `select e.engine, current_setting('wal_level') as level, current_setting('max_replication_slots')::int as most,
          (select count(*)::int from pg_replication_slots) as slots,
          (select r.rolsuper or r.rolreplication from pg_roles r where r.rolname = current_user) as may from pgext.events e where e.engine = 'wal'`
      : undefined,
  tell({level, slots, most, may}: Wal, {server}): Finding | undefined {
    if (level !== 'logical') {
      const decide = 'it takes a restart of the server'
      const fix = {sql: 'ALTER SYSTEM SET wal_level = logical', locks: 'nothing; the server has to be restarted', decide}
      const message = `wal_level is ${level}: changes of realtime tables can’t be read from the WAL`
      return {id: 'events-wal', level: 'error', object: 'wal_level', message, fixes: [fix]}
    }
    if (!may) {
      const role = quoteName(server.user)
      const message = `${role} may not read the WAL: as this role neither pgext serve nor a consumer gets changes`
      const fixes = [{sql: `ALTER ROLE ${role} REPLICATION`, locks: BY_OTHERS}]
      return {id: 'events-wal', level: 'info', object: role, message, fixes}
    }
    if (slots < most) return undefined
    const decide = 'it takes a restart of the server'
    const fix = {
      sql: `ALTER SYSTEM SET max_replication_slots = ${most * 2}`,
      locks: 'nothing; the server has to be restarted',
      decide,
    }
    const message = `all ${most} replication slots are taken: another consumer can’t begin`
    return {id: 'events-wal', level: 'warning', object: 'max_replication_slots', message, fixes: [fix]}
  },
}

export const REALTIME: readonly Look[] = [wal]

/** What `pgext events:status` knows. Not installed and not declared: nothing. */
export async function realtimeFindings(db: Db, {events, limits}: Context): Promise<Finding[]> {
  if (!events.isInstalled) return events.isDeclared ? [MISSING] : []
  const [status, {version}] = await Promise.all([readStatus(db), readSource()])
  if (!status.installed) return []
  return [
    ...(status.installed.version === version ? [] : [outdated(status.installed.version, version)]),
    ...pending(status),
    ...status.consumers.flatMap((one) => consumer(one, limits)),
    ...queue(status),
    ...status.notes.map((message): Finding => ({id: 'events-note', level: 'info', message, fixes: []})),
  ]
}

const MISSING: Finding = {
  id: 'events-missing',
  level: 'warning',
  object: 'pg_events',
  message: 'the publication declares realtime tables, and nothing captures their changes',
  hint: 'pgext events:install, or pgext migrate where files declare it',
  fixes: [],
}

const outdated = (is: string, ours: string): Finding => ({
  id: 'events-outdated',
  level: 'info',
  object: 'pg_events',
  message: `version ${is} is installed, and this pgext brings ${ours}`,
  hint: 'pgext events:install renews it',
  fixes: [],
})

function pending({pending, installed}: Status): Finding[] {
  if (pending.length === 0) return []
  const [first] = pending
  const more = pending.length > 1 ? `, and ${pending.length - 1} more` : ''
  return [
    {
      id: 'events-pending',
      level: 'warning',
      object: 'pg_events',
      message: `capture lacks: ${first!.split('\n')[0]}${more}`,
      fixes: [
        {
          sql: 'SELECT pgext.sync_events()',
          locks:
            installed!.engine === 'queue'
              ? 'SHARE ROW EXCLUSIVE on tables that get a trigger, for a moment: writes wait'
              : 'SHARE UPDATE EXCLUSIVE on tables that come into the publication, for a moment',
        },
      ],
    },
  ]
}

function consumer(
  {name, engine, isReading, behind, seenAt, isLost}: Status['consumers'][number],
  limits: Context['limits'],
): Finding[] {
  const told = {object: name, hint: `run it; or, if nobody does any more: pgext events:drop-consumer ${name}`, fixes: []}
  if (isLost) {
    const message = 'what it would go on from is gone: it reads its tables anew'
    return [{id: 'events-lost', level: 'warning', ...told, message}]
  }
  const away = seenAt === null ? Number.POSITIVE_INFINITY : (Date.now() - Date.parse(seenAt)) / 1000
  const isStuck = engine === 'wal' ? (behind ?? 0) > limits.wal : (behind ?? 0) > 0 && away > limits.consumer
  if (isReading || !isStuck) return []
  const what = engine === 'wal' ? `${((behind ?? 0) / 1e9).toFixed(1)} GB of WAL are` : `${behind} events are`
  const since = Number.isFinite(away) ? ` for ${lasting(away)}` : ''
  return [{id: 'events-stuck', level: 'warning', ...told, message: `nobody reads by this name${since}, and ${what} kept for it`}]
}

/** Read ones are thrown away after the period, and a tick later. */
function queue({queue}: Status): Finding[] {
  if (!queue?.oldest) return []
  const age = (Date.now() - Date.parse(queue.oldest)) / 1000
  if (queue.events < 10_000 || age < Math.max(3600, queue.period * 3)) return []
  return [
    {
      id: 'events-queue',
      level: 'warning',
      object: 'pgext.event',
      message: `${queue.events} events wait in the queue, the oldest for ${lasting(age)}: those who read empty it, and nobody does`,
      hint: 'run pgext serve, or a consumer; or pgext events:uninstall where nobody reads changes',
      fixes: [],
    },
  ]
}
