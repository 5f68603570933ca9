// A driver's error and the SQL that caused it in, a PgextError out.
import {PgextError, type Where} from '../errors.ts'
import {readUrl, showUrl} from './url.ts'

interface DriverError {
  code?: string
  message?: string
  hint?: string
  detail?: string
  position?: string
  internal_query?: string
  internal_position?: string
  /** PGlite's names */
  internalQuery?: string
  internalPosition?: string
  where?: string
  errors?: DriverError[]
}

/** codes of the driver, of sockets, and SQLSTATEs after which there is no backend any more */
const GONE = new Set(
  `connection-lost CONNECTION_CLOSED CONNECTION_ENDED CONNECTION_DESTROYED ECONNRESET EPIPE ETIMEDOUT ENOTCONN ERR_STREAM_DESTROYED
   ERR_SOCKET_CLOSED 57P01 57P02 57P05 08006 08003`.split(/\s+/),
)

const HINTS: Readonly<Record<string, string>> = {
  '53100': 'the disk of the database server is full: free some space, then run the command again',
  '53200': 'the database server has too little memory for this; with "out of shared memory", raise max_locks_per_transaction',
  '53300': 'the server has no connection left: close some, or raise max_connections',
}

export function isGone(error: unknown): boolean {
  const code = (error as DriverError)?.code
  return GONE.has(code ?? '')
}

export function goneError(cause?: unknown): PgextError {
  const code = (cause as DriverError)?.code
  return new PgextError('connection-lost', `the connection to PostgreSQL is gone${code ? ` (${code})` : ''}`, {
    hint: 'look at the server log, then run the command again',
    cause,
    sqlstate: sqlstate(code),
  })
}

export function sqlError(error: unknown, sql: string): PgextError {
  if (error instanceof PgextError) return error
  if (isGone(error)) return goneError(error)
  const e = error as DriverError
  const hint = [e.detail, e.hint, HINTS[e.code ?? '']].filter(Boolean).join('; ') || undefined
  return new PgextError('sql', e.message ?? String(error), {
    hint,
    cause: error,
    sqlstate: sqlstate(e.code),
    where: place(sql, e.position),
  })
}

/** Where in a statement PostgreSQL says its error is: characters (code points) from 0, as it counts. */
export function positionOf({cause}: PgextError): number | undefined {
  const position = (cause as DriverError | undefined)?.position
  return position ? Number(position) - 1 : undefined
}

/** The text inside a function's body that an error is about, and where in it, as PostgreSQL counts. */
export function insideOf({cause}: PgextError): {readonly text: string; readonly position: number} | undefined {
  const {internal_query, internalQuery, internal_position, internalPosition} = (cause ?? {}) as DriverError
  const text = internal_query ?? internalQuery
  const position = internal_position ?? internalPosition
  return text !== undefined && position ? {text, position: Number(position) - 1} : undefined
}

/** Where it came about: PostgreSQL's own words, in its language. */
export function contextOf({cause}: PgextError): string {
  return (cause as DriverError | undefined)?.where ?? ''
}

/** A name was not found while a function ran: PostgreSQL says in which. */
export function isLostInside({sqlstate, cause}: PgextError): boolean {
  const isMissing = sqlstate === '42P01' || sqlstate === '42883' || sqlstate === '42704'
  return isMissing && /\bfunction\b/i.test((cause as {where?: string} | undefined)?.where ?? '')
}

export function roleError(error: unknown, role: string): unknown {
  if (isGone(error)) return error
  const {code, message} = error as DriverError
  if (code === '42501') {
    return new PgextError('not-allowed', `the connection may not act as role ${role}`, {
      hint: `connect as a superuser or a member of ${role}`,
      cause: error,
      sqlstate: code,
    })
  }
  return new PgextError('role-missing', message ?? String(error), {
    hint: 'create the role first',
    cause: error,
    sqlstate: sqlstate(code),
  })
}

export function copyError(): PgextError {
  return new PgextError('not-supported', 'COPY from stdin or to stdout can not run here', {
    hint: 'write INSERT statements instead',
  })
}

