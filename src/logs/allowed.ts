// A session in; whether PostgreSQL's own log can be read through it out: where and in which format, or what would have to be granted or set.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'
import type {LogFormat} from './model.ts'

export interface ServerLog {
  /** as PostgreSQL names it: relative to its data, or absolute */
  readonly path: string
  readonly format: Extract<LogFormat, 'jsonlog' | 'csvlog' | 'stderr'>
  readonly zone: string
  readonly prefix: string
  /** files beside the current one may be listed */
  readonly lists: boolean
  /** processes of sessions that read it: what they ask may be logged, too */
  readonly own: Set<number>
}

const READ = 'pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean)'
const CURRENT = 'pg_catalog.pg_current_logfile(text)'
const LIST = 'pg_catalog.pg_ls_logdir()'

const ELSEWHERE = 'or pgext.json says where it is: {"logs": {"db": {"file": "/var/log/postgresql/…"}}}'

/** From what says most to what says least. */
const FORMATS = ['jsonlog', 'csvlog', 'stderr'] as const

export async function findServerLog(db: Db): Promise<ServerLog> {
  const [row] = await db.query(
    `select pg_catalog.current_setting('logging_collector') = 'on' as collects, pg_catalog.current_setting('log_destination') as destination,
       pg_catalog.current_setting('log_timezone') as zone, pg_catalog.current_setting('log_line_prefix') as prefix,
       pg_catalog.pg_backend_pid() as process, pg_catalog.has_function_privilege($1, 'EXECUTE') as current,
       pg_catalog.has_function_privilege($2, 'EXECUTE') as read, pg_catalog.has_function_privilege($3, 'EXECUTE') as lists`,
    [CURRENT, READ, LIST],
  )
  const {collects, destination, zone, prefix, process, current, read, lists} = row!
  if (!collects) throw notCollected(db, destination)
  if (!current || !read) throw notGranted(db, {current, read})
  for (const format of FORMATS) {
    if (format === 'jsonlog' && db.server.major < 15) continue
    const [found] = await db.query('select pg_catalog.pg_current_logfile($1) as path', [format])
    if (found?.path) return {path: found.path, format, zone, prefix, lists, own: new Set([process])}
  }
  throw new PgextError('not-supported', `PostgreSQL writes its log to ${destination}, which can't be read through the server`, {
    hint: `ALTER SYSTEM SET log_destination = '${wanted(db)}'; SELECT pg_reload_conf(); ${ELSEWHERE}`,
  })
}

const wanted = (db: Db): string => (db.server.major >= 15 ? 'jsonlog' : 'csvlog')

function notCollected(db: Db, destination: string): PgextError {
  const engine = db.server.engine === 'pglite' ? ' (PGlite has none)' : ''
  return new PgextError(
    'not-supported',
    `PostgreSQL's log can't be read through the server: logging_collector is off${engine}, so it goes where whoever started the server sent it (log_destination = ${destination})`,
    {
      hint: `ALTER SYSTEM SET logging_collector = on; ALTER SYSTEM SET log_destination = '${wanted(db)}'; and start it again; ${ELSEWHERE}`,
    },
  )
}

/** Privileges on functions are a database's, and are to be granted in this one. */
function notGranted({server}: Db, {current, read}: {readonly current: boolean; readonly read: boolean}): PgextError {
  const role = quoteName(server.user)
  // only from 16 on it is pg_monitor's, too
  const grants = [
    ...(current
      ? []
      : [server.major >= 16 ? `GRANT pg_monitor TO ${role};` : `GRANT EXECUTE ON FUNCTION ${CURRENT} TO ${role};`]),
    ...(read ? [] : [`GRANT EXECUTE ON FUNCTION ${READ} TO ${role};`]),
  ]
  return new PgextError('not-allowed', `role ${server.user} may not read the server's log`, {
    hint: `a superuser can allow it, in database ${server.database}: ${grants.join(' ')}`,
  })
}
