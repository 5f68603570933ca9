// A connection on which nothing is set yet in; the server behind it out, or a refusal where its backends are shared by transactions.
import type postgres from 'postgres'
import {type Row, SERVER_QUERY} from './db.ts'
import {type ConnectOptions, open} from './driver.ts'
import {notOwn} from './error.ts'

/** seconds for which an answer is waited for, where a pooler lets anybody in, and has those wait to whom it has no session to give */
const LONGEST = 20
/** and that of a second session, beside one that was given */
const SECOND = 2
const ROUNDS = 6

/** URLs that this process has found to give a session of one's own. */
const own = new Set<string>()

/** Sets nothing. `key` is the process that answered when the connection was made: a pooler says a number of its own. */
export async function whoever(sql: postgres.Sql): Promise<Row[]> {
  const rows = await inTime(sql.unsafe(SERVER_QUERY), LONGEST)
  return rows.map((row) => ({...row, key: rows.state.pid}))
}

/**
 * A pooler by transactions would hand on what a session sets to others, and others' to it. One that has a backend for each session keeps it
 * (some only once something is set, here a name that nobody else has). The others hand the next who asks the one that was given back last (the
 * second session meets the first one's) or first (it changes where the first session asks twice). What other clients ask in between mixes
 * that, and hardly so that nothing shows in any round.
 */
export async function refuseShared(sql: postgres.Sql, url: string, options: ConnectOptions): Promise<void> {
  if (own.has(url)) return
  const second = open(url, options).sql
  const mine = new Set<number>()
  const others = new Set<number>()
  try {
    await inTime(sql.unsafe("set pgext.pooled = 'asked'").simple(), LONGEST)
    for (let round = 0; round < ROUNDS; round++) {
      for (let turn = 0; turn < 2; turn++) mine.add(await answering(sql, LONGEST))
      // one that has a single session to give is nobody else's
      const other = await answering(second, SECOND).catch(() => undefined)
      if (other !== undefined) others.add(other)
      if (mine.size > 1 || [...mine].some((pid) => others.has(pid))) throw notOwn()
      if (other === undefined) break
    }
    own.add(url)
  } finally {
    await second.end({timeout: 0}).catch(() => {})
  }
}

/** Which of the server's processes, in a transaction of its own. */
async function answering(sql: postgres.Sql, seconds: number): Promise<number> {
  const [row] = await inTime(sql.unsafe('select pg_catalog.pg_backend_pid() as pid').simple(), seconds)
  return row!.pid
}

async function inTime<T>(answer: PromiseLike<T>, seconds: number): Promise<T> {
  let late: NodeJS.Timeout | undefined
  const waited = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(Object.assign(new Error('NO_SESSION'), {code: 'NO_SESSION'})), seconds * 1000)
  })
  try {
    return await Promise.race([answer, waited])
  } finally {
    clearTimeout(late)
  }
}
