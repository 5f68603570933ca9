// A server's URL in, the bytes of PostgreSQL's own log there out: by portions, through files that are put aside, over sessions that are lost.
import {posix} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {isGone} from '../postgres/error.ts'
import {connect} from '../postgres/native.ts'
import {findServerLog, type ServerLog} from './allowed.ts'
import type {Piece, Reader} from './model.ts'
import {startOf} from './start.ts'

/** bytes asked for at once */
const PORTION = 2 ** 20
/** milliseconds between two looks, and until what is being written is there */
const POLL = 500
const QUIET = 100
/** milliseconds: files say no more than seconds of when they were changed */
const SECOND = 1000
/** first bytes of a file, by which it is known */
const HEAD = 128

/** By which its own statements are known in the log. */
export const APPLICATION = 'pgext logs'

export interface ServerOptions {
  readonly follow: boolean
  readonly since?: number
  readonly signal?: AbortSignal
  readonly tell: (what: string) => void
  /** a reader of the format that may begin in the middle of an entry */
  readonly open: (log: ServerLog) => Reader
}

interface Portion {
  readonly bytes: Buffer
  readonly head: Buffer
  /** the file that is written to now; null for a moment, when formats are changed */
  readonly now: string | null
}

export async function openServerLog(
  url: string,
  options: ServerOptions,
): Promise<{log: ServerLog; pieces: AsyncIterable<Piece>}> {
  const open = () => connect(url, {application: APPLICATION, ...(options.signal && {signal: options.signal})})
  const db = await open()
  try {
    const log = await findServerLog(db)
    return {log, pieces: new Pursuit(db, open, log, options).pieces()}
  } catch (error) {
    await db.close()
    throw error
  }
}

class Pursuit {
  #db: Db
  readonly #open: () => Promise<Db>
  readonly #log: ServerLog
  readonly #options: ServerOptions
  #path: string
  #at = 0
  #head: Buffer = Buffer.alloc(0)

  constructor(db: Db, open: () => Promise<Db>, log: ServerLog, options: ServerOptions) {
    this.#db = db
    this.#open = open
    this.#log = log
    this.#options = options
    this.#path = log.path
  }

  async *pieces(): AsyncGenerator<Piece> {
    const {signal, follow} = this.#options
    try {
      yield* this.#before()
      let wasShort = false
      while (!signal?.aborted) {
        const {bytes, head, now} = await this.#ask()
        const known = Math.min(head.length, this.#head.length)
        if (this.#at > 0 && (head.length === 0 || !head.subarray(0, known).equals(this.#head.subarray(0, known)))) {
          // the same name, and another file
          this.#at = 0
          this.#head = Buffer.alloc(0)
          yield 'over'
          continue
        }
        this.#head = head
        this.#at += bytes.length
        if (bytes.length > 0) yield bytes
        if (bytes.length === PORTION) continue
        if (now !== null && now !== this.#path && wasShort) {
          yield 'over'
          yield* this.#between(now)
          this.#begin(now)
          wasShort = false
          continue
        }
        if (!follow) return
        if (!wasShort) {
          wasShort = true
          await sleep(QUIET, undefined, {signal}).catch(() => {})
          continue
        }
        yield 'idle'
        wasShort = false
        await sleep(POLL, undefined, {signal}).catch(() => {})
      }
    } catch (error) {
      // it was told to end
      if (!signal?.aborted) throw error
    } finally {
      await this.#db.close().catch(() => {})
    }
  }

  #begin(path: string, at = 0): void {
    this.#path = path
    this.#at = at
    this.#head = Buffer.alloc(0)
  }

