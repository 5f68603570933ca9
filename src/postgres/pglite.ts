// A folder, a dump or nothing in, one session over PGlite (PostgreSQL compiled to WebAssembly, in this process) out.
import {type Extensions, PGlite} from '@electric-sql/pglite'
import {PgextError} from '../errors.ts'
import {type Db, type Row, SERVER_QUERY, SESSION, type Server} from './db.ts'
import {goneError, sqlError} from './error.ts'
import {quoteName} from './quote.ts'
import {PARSERS, parameterText} from './types.ts'

export interface PgliteOptions {
  /** default: in memory */
  readonly folder?: string
  /** what dumpDataDir gave: the database starts as a copy of it */
  readonly dump?: Blob
  readonly extensions?: Extensions
}

/** The engine: at most one session at a time makes sense on it, as it has a single backend. */
export async function startPglite(options: PgliteOptions = {}): Promise<PGlite> {
  const {folder, dump, extensions} = options
  try {
    const engine = await PGlite.create({...(folder && {dataDir: folder}), ...(dump && {loadDataDir: dump}), ...(extensions && {extensions})})
    // its own parsers know arrays and bigint: results must not depend on the engine
    engine.parsers = PARSERS as typeof engine.parsers
    engine.serializers = {}
    return engine
  } catch (error) {
    throw new PgextError('engine-missing', `PGlite did not start: ${error instanceof Error ? error.message : String(error)}`, {
      hint: folder ? `is ${folder} a PGlite folder of this version, and does no other process use it?` : undefined,
      cause: error,
    })
  }
}

/** A session. Closing it stops an engine that it was opened with; one that is lent (`engine`) stays. */
export async function openPglite(options: PgliteOptions & {readonly engine?: PGlite; readonly role?: string} = {}): Promise<Db> {
  const engine = options.engine ?? (await startPglite(options))
  const session = new PgliteDb(engine, options.engine === undefined)
  await session.begin(options.role)
  return session
}

class PgliteDb implements Db {
  server!: Server
  readonly #engine: PGlite
  readonly #owned: boolean
  readonly #heard = new Map<string, Set<(payload: string) => void>>()
  readonly #deafen: () => void
  #gone = false
  #closing?: Promise<void>

  constructor(engine: PGlite, owned: boolean) {
    this.#engine = engine
    this.#owned = owned
    this.#deafen = engine.onNotification((channel, payload) => {
      for (const heard of this.#heard.get(channel) ?? []) heard(payload)
    })
  }

  /** The backend is shared by all sessions after each other: leave nothing of the one before. */
  async begin(role?: string): Promise<void> {
    await this.script('rollback')
    await this.script('discard all')
    await this.script(SESSION)
    if (role) await this.script(`set session authorization ${quoteName(role)}`)
    const [row] = await this.query(SERVER_QUERY)
    this.server = {
      versionNumber: row!.version,
      major: Math.floor(row!.version / 10000),
      database: row!.database,
      user: row!.user,
      superuser: row!.superuser,
      engine: 'pglite',
    }
  }

  async query<R extends Row = Row>(text: string, parameters: readonly unknown[] = []): Promise<R[]> {
    const result = await this.#run(text, () => this.#engine.query<R>(text, parameters.map(parameterText)))
    return result.rows
  }

  async script(text: string): Promise<Row[][]> {
    const results = await this.#run(text, () => this.#engine.exec(text))
    // the engine answers an empty text with one result that names no command
    return results.filter((result) => result.command !== undefined).map((result) => result.rows)
  }

  async transaction<T>(work: (db: Db) => Promise<T>, begin = 'begin'): Promise<T> {
    await this.script(begin)
    try {
      const result = await work(this)
      await this.script('commit')
      return result
    } catch (error) {
      if (!this.#gone) await this.script('rollback').catch(() => {})
      throw error
    }
  }

  /** Does nothing: a statement runs in this process, which can't do anything else until it has ended. */
  async cancel(): Promise<void> {}

  async listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>> {
    const listeners = this.#heard.get(channel) ?? new Set()
    if (listeners.size === 0) await this.script(`listen ${quoteName(channel)}`)
    this.#heard.set(channel, listeners.add(heard))
    return async () => {
      if (!listeners.delete(heard) || listeners.size > 0 || this.#gone) return
      this.#heard.delete(channel)
      await this.script(`unlisten ${quoteName(channel)}`)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#gone = true
    this.#deafen()
    if (this.#owned) await stopPglite(this.#engine)
  }

  async #run<T>(text: string, work: () => Promise<T>): Promise<T> {
    if (this.#gone) throw goneError()
    let result: T
    try {
      result = await work()
    } catch (error) {
      if (!(await this.#isAlive())) throw this.#lose(error)
      throw sqlError(error, text)
    }
    // after its backend has ended PGlite answers everything with nothing, and no error
    if (isNothing(result) && !(await this.#isAlive())) throw this.#lose()
    return result
  }

  async #isAlive(): Promise<boolean> {
    try {
      const {rows} = await this.#engine.query<{alive: number}>('select 1 as alive')
      return rows[0]?.alive === 1
    } catch (error) {
      // in a failed transaction every statement is refused, by a backend that lives
      return (error as {code?: string}).code === '25P02'
    }
  }

  #lose(cause?: unknown): PgextError {
    this.#gone = true
    return goneError(cause)
  }
}

export async function stopPglite(engine: PGlite): Promise<void> {
  if (!engine.closed) await engine.close().catch(() => {})
}

function isNothing(result: unknown): boolean {
  const last = Array.isArray(result) ? result.at(-1) : result
  return (last as {command?: string} | undefined)?.command === undefined
}
