// A connection on which nothing is set yet in; the server behind it out, or a refusal where its backends are shared by transactions.
import type postgres from 'postgres'
import {PgextError} from '../errors.ts'
import {type Row, SERVER_QUERY} from './db.ts'
import {type ConnectOptions, open} from './driver.ts'
import {notOwn} from './error.ts'

/** Sets nothing. `key` is the process that answered when the connection was made: a pooler says a number of its own. */
export async function whoever(sql: postgres.Sql): Promise<Row[]> {
  const rows = await sql.unsafe(SERVER_QUERY)
  return rows.map((row) => ({...row, key: rows.state.pid}))
}

/**
 * A pooler by transactions would hand on what a session sets to others, and others' to it. One that has a backend for each session keeps it
 * once something is set, here a name that nobody else has; the others hand it, idle right now, to the next who asks.
 */
export async function refuseShared(sql: postgres.Sql, url: string, options: ConnectOptions): Promise<void> {
  const [first] = await sql.unsafe("set pgext.pooled = 'asked'; select pg_catalog.pg_backend_pid() as pid").simple().then(last)
  const second = open(url, options).sql
  try {
    const [other] = await whoever(second)
    if (other!.pid === first!.pid) throw notOwn()
  } catch (error) {
    if (error instanceof PgextError) throw error
    // one that has a single connection to give is nobody else's
  } finally {
    await second.end({timeout: 1}).catch(() => {})
  }
}

/** Of several statements. */
const last = (results: any): Row[] => (Array.isArray(results[0]) ? results.at(-1) : results)
