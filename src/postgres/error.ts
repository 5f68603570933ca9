// A driver's error and the SQL that caused it in, a PgextError out.
import {PgextError} from '../errors.ts'

const GONE = new Set(['CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', '57P01', '57P02', '57P03', '08006', '08003'])

export function sqlError(error: unknown, sql: string): PgextError {
  if (error instanceof PgextError) return error
  const e = error as {code?: string; message?: string; hint?: string; detail?: string; position?: string}
  if (e.code && GONE.has(e.code)) {
    return new PgextError('connection-lost', `the connection to PostgreSQL is gone: ${e.message}`, {
      hint: 'look at the server log, then run the command again',
      cause: error,
      sqlstate: e.code,
    })
  }
  const hint = [e.detail, e.hint].filter(Boolean).join('; ') || undefined
  return new PgextError('sql', e.message ?? String(error), {hint, cause: error, sqlstate: e.code, where: place(sql, e.position)})
}

/** The place PostgreSQL counts in characters from 1, as line and column of the SQL text. */
function place(sql: string, position?: string) {
  if (!position) return undefined
  const before = [...sql].slice(0, Number(position) - 1).join('')
  const line = before.split('\n').length
  return {file: '', line, column: before.length - before.lastIndexOf('\n'), text: sql.split('\n')[line - 1]}
}
