// A session and how to open another in; the same out, of which nothing is waited for in vain: a server that has said nothing for a while is
// asked, over the other one, whether it is at work. Networks are cut, and processes stopped, without a word.

import type {Db, Row, Server, Texts} from '../postgres/db.ts'
import type {Asked, Described} from '../postgres/describe.ts'
import {goneError} from '../postgres/error.ts'
import type {Landed} from '../postgres/flight.ts'

export type Opening = (signal?: AbortSignal) => Promise<Db>

/** milliseconds, where nobody says more: what is at work for longer is asked about */
export const SILENCE = 30_000
/** milliseconds for the other session to be made, at least */
const PATIENCE = 2000
/** milliseconds in which what was said at the last moment has to arrive */
const GRACE = 1000
const LATE = Symbol('late')

/** Greeting alone is no session yet. Not by AbortSignal.any and AbortSignal.timeout: a signal that nobody holds is collected, and never aborts. */
export async function openIn(silence: number, open: Opening, signal?: AbortSignal): Promise<Db> {
  const ending = new AbortController()
  const end = () => ending.abort()
  const timer = setTimeout(end, Math.max(silence, PATIENCE))
  signal?.addEventListener('abort', end, {once: true})
  if (signal?.aborted) end()
  try {
    return await open(ending.signal)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}

export async function watch(db: Db, open: Opening, silence = SILENCE): Promise<Db> {
  if (db.server.engine === 'pglite') return db
  const pid = db.query('select pg_catalog.pg_backend_pid() as pid').then(([row]) => row!.pid as number)
  return new Watched(db, await answered(pid, async () => false, silence), open, silence)
}

class Watched implements Db {
  readonly #db: Db
  readonly #isAtWork: () => Promise<boolean>
  readonly #silence: number

  constructor(db: Db, pid: number, open: Opening, silence: number) {
    this.#db = db
    this.#isAtWork = () => isAtWork(pid, open, silence)
    this.#silence = silence
  }

  get server(): Server {
    return this.#db.server
  }

  query<R extends Row = Row>(sql: string, parameters?: readonly unknown[], isKept?: boolean): Promise<R[]> {
    return this.#answered(this.#db.query<R>(sql, parameters, isKept))
  }

  read(sql: string, parameters?: readonly unknown[], most?: number): Promise<Texts> {
    return this.#answered(this.#db.read(sql, parameters, most))
  }

  script(sql: string, seen?: (rows: Row[]) => void): Promise<Row[][]> {
    return this.#answered(this.#db.script(sql, seen))
  }

  describe(asked: readonly Asked[], after?: string): Promise<Described[]> {
    return this.#answered(this.#db.describe(asked, after))
  }

  flight(scripts: readonly string[]): Promise<Landed[]> {
    return this.#answered(this.#db.flight(scripts))
  }

  transaction<T>(work: (db: Db) => Promise<T>, begin?: string): Promise<T> {
    return this.#db.transaction(() => work(this), begin)
  }

  cancel(): Promise<void> {
    return this.#db.cancel()
  }

  listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>> {
    return this.#answered(this.#db.listen(channel, heard))
  }

  close(): Promise<void> {
    return this.#db.close()
  }

  #answered<T>(answer: Promise<T>): Promise<T> {
    return answered(answer, this.#isAtWork, this.#silence)
  }
}

/** @throws PgextError `connection-lost` where nothing is said, and nobody is at work on it */
export async function answered<T>(answer: Promise<T>, isAtWork: () => Promise<boolean>, silence: number): Promise<T> {
  for (;;) {
    const said = await within(answer, silence)
    if (said !== LATE) return said
    if (await isAtWork()) continue
    const last = await within(answer, Math.min(silence, GRACE))
    if (last !== LATE) return last
    throw goneError()
  }
}

/** A server that lets nobody in, or does not answer them either, is not. */
export async function isAtWork(pid: number, open: Opening, silence: number): Promise<boolean> {
  try {
    const db = await openIn(silence, open)
    const busy = db.query(
      `select from pg_catalog.pg_stat_activity
       where pid = $1 and coalesce(state, '') <> 'idle' and coalesce(wait_event_type, '') not in ('Client', 'Activity')`,
      [pid],
    )
    const rows = await within(busy, Math.max(silence, PATIENCE)).finally(() => db.close())
    return rows !== LATE && rows.length > 0
  } catch {
    return false
  }
}

function within<T>(answer: Promise<T>, milliseconds: number): Promise<T | typeof LATE> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds, LATE)
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
