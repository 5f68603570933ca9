// A URL in, one session over postgres.js out. Never reconnects: a lost backend ends the Db.
import type {Socket} from 'node:net'
import type postgres from 'postgres'
import {PgextError} from '../errors.ts'
import {type Db, type Row, SERVER_QUERY, SESSION, type Server, type Texts} from './db.ts'
import {type Asked, askOver, type Described} from './describe.ts'
import {type ConnectOptions, type Heard, open, type Signals} from './driver.ts'
import {connectionError, copyError, goneError, isGone, roleError, sqlError, tooLargeError} from './error.ts'
import {copyOver, flyOver, type Landed} from './flight.ts'
import {refuseShared, whoever} from './pooler.ts'
import {quoteName} from './quote.ts'
import {parameterText} from './types.ts'

/** The parts of a driver's query that its types leave out. */
type Running = postgres.PendingQuery<any> & {
  options: {simple: boolean}
  canceller?: ((query: unknown) => Promise<void>) | null
  reject(error: unknown): void
}

/** milliseconds that a server has to hang up in */
const FAREWELL = 1000

type RawResult = readonly (Buffer | null)[][] & {columns: readonly {name: string; type: number; table: number; number: number}[]}

export async function connect(url: string, options: ConnectOptions = {}): Promise<Db> {
  const {sql, signals} = open(url, options)
  const stop = () => signals.socket?.destroy()
  options.signal?.addEventListener('abort', stop, {once: true})
  try {
    // the pool's only connection, reserved once it stands: reserving hangs on a pool that has none open yet
    let [row] = await whoever(sql)
    if (row!.pid !== row!.key) await refuseShared(sql, url, options)
    await sql.unsafe(`${SESSION}${row!.version >= 170000 ? 'set transaction_timeout = 0' : ''}`).simple()
    if (signals.lost) throw goneError()
    const session = await sql.reserve()
    if (options.role) {
      await takeRole(session, options.role)
      ;[row] = await session.unsafe(SERVER_QUERY)
    }
    const server: Server = {
      versionNumber: row!.version,
      major: Math.floor(row!.version / 10000),
      database: row!.database,
      user: row!.user,
      superuser: row!.superuser,
      engine: 'postgres',
      path: row!.path,
      ...(signals.socket && 'encrypted' in signals.socket && {encrypted: true}),
    }
    return new NativeDb(sql, session, server, signals)
  } catch (error) {
    hangUp(signals)
    await sql.end({timeout: 0}).catch(() => {})
    throw connectionError(error, url, signals.socket !== undefined)
  } finally {
    options.signal?.removeEventListener('abort', stop)
  }
}

/** A server that does not would hold this process. */
function hangUp({socket}: Signals): void {
  setTimeout(() => socket?.destroy(), FAREWELL).unref()
}

async function takeRole(session: postgres.ReservedSql, role: string): Promise<void> {
  const name = quoteName(role)
  try {
    await session.unsafe(`set session authorization ${name}`).simple()
  } catch (error) {
    if ((error as {code?: string}).code !== '42501') throw roleError(error, role)
    await session
      .unsafe(`set role ${name}`)
      .simple()
      .catch((error) => {
        throw roleError(error, role)
      })
  }
}

class NativeDb implements Db {
  readonly server: Server
  readonly #sql: postgres.Sql
  readonly #session: postgres.ReservedSql
  readonly #signals: Signals
  readonly #running = new Set<Running>()
  #closing?: Promise<void>
  /** until the socket is the driver's again */
  #borrowed?: Promise<unknown>

  constructor(sql: postgres.Sql, session: postgres.ReservedSql, server: Server, signals: Signals) {
    this.#sql = sql
    this.#session = session
    this.server = server
    this.#signals = signals
    signals.onLost = () => this.#abandon()
  }

  async query<R extends Row = Row>(text: string, parameters: readonly unknown[] = [], isKept = false): Promise<R[]> {
    // the extended protocol even without parameters: one statement, never two
    const options = {simple: false, prepare: isKept} as object
    const rows = await this.#run(text, () => this.#session.unsafe(text, parameters.map(parameterText), options))
    // behind an error that came after rows, the driver goes on to count where it stood: places left empty are no rows
    return (rows as R[]).filter(() => true)
  }

  async read(text: string, parameters: readonly unknown[] = [], most = Number.POSITIVE_INFINITY): Promise<Texts> {
    const values = parameters.map(parameterText)
    const isOver = this.#breakOff(most)
    const running = this.#run(text, () => this.#session.unsafe(text, values, {simple: false} as object).raw())
    const answer = await running.catch((error: unknown) => error)
    // also of one that came whole with the last chunk
    if (isOver()) throw tooLargeError(most)
    if (answer instanceof Error) throw answer
    const result = answer as RawResult
    return {
      columns: result.columns.map(({name, type, table, number}) => ({name, type, table, attribute: number})),
      rows: result.filter(() => true).map((row) => row.map((value) => value?.toString('utf8') ?? null)),
    }
  }

