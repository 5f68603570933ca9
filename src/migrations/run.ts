// Statements of a file in, their effect on a session's database; what fails carries its place in the file.
import {PgextError, type Where} from '../errors.ts'
import {type Db, SESSION} from '../postgres/db.ts'
import {quoteName, quoteText} from '../postgres/quote.ts'
import type {Statement} from '../postgres/statements.ts'
import type {Migration} from './file.ts'

/** On their way at the same time: a round trip for each would make a far server slow, one script would hide which one failed. */
const AT_ONCE = 50

/** Who runs the files, to be asked before the first. */
export async function runnerOf(db: Db): Promise<string> {
  const [row] = await db.query('select session_user::text as name')
  return row!.name
}

/**
 * Hosted roles have short limits; a build that is cut off by one would never end. A session whose network is gone without a word
 * must not keep its locks for the hours that TCP takes to notice.
 */
export async function unhurry(db: Db): Promise<void> {
  const timeouts = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout']
  if (db.server.major >= 17) timeouts.push('transaction_timeout')
  await db.script(timeouts.map((name) => `set ${name} = 0`).join('; '))
  if (db.server.engine !== 'postgres') return
  await db.script('set tcp_keepalives_idle = 60; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 6')
  // what runs inside a transaction is for nothing once pgext is gone; not every system can notice
  await db.script("set client_connection_check_interval = '2s'").catch(() => {})
}

/** Each file starts as if in a session of its own; names without a schema mean `public`, as in a fresh psql. */
export async function freshen(db: Db, runner: string, searchPath = 'public'): Promise<void> {
  const roles = `set session authorization ${quoteName(runner)}; set role ${quoteName(db.server.user)};`
  await db.script(`${roles} reset all; discard temp; ${SESSION}; set search_path = ${quoteText(searchPath)}`)
  await unhurry(db)
}

/** Somebody asked to stop: nothing more is begun. */
export function refuseStopped(signal?: AbortSignal): void {
  if (signal?.aborted) throw new PgextError('stopped', 'stopped: nothing was begun')
}

/** Runs them in order. Meant for inside a transaction, or a throwaway database: what follows a failure is sent all the same. */
export async function runAll(
  db: Db,
  statements: readonly Statement[],
  migration: Migration,
  signal?: AbortSignal,
): Promise<void> {
  for (let from = 0; from < statements.length; from += AT_ONCE) {
    refuseStopped(signal)
    const sent = statements.slice(from, from + AT_ONCE)
    const ends = await Promise.allSettled(sent.map(({sql}) => db.script(sql)))
    const failed = ends.findIndex((end) => end.status === 'rejected')
    if (failed !== -1) throw placed((ends[failed] as PromiseRejectedResult).reason, sent[failed]!, migration)
  }
}

/** The same error with its place in the file: the character PostgreSQL means, else the statement. */
export function placed(error: unknown, statement: Statement, {text, path}: Migration): unknown {
  if (!(error instanceof PgextError) || error.where?.file) return error
  const where = placeIn(text, path, statement, error.where)
  return new PgextError(error.code, error.message, {
    hint: error.hint,
    cause: error.cause ?? error,
    sqlstate: error.sqlstate,
    where,
  })
}

function placeIn(text: string, file: string, {line, column}: Statement, inside: Where = {file, line: 1, column: 1}): Where {
  const at = line + inside.line - 1
  return {file, line: at, column: inside.line === 1 ? column + inside.column - 1 : inside.column, text: text.split('\n')[at - 1]}
}
