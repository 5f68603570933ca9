// An error in; whether it is one that servers and networks get over.
import {PgextError} from '../../errors.ts'
import {isGone} from '../../postgres/error.ts'

/** Codes of sockets, and SQLSTATEs of a server that starts, is full, or still has the last reader of a slot. */
const PASSING = new Set(
  'ECONNREFUSED ENOENT CONNECT_TIMEOUT ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH 57P03 53300 53400 55006'.split(' '),
)

export function isPassing(error: unknown): boolean {
  const {code, sqlstate, cause} = error as {code?: string; sqlstate?: string; cause?: unknown}
  // a database that lets nobody in, as while others are made to leave it
  if (code === 'connection-failed' && sqlstate === '55000') return true
  if (isGone(error) || PASSING.has(sqlstate ?? '') || PASSING.has(code ?? '')) return true
  const inner = cause as {code?: string; errors?: {code?: string}[]} | undefined
  const said = inner?.code ?? inner?.errors?.[0]?.code ?? ''
  return code === 'connection-failed' && (PASSING.has(said) || isGone(inner))
}

/** A database that is made anew is not there for a while, and then without pg_events: whoever read it will hear of that. */
export function isReset(error: unknown): boolean {
  const {code, sqlstate} = error as {code?: string; sqlstate?: string}
  return code === 'events-missing' || (code === 'connection-failed' && sqlstate === '3D000')
}

/** It did not pass in time. */
export function lastingError(error: unknown): unknown {
  if (!isPassing(error)) return error
  return new PgextError('connection-lost', `the connection to PostgreSQL is lost: ${(error as Error).message}`, {
    hint: 'is the server running? then read on: what was not acknowledged comes again',
    cause: error,
  })
}

export const stoppedError = (): PgextError => new PgextError('stopped', 'reading was stopped')