export const tooLargeError = (most: number): PgextError =>
  new PgextError('too-large', `the rows have more than ${most} bytes`, {
    hint: 'add a LIMIT, or a condition, or name fewer columns',
  })

/**
 * The one message for a connection that could not be made.
 * @param isReached something listens there, and has taken it
 */
export function connectionError(error: unknown, url: string, isReached = false): PgextError {
  if (error instanceof PgextError && error.code !== 'connection-lost') return error
  const e = error as DriverError
  const [said, hint] = isReached && SILENT.has(e.code ?? '') ? silence(url) : reason(e)
  return new PgextError('connection-failed', `can't connect to ${showUrl(url)}: ${said}`, {
    hint,
    cause: error,
    sqlstate: sqlstate(e.code),
  })
}

const SILENT = new Set(['CONNECT_TIMEOUT', 'NO_SESSION'])

/** Nobody can tell which of them it is: neither says anything. */
function silence(url: string): [said: string, hint: string] {
  const pooler = 'a pooler may have given all of its sessions away: raise its pool size, or use the direct URL'
  if (!isLocal(url)) return ['it takes the connection, and answers nothing', pooler]
  const busy = "somebody else's statement may be at work: PGlite (pgext dev without a native PostgreSQL) runs one at a time"
  return ['it takes the connection, and answers nothing', `${busy}, so try again once that is done; or ${pooler}`]
}

function isLocal(url: string): boolean {
  const {host} = readUrl(url)
  return /^(localhost|127\.|::1$|\/)/.test(host)
}

function reason(e: DriverError): [said: string, hint: string] {
  // localhost has two addresses: Node packs what each of them said into one error without a message
  const code = e.code ?? e.errors?.[0]?.code ?? ''
  const said = e.message || e.errors?.[0]?.message || code
  if (code === 'ECONNREFUSED' || code === 'ENOENT')
    return ['nothing listens there', 'is the server running, and are host and port right?']
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return ['the host name is unknown', 'is the host name right, and is there a network?']
  if (code === 'CONNECT_TIMEOUT') return ['no answer in time', 'are host and port right, and does a firewall let you through?']
  if (code === '28P01' || code === '28000')
    return [said, 'are user and password right, and may this user connect from here (pg_hba.conf)?']
  if (code === '3D000') return [said, 'create it with pgext db:create, which takes --url where this is not DATABASE_URL']
  if (code === '57P03') return [said, 'the server is starting up or shutting down: try again in a moment']
  if (code === 'NO_TLS')
    return ['the server offers no TLS', 'take sslmode=require out of the URL, if the network in between is yours']
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code))
    return [`its certificate is not trusted: ${said}`, 'add sslrootcert=FILE to the URL']
  if (isGone(e)) return ['the server closed the connection', 'is it a PostgreSQL server, and is it well? look at its log']
  return [said, HINTS[code] ?? 'are host, port, database and user of the URL right?']
}

function sqlstate(code?: string): string | undefined {
  return code && /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code) ? code : undefined
}

/** The place PostgreSQL counts in characters from 1, as line and column of the SQL text. */
function place(sql: string, position?: string): Where | undefined {
  if (!position) return undefined
  const before = [...sql].slice(0, Number(position) - 1).join('')
  const line = before.split('\n').length
  return {file: '', line, column: before.length - before.lastIndexOf('\n'), text: sql.split('\n')[line - 1]}
}

export function notOwn(): PgextError {
  return new PgextError('not-supported', 'the URL does not give a session of its own: statements reach different backends', {
    hint: 'this looks like a transaction pooler; use the direct URL of the server (often port 5432 in place of 6543), or a pool in session mode',
  })
}

/** A pooler refuses who asks for replication, or takes its words for SQL. */
export function isNoReplication(error: unknown): boolean {
  const {code, message = ''} = error as DriverError
  return (code === '08P01' && message.includes('replication')) || code === '42601'
}

export function noReplication(url: string, cause: unknown): PgextError {
  return new PgextError('not-supported', `${showUrl(url)} passes no replication on, and changes are read from the WAL by it`, {
    hint: 'this looks like a pooler: use the direct URL of the server; or have changes written to a queue: "realtime": {"capture": "queue"} in pgext.json',
    cause,
  })
}