  /** The session goes along: a cancellation would come too late for a single large row, and may hit the next statement. */
  #breakOff(most: number): () => boolean {
    const {socket} = this.#signals
    let bytes = 0
    const count = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > most) socket!.destroy()
    }
    if (most < Number.POSITIVE_INFINITY) socket?.on('data', count)
    return () => {
      socket?.off('data', count)
      return bytes > most
    }
  }

  async script(text: string, seen?: (rows: Row[]) => void): Promise<Row[][]> {
    const results: Row[][] = []
    let rows: Row[] = []
    await this.#run(text, () => {
      const query = this.#session.unsafe(text).simple() as Running
      // the driver gives a statement without rows no result of its own; it does read `simple` at the end of each (and once to send)
      let sent = false
      Object.defineProperty(query.options, 'simple', {
        get() {
          if (sent) {
            results.push(rows)
            seen?.(rows)
            rows = []
          }
          sent = true
          return true
        },
      })
      return query.forEach((row: Row) => {
        rows.push(row)
      }) as unknown as Running
    })
    return results
  }

  async describe(asked: readonly Asked[], after?: string): Promise<Described[]> {
    return asked.length === 0 ? [] : this.#borrow((socket) => askOver(socket, asked, after))
  }

  async flight(scripts: readonly string[]): Promise<Landed[]> {
    return scripts.length === 0 ? [] : this.#borrow((socket) => flyOver(socket, scripts))
  }

  copyIn(sql: string, rows: string): Promise<void> {
    return this.#borrow((socket) => copyOver(socket, sql, rows))
  }

  async transaction<T>(work: (db: Db) => Promise<T>, begin = 'begin'): Promise<T> {
    await this.script(begin)
    try {
      const result = await work(this)
      // a failed transaction refuses this, where it would answer commit with a rollback and no error
      await this.script('select; commit')
      return result
    } catch (error) {
      if (!this.#signals.lost) await this.script('rollback').catch(() => {})
      throw error
    }
  }

  async cancel(): Promise<void> {
    // the oldest is the one that runs, the others wait for it
    const [query] = this.#running
    const cancel = query?.canceller
    if (!cancel) return
    query.canceller = null
    this.#signals.mayOpen = true
    await cancel(query).catch(() => {})
  }

  async listen(channel: string, heard: Heard): Promise<() => Promise<void>> {
    const {heard: channels} = this.#signals
    const listeners = channels.get(channel) ?? new Set<Heard>()
    if (listeners.size === 0) await this.script(`listen ${quoteName(channel)}`)
    channels.set(channel, listeners.add(heard))
    return async () => {
      if (!listeners.delete(heard) || listeners.size > 0 || this.#signals.lost) return
      channels.delete(channel)
      await this.script(`unlisten ${quoteName(channel)}`)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const idle = !this.#signals.lost && this.#running.size === 0
    this.#signals.lost = true
    // the driver waits for a reserved connection until its time is up; a released one says goodbye and is gone
    if (idle) this.#session.release()
    hangUp(this.#signals)
    await this.#sql.end({timeout: idle ? 1 : 0}).catch(() => {})
    this.#abandon()
  }

  /** The driver forgets what waits behind a statement with parameters: whoever asked would wait for ever. */
  #abandon(): void {
    for (const query of this.#running) query.reject(goneError())
  }

  async #borrow<T>(work: (socket: Socket) => Promise<T>): Promise<T> {
    while (this.#running.size > 0 || this.#borrowed) await Promise.allSettled([...this.#running, this.#borrowed])
    if (this.#signals.lost) throw goneError()
    const answers = work(this.#signals.socket!).finally(() => {
      this.#borrowed = undefined
    })
    this.#borrowed = answers.catch(() => {})
    return answers
  }

  async #run(text: string, start: () => unknown): Promise<unknown> {
    while (this.#borrowed) await this.#borrowed
    if (this.#signals.lost) throw goneError()
    // sent now: awaiting alone would let a later call overtake this one
    const query = (start() as Running).execute() as Running
    this.#running.add(query)
    try {
      const result = await query
      await refuseCopy(result)
      return result
    } catch (error) {
      if (isGone(error)) this.#signals.lost = true
      // whatever code the socket had for it
      throw this.#signals.lost && !isSaid(error) ? goneError(error) : sqlError(error, text)
    } finally {
      this.#running.delete(query)
    }
  }
}

/** By the server, which may hang up right after it. */
const isSaid = (error: unknown): boolean => (error as {severity?: string}).severity !== undefined || error instanceof PgextError

/** COPY through the session answers with a stream; left alone it would block every later statement. */
async function refuseCopy(result: unknown): Promise<void> {
  const stream = result as {destroy?(): void; resume?(): void}
  if (typeof stream?.destroy !== 'function') return
  if (typeof stream.resume === 'function') stream.resume()
  else stream.destroy()
  throw copyError()
}
