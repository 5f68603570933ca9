// A database in; the place where bodies are asked about out: a transaction of its own, or a piece of one that goes on, of which nothing stays.

import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import type {Asked, Described} from '../postgres/describe.ts'

const OUTER = 'pgext_bodies'
const INNER = 'pgext_body'

export interface Session {
  readonly db: Db
  /** What PostgreSQL says of statements under that search_path. Those asked at once, by whoever, travel together. */
  ask(path: string, asked: Asked): Promise<Described>
  /** the same rows for all that ask at once: `make` is given everybody's values */
  readonly gather: typeof gathering
}

export async function inSession<T>(db: Db, work: (session: Session) => Promise<T>): Promise<T> {
  try {
    await db.script(`savepoint ${OUTER}`)
  } catch (error) {
    // outside a transaction there is none to go back in
    if ((error as PgextError).sqlstate !== '25P01') throw error
    return inOwn(db, work)
  }
  try {
    return await inPiece(db, work)
  } finally {
    await db.script(`rollback to ${OUTER}; release ${OUTER}`)
  }
}

async function inOwn<T>(db: Db, work: (session: Session) => Promise<T>): Promise<T> {
  await db.script(`begin read only; savepoint ${OUTER}`)
  try {
    return await inPiece(db, work)
  } finally {
    await db.script('rollback')
  }
}

async function inPiece<T>(db: Db, work: (session: Session) => Promise<T>): Promise<T> {
  // names print with their schemas, and validators look at bodies
  await db.script(`set local search_path = ''; set local check_function_bodies = on; ${hushed(db)}; savepoint ${INNER}`)
  let current = ''
  // once one has failed, or all is over, the session is somebody else's: what still asks is told so, and sends nothing
  let over: unknown
  const ask = gathering(async (all: readonly {path: string; asked: Asked}[]) => {
    if (over) throw over
    try {
      const answers = new Map<unknown, Described>()
      for (const path of new Set(all.map((one) => one.path))) {
        const mine = all.filter((one) => one.path === path)
        if (path !== current) {
          await db.script(`rollback to ${INNER}`)
          await db.query(`select set_config('search_path', $1, true)`, [path])
          await db.script(`savepoint ${INNER}_there`)
          current = path
        }
        const described = await db.describe(
          mine.map(({asked}) => asked),
          `rollback to ${current === '' ? INNER : `${INNER}_there`}`,
        )
        const failed = described.find((one) => one instanceof PgextError && isElsewhere(one))
        if (failed) throw failed
        mine.forEach((one, at) => {
          answers.set(one, described[at]!)
        })
      }
      return all.map((one) => answers.get(one)!)
    } catch (error) {
      over ??= error
      throw error
    }
  })
  try {
    return await work({db, ask: (path, asked) => ask({path, asked}), gather: gathering})
  } finally {
    over ??= new Error('the look at bodies is over')
  }
}

/** What is refused is said to whoever asks: the server's log is for what others do. Superusers may say so, and from 15 on whom they let. */
function hushed({server}: Db): string {
  const may =
    server.major >= 15
      ? `pg_catalog.has_parameter_privilege('log_min_messages', 'set')`
      : `pg_catalog.current_setting('is_superuser') = 'on'`
  return `select pg_catalog.set_config('log_min_messages', 'log', true)
    where ${may} and pg_catalog.current_setting('log_min_messages') not in ('log', 'fatal', 'panic')`
}

/** A lock that did not come, a cancellation, a server without memory: no fault of what was asked about. */
const isElsewhere = ({sqlstate = '', code}: PgextError): boolean =>
  code !== 'sql' || sqlstate === '55P03' || sqlstate === '40P01' || /^(53|57|58)/.test(sqlstate)

/** One call for what is asked by many before anybody has an answer. */
export function gathering<K, V>(make: (keys: readonly K[]) => Promise<readonly V[]>): (key: K) => Promise<V> {
  let waiting: {key: K; resolve: (value: V) => void; reject: (error: unknown) => void}[] = []
  let last: Promise<unknown> = Promise.resolve()
  const send = () => {
    const all = waiting
    waiting = []
    last = last
      .then(() => make(all.map(({key}) => key)))
      .then(
        (values) => {
          for (const [at, {resolve}] of all.entries()) resolve(values[at]!)
        },
        (error) => {
          for (const {reject} of all) reject(error)
        },
      )
  }
  return (key) =>
    new Promise((resolve, reject) => {
      if (waiting.push({key, resolve, reject}) === 1) setImmediate(send)
    })
}
