// A folder, a dump or nothing in, one session over PGlite (PostgreSQL compiled to WebAssembly, in this process) out.
import {type Extensions, PGlite, protocol, messages as protocolMessages} from '@electric-sql/pglite'
import {PgextError} from '../errors.ts'
import {type Db, type Row, SERVER_QUERY, SESSION, type Server, type Texts} from './db.ts'
import {Answers, type Asked, type Described, questions} from './describe.ts'
import {copyError, goneError, roleError, sqlError, tooLargeError} from './error.ts'
import type {Landed, Lines} from './flight.ts'
import {quoteName} from './quote.ts'
import {PARSERS, parameterText} from './types.ts'

const {serialize} = protocol
type BackendMessage = protocolMessages.BackendMessage

export interface PgliteOptions {
  /** default: in memory */
  readonly folder?: string
  /** what dumpDataDir gave: the database starts as a copy of it */
  readonly dump?: Blob
  readonly extensions?: Extensions
}

/** Engines whose backend has ended: whatever else is asked of them, closing included, may never return. */
const dead = new WeakSet<PGlite>()

/** The engine: at most one session at a time makes sense on it, as it has a single backend. */
export async function startPglite(options: PgliteOptions = {}): Promise<PGlite> {
  const {folder, dump, extensions} = options
  try {
    return await PGlite.create({
      ...(folder && {dataDir: folder}),
      ...(dump && {loadDataDir: dump}),
      ...(extensions && {extensions}),
    })
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
    // the engine's own user, which DISCARD does not go back to: it authenticated nobody
    await this.script('set session authorization postgres')
    await this.script('discard all')
    await this.script(SESSION)
    if (role) {
      await this.script(`set session authorization ${quoteName(role)}`).catch((error) => {
        throw roleError(error.cause ?? error, role)
      })
    }
    const [row] = await this.query(SERVER_QUERY)
    this.server = {
      versionNumber: row!.version,
      major: Math.floor(row!.version / 10000),
      database: row!.database,
      user: row!.user,
      superuser: row!.superuser,
      engine: 'pglite',
      path: row!.path,
    }
  }

  async query<R extends Row = Row>(text: string, parameters: readonly unknown[] = []): Promise<R[]> {
    const [rows] = readRows(await this.#send(text, extended(text, parameters)))
    return (rows ?? []) as R[]
  }

  async read(text: string, parameters: readonly unknown[] = [], most?: number): Promise<Texts> {
    return readTexts(await this.#send(text, extended(text, parameters)), most)
  }

  async script(text: string, seen?: (rows: Row[]) => void): Promise<Row[][]> {
    const results = readRows(await this.#send(text, [serialize.query(text)]))
    if (seen) for (const rows of results) seen(rows)
    return results
  }

  async describe(asked: readonly Asked[], after?: string): Promise<Described[]> {
    if (this.#gone || dead.has(this.#engine)) throw goneError()
    if (asked.length === 0) return []
    const answers = new Answers(asked, after !== undefined)
    const sent = questions(asked, after)
    answers.take(await this.#engine.runExclusive(() => this.#engine.execProtocolRaw(sent)))
    if (!answers.isDone) {
      dead.add(this.#engine)
      throw goneError()
    }
    return answers.described
  }

  /** No other session's statement comes between: they may be one transaction, and there is one backend for all. */
  flight(scripts: readonly string[]): Promise<Landed[]> {
    return this.#engine.runExclusive(async () => {
      const landed: Landed[] = []
      for (const script of scripts) {
        if (this.#gone || dead.has(this.#engine)) throw goneError()
        landed.push(await this.#landed(await this.#say([serialize.query(script)]), script))
      }
      return landed
    })
  }

  async transaction<T>(work: (db: Db) => Promise<T>, begin = 'begin'): Promise<T> {
    await this.script(begin)
    try {
      const result = await work(this)
      // a failed transaction refuses this, where it would answer commit with a rollback and no error
      await this.script('select; commit')
      return result
    } catch (error) {
      if (!dead.has(this.#engine)) await this.script('rollback').catch(() => {})
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
      if (!listeners.delete(heard) || listeners.size > 0 || this.#gone || dead.has(this.#engine)) return
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

  async #send(text: string, messages: readonly Uint8Array[]): Promise<BackendMessage[]> {
    if (this.#gone || dead.has(this.#engine)) throw goneError()
    const answer = await this.#exchange(messages)
    const error = answer.find((message) => message instanceof protocolMessages.DatabaseError)
    // after its backend has ended PGlite answers everything with nothing, and no error; a live one says how each statement ended
    if (error ? !(await this.#isAlive()) : !answer.some(({name}) => name === 'commandComplete' || name === 'emptyQuery')) {
      dead.add(this.#engine)
      throw goneError(error)
    }
    if (error) throw sqlError(error, text)
    if (answer.some(({name}) => name === 'copyOutResponse')) throw copyError()
    return answer
  }

  async #landed(answer: readonly BackendMessage[], script: string): Promise<Landed> {
    const error = answer.find((message) => message instanceof protocolMessages.DatabaseError)
    if (error && !(await this.#isAlive((messages) => this.#say(messages)))) {
      dead.add(this.#engine)
      throw goneError(error)
    }
    return error ? sqlError(error, script) : linesOf(answer)
  }

  #exchange(messages: readonly Uint8Array[]): Promise<BackendMessage[]> {
    return this.#engine.runExclusive(() => this.#say(messages))
  }

  async #say(messages: readonly Uint8Array[]): Promise<BackendMessage[]> {
    // the end of a COPY that may be among the statements: the engine would wait for it for ever. Without a COPY PostgreSQL ignores it
    const sent = Buffer.concat([
      ...messages,
      serialize.copyFail('COPY from stdin can not run here: write INSERT statements instead'),
      serialize.sync(),
    ])
    const {messages: answer} = await this.#engine.execProtocol(sent, {throwOnError: false})
    return answer
  }

  async #isAlive(ask = (messages: readonly Uint8Array[]) => this.#exchange(messages)): Promise<boolean> {
    // in a failed transaction even this is refused, but answered
    const answer = await ask([serialize.query('select 1')]).catch(() => [])
    return answer.some((message) => message.name === 'dataRow' || message instanceof protocolMessages.DatabaseError)
  }
}

/** One statement with parameters. */
export function extended(text: string, parameters: readonly unknown[]): Uint8Array[] {
  const values = parameters.map(parameterText)
  return [serialize.parse({text}), serialize.bind({values}), serialize.describe({type: 'P'}), serialize.execute({})]
}

/** @param most bytes: the engine hands over all of them at once */
export function readTexts(answer: readonly BackendMessage[], most = Number.POSITIVE_INFINITY): Texts {
  if (answer.reduce((sum, {length}) => sum + length, 0) > most) throw tooLargeError(most)
  const head = answer.find((message) => message instanceof protocolMessages.RowDescriptionMessage)
  const rows = answer.filter((message) => message instanceof protocolMessages.DataRowMessage)
  const columns = (head?.fields ?? []).map(({name, dataTypeID, tableID, columnID}) => ({
    name,
    type: dataTypeID,
    table: tableID,
    attribute: columnID,
  }))
  return {columns, rows: rows.map(({fields}) => fields)}
}

/** A list of rows for each statement that was carried out. */
export function readRows(answer: readonly BackendMessage[]): Row[][] {
  const results: Row[][] = []
  let rows: Row[] = []
  let fields: readonly {name: string; dataTypeID: number}[] = []
  for (const message of answer) {
    if (message instanceof protocolMessages.RowDescriptionMessage) fields = message.fields
    if (message instanceof protocolMessages.DataRowMessage)
      rows.push(Object.fromEntries(message.fields.map((text, at) => column(fields[at]!, text))))
    if (message.name !== 'commandComplete') continue
    results.push(rows)
    rows = []
  }
  return results
}

/** Of the last statement that was carried out. */
function linesOf(answer: readonly BackendMessage[]): Lines {
  const ends = answer.flatMap(({name}, at) => (name === 'commandComplete' ? [at] : []))
  const last = answer.slice((ends.at(-2) ?? -1) + 1, ends.at(-1) ?? 0)
  return last.flatMap((message) => (message instanceof protocolMessages.DataRowMessage ? [message.fields] : []))
}

function column(field: {name: string; dataTypeID: number}, text: string | null): [string, unknown] {
  return [field.name, text === null ? null : (PARSERS[field.dataTypeID]?.(text) ?? text)]
}

export async function stopPglite(engine: PGlite): Promise<void> {
  if (!engine.closed && !dead.has(engine)) await engine.close().catch(() => {})
}