  /** Where to begin in the current file, and first those before it that are young enough. */
  async *#before(): AsyncGenerator<Piece> {
    const {since, open, tell} = this.#options
    const files = await this.#files()
    const current = files.find(({path}) => path === this.#log.path)
    const wanted =
      since === undefined ? [] : files.filter(({path, changed}) => path !== this.#log.path && changed + SECOND > since)
    if (since !== undefined && !this.#log.lists)
      tell('files before the current one can not be listed, and are left out: GRANT pg_monitor would allow it')
    for (const {path, size} of [...wanted, current ?? {path: this.#log.path, size: await this.#sizeOf(this.#log.path)}]) {
      const read = (from: number, length: number) => this.#read(path, from, length)
      this.#begin(path, await startOf({size, read}, since, () => open(this.#log)))
      if (path === this.#log.path) return
      yield* this.#whole()
    }
  }

  /** What came and went between the file at hand and the one that is written to now. */
  async *#between(now: string): AsyncGenerator<Piece> {
    const files = await this.#files()
    const at = files.findIndex(({path}) => path === this.#path)
    const end = files.findIndex(({path}) => path === now)
    if (at === -1) return
    for (const {path} of files.slice(at + 1, end === -1 ? at + 1 : end)) {
      this.#begin(path)
      yield* this.#whole()
    }
  }

  async *#whole(): AsyncGenerator<Piece> {
    for (;;) {
      const bytes = await this.#read(this.#path, this.#at, PORTION)
      this.#at += bytes.length
      if (bytes.length > 0) yield bytes
      if (bytes.length < PORTION) break
    }
    yield 'over'
  }

  /** Of the same format, the oldest first. */
  async #files(): Promise<{path: string; size: number; changed: number}[]> {
    if (!this.#log.lists) return []
    const folder = posix.dirname(this.#log.path)
    const ending = posix.extname(this.#log.path)
    const rows = await this.#again((db) =>
      db.query(
        `select name, size::text as size, extract(epoch from modification)::float8 as changed from pg_catalog.pg_ls_logdir()
         where right(name, $2) = $1 order by modification, name`,
        [ending, ending.length],
      ),
    )
    return rows.map(({name, size, changed}) => ({path: posix.join(folder, name), size: Number(size), changed: changed * 1000}))
  }

  /** Where nothing may be listed: doubled until nothing is there, then halved. */
  async #sizeOf(path: string): Promise<number> {
    const isThere = async (at: number) => (await this.#read(path, at, 1)).length > 0
    if (!(await isThere(0))) return 0
    let before = 0
    let behind = 1
    while (await isThere(behind)) {
      before = behind
      behind *= 4
    }
    while (behind - before > 4096) {
      const middle = Math.floor((before + behind) / 2)
      if (await isThere(middle)) before = middle
      else behind = middle
    }
    return behind
  }

  async #read(path: string, from: number, length: number): Promise<Buffer> {
    const [row] = await this.#again((db) =>
      db.query('select pg_catalog.pg_read_binary_file($1, $2, $3, true) as bytes', [path, from, length]),
    )
    return row?.bytes ?? Buffer.alloc(0)
  }

  async #ask(): Promise<Portion> {
    const [row] = await this.#again((db) =>
      db.query(
        `select pg_catalog.pg_read_binary_file($1, $2, $3, true) as bytes, pg_catalog.pg_read_binary_file($1, 0, $4, true) as head,
           pg_catalog.pg_current_logfile($5) as now`,
        [this.#path, this.#at, PORTION, HEAD, this.#log.format],
      ),
    )
    const {bytes, head, now} = row!
    return {bytes: bytes ?? Buffer.alloc(0), head: head ?? Buffer.alloc(0), now}
  }

  /** A server that is started again goes on with its log. */
  async #again<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const {follow, signal, tell} = this.#options
    for (let hasTold = false; ; ) {
      try {
        return await work(this.#db)
      } catch (error) {
        if (!follow || signal?.aborted || !isGone(error)) throw refined(error)
        if (!hasTold) tell('the connection to PostgreSQL is gone: it is asked again until it is back')
        hasTold = true
      }
      await this.#db.close().catch(() => {})
      while (!signal?.aborted) {
        await sleep(POLL * 2, undefined, {signal}).catch(() => {})
        const db = await this.#open().catch(() => undefined)
        if (!db) continue
        this.#db = db
        const [row] = await db.query('select pg_catalog.pg_backend_pid() as process').catch(() => [])
        if (row) this.#log.own.add(row.process)
        break
      }
    }
  }
}

function refined(error: unknown): unknown {
  if (!(error instanceof PgextError) || error.sqlstate !== '42501') return error
  return new PgextError('not-allowed', `the server's log can't be read: ${error.message}`, {
    hint: 'files outside of log_directory and the data folder take GRANT pg_read_server_files',
    cause: error,
    sqlstate: error.sqlstate,
  })
}
