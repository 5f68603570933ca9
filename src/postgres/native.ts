// A URL in, one session over postgres.js out. Never reconnects: a lost backend ends the Db.
import postgres from 'postgres'
import {PgextError} from '../errors.ts'
import {type Db, type Row, SERVER_QUERY, SESSION, type Server} from './db.ts'
import {sqlError} from './error.ts'

export interface ConnectOptions {
  /** shown in pg_stat_activity */
  readonly application?: string
  /** seconds */
  readonly timeout?: number
}

export async function connect(url: string, options: ConnectOptions = {}): Promise<Db> {
  const state = {lost: false}
  const sql = postgres(url, {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: options.timeout ?? 10,
    fetch_types: false,
    prepare: false,
    backoff: () => 3600,
    onnotice: () => {},
    onclose: () => {
      state.lost = true
    },
    connection: {application_name: options.application ?? 'pgext'},
  })
  try {
    // one reserved connection: the pool may never hand us another one
    const session = await sql.reserve()
    await session.unsafe(SESSION).simple()
    const [row] = await session.unsafe(SERVER_QUERY)
    const server: Server = {
      versionNumber: row!.version,
      major: Math.floor(row!.version / 10000),
      database: row!.database,
      user: row!.user,
      superuser: row!.superuser,
      engine: 'postgres',
    }
    return new NativeDb(sql, session, server, state)
  } catch (error) {
    await sql.end({timeout: 0}).catch(() => {})
    throw connectionError(error, url)
  }
}

class NativeDb implements Db {
  readonly server: Server
  readonly #sql: postgres.Sql
  readonly #session: postgres.ReservedSql
  readonly #state: {lost: boolean}
  #running?: {cancel(): void}

  constructor(sql: postgres.Sql, session: postgres.ReservedSql, server: Server, state: {lost: boolean}) {
    this.#sql = sql
    this.#session = session
    this.server = server
    this.#state = state
  }

  async query<R extends Row = Row>(text: string, parameters: readonly unknown[] = []): Promise<R[]> {
    return (await this.#run(text, this.#session.unsafe(text, parameters as any[]))) as R[]
  }

  async script(text: string): Promise<Row[][]> {
    const results: any = await this.#run(text, this.#session.unsafe(text).simple())
    return Array.isArray(results[0]) ? results.map((rows: Row[]) => [...rows]) : [[...results]]
  }

  async transaction<T>(work: (db: Db) => Promise<T>, begin = 'begin'): Promise<T> {
    await this.script(begin)
    try {
      const result = await work(this)
      await this.script('commit')
      return result
    } catch (error) {
      if (!this.#state.lost) await this.script('rollback').catch(() => {})
      throw error
    }
  }

  async cancel(): Promise<void> {
    this.#running?.cancel()
  }

  async listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>> {
    const {unlisten} = await this.#sql.listen(channel, heard)
    return unlisten
  }

  async close(): Promise<void> {
    this.#state.lost = true
    await this.#sql.end({timeout: 1}).catch(() => {})
  }

  async #run(text: string, query: Promise<unknown> & {cancel(): void}): Promise<unknown> {
    if (this.#state.lost) {
      query.catch(() => {})
      throw new PgextError('connection-lost', 'the connection to PostgreSQL is gone', {hint: 'look at the server log, then run the command again'})
    }
    this.#running = query
    try {
      return await query
    } catch (error) {
      throw sqlError(error, text)
    } finally {
      this.#running = undefined
    }
  }
}

function connectionError(error: unknown, url: string): PgextError {
  const {hostname, port, pathname} = safeUrl(url)
  const where = `${hostname || 'localhost'}${port && `:${port}`}${pathname}`
  const said = error instanceof Error ? error.message : String(error)
  return new PgextError('connection-failed', `can't connect to ${where}: ${said}`, {
    hint: 'is the server running, and are host, port, database and user right?',
    cause: error,
  })
}

function safeUrl(url: string): {hostname: string; port: string; pathname: string} {
  try {
    return new URL(url)
  } catch {
    return {hostname: 'the given URL', port: '', pathname: ''}
  }
}
