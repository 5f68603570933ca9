// A token that is no longer (or not yet) known to this server in; what was committed between it and what this server has told, out of the queue.
import type {Batch} from '../events/model.ts'
import {openQueue} from '../events/queue/queue.ts'
import {readToken} from '../events/queue/token.ts'
import type {Db} from '../postgres/db.ts'
import {isBussed, isReached} from './bus/token.ts'
import {Pool} from './live/pool.ts'
import {Snapshot} from './live/snapshot.ts'

/** Entries that are read again for one subscription; who missed more reads anew. */
const MOST = 100_000

/** Tokens of the queue are the database's own: whichever server gave one. */
export const isQueued = (token: string): boolean => token.startsWith('q')

/** Those of a bus are all its servers'. */
export const isShared = (token: string): boolean => isQueued(token) || isBussed(token)

/** Whether a server that has told all up to `told` is as far as whoever has this token: it is the end of a look, and behind it; or of another kind. */
export function isBehind(token: string, told: string): boolean {
  if (token[0] !== told[0]) return true
  if (isBussed(token)) return isReached(token, told)
  const [theirs, ours] = [readToken(token), readToken(told)]
  if (ours.within) return false
  // of another incarnation: there is nothing to wait for
  return (
    theirs.incarnation !== ours.incarnation || new Snapshot(ours.seen).covers(new Snapshot(theirs.within?.until ?? theirs.seen))
  )
}

/** Reads again at a time: when a server was started anew, all of its clients come back at once. */
const MOST_AT_ONCE = 2

export class Missed {
  readonly #pool: Pool
  /** those that ask for the same are told by one reading */
  readonly #reading = new Map<string, Promise<readonly Batch[] | undefined>>()

  constructor(open: () => Promise<Db>) {
    this.#pool = new Pool(open, MOST_AT_ONCE)
  }

  /**
   * What `told` saw and `token` did not.
   *
   * @returns undefined where it is too much
   * @throws PgextError `events-gone` where something of it is no longer kept
   */
  read(token: string, told: string): Promise<readonly Batch[] | undefined> {
    const name = `${token} ${told}`
    const known = this.#reading.get(name)
    if (known) return known
    const reading = this.#pool
      .use((db) => readMissed(async () => lent(db), token, told))
      .finally(() => this.#reading.delete(name))
    this.#reading.set(name, reading)
    return reading
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}

async function readMissed(open: () => Promise<Db>, token: string, told: string): Promise<readonly Batch[] | undefined> {
  const seen = new Snapshot(readToken(told).seen)
  const source = await openQueue(open, {since: token, once: true})
  const batches: Batch[] = []
  let entries = 0
  try {
    for await (const batch of source.read()) {
      if (!seen.sees(batch.xid)) continue
      batches.push(batch)
      entries += batch.entries.length
      if (entries > MOST) return undefined
    }
    return batches
  } finally {
    await source.close()
  }
}

/** A session that whoever closes it does not end. */
const lent = (db: Db): Db =>
  new Proxy(db, {
    get: (target, name) => {
      if (name === 'close') return async () => {}
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
