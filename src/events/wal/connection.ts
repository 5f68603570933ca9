// What one reader has of a server: a session that holds its lock and asks the catalogs, and the stream. Both are made anew together.
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../../errors.ts'
import type {Db} from '../../postgres/db.ts'
import {connect} from '../../postgres/native.ts'
import {cover} from '../install.ts'
import type {Shape} from '../model.ts'
import {asInstalled} from '../rights.ts'
import type {Opening} from '../watched.ts'
import {type Beginning, beginningAt} from './beginning.ts'
import {beginAnew, markOf, type Place, prefixOf, savePosition, systemOf, takePlace} from './consumer.ts'
import type {Message, Relation} from './decode.ts'
import {becomeReader} from './election.ts'
import {forgetNodes} from './nodes.ts'
import type {Keeping} from './options.ts'
import {isPassing} from './passing.ts'
import {goneError, type Position, readLsn} from './position.ts'
import {Session} from './session.ts'
import {presentShape, shapeOf} from './shape.ts'
import {endReader, lookAtSlot, slotError, slotName, tailName} from './slot.ts'
import {Stream} from './stream.ts'

export interface ConnectionOptions {
  readonly url: string
  readonly name: string | undefined
  readonly publication: string
  /** milliseconds */
  readonly heartbeat: number
  /** milliseconds */
  readonly patience: number
  /** milliseconds */
  readonly silence: number
  /** of a reader that keeps what it has read for who comes after it: what is asked `since` is not acknowledged by that */
  readonly keeping?: Keeping
  readonly signal: AbortSignal
}

/** Bytes of log that are worth a heartbeat: less is written by heartbeats, and by what the server writes after them. */
const GROWN = 4096
/** milliseconds between two looks whether others of its kind are away */
const MIND_EVERY = 60_000
/** milliseconds after which whoever reads the slot without its lock is sent away */
const FREE = 3000

/**
 * The lock of a reader whose host is gone is not to be held for hours: that is how long a server waits by itself. And what is acknowledged
 * has to survive a crash, whatever the database's own commits may do.
 */
const SETTINGS = `set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3;
  select pg_catalog.set_config('synchronous_commit', 'local', false) where pg_catalog.current_setting('synchronous_commit') = 'off'`

/** no such slot or publication, a slot that can't be read any more, a part of the log that was removed */
const OF_THE_LOG = new Set(['42704', '55000', '58P01'])

export class Connection {
  /** part of tokens */
  incarnation = ''
  /** in the names of messages that pg_events' own functions send: others can send messages too */
  prefix = ''
  readonly #options: ConnectionOptions
  readonly #slot: (database: string) => string
  readonly #open: Opening
  readonly #session: Session
  readonly #ending = new AbortController()
  readonly #signal: AbortSignal
  #stream?: Stream
  #timer?: NodeJS.Timeout
  #minded = Number.NEGATIVE_INFINITY
  #beat = 0n
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: ConnectionOptions) {
    const {name, url, patience, silence} = options
    const tail = tailName()
    this.#options = options
    const {signal} = this.#ending
    this.#signal = signal
    options.signal.addEventListener('abort', () => this.#ending.abort(), {once: true})
    this.#open = (signal) => connect(url, {application: applicationOf(name), ...(signal && {signal})})
    this.#session = new Session({open: this.#open, begin: (db) => this.#begin(db), patience, silence, signal})
    this.#slot = (database) => (name === undefined ? tail : slotName(database, name))
  }

  /** Where to begin; a tail learns that from its stream. */
  async begin(since: string | undefined): Promise<Beginning> {
    const {keeping} = this.#options
    const {db, place} = await this.#session.open()
    this.#beats()
    return beginningAt(db, place, since, {keeping, save: (position) => this.save(position)})
  }

  /** After a loss; how far this consumer has acknowledged by now. */
  async again(): Promise<Position> {
    await this.#stream?.close()
    this.#stream = undefined
    return this.#session.once(async ({db, place}) => {
      // the slot may be lost, where the session is not
      if (place) return (await this.#take(db)).acknowledged
      return {lsn: 0n, messages: 0}
    })
  }

  async stream(from: Position, confirmed: bigint): Promise<void> {
    const {url, name, publication, patience, silence} = this.#options
    const {db} = await this.#session.open()
    const slot = this.#slot(db.server.database)
    const [isTemporary, application] = [name === undefined, applicationOf(name)]
    const [signal, open] = [this.#signal, this.#open]
    const options = {url, slot, isTemporary, publication, from: from.lsn, confirmed, application, open, silence, signal}
    for (const began = performance.now(); ; await sleep(50, undefined, {signal})) {
      try {
        this.#stream = await Stream.open(options)
        if (signal.aborted) await this.#stream.close()
        return
      } catch (error) {
        const waited = performance.now() - began
        if ((error as PgextError).sqlstate !== '55006' || waited > Math.max(FREE, patience)) throw slotError(error)
        // the last reader's lock is gone, its connection is not yet
        const active = waited > FREE && (await lookAtSlot(db, slot))?.active
        if (active) await endReader(db, active)
      }
    }
  }

  /** Of an error of the log, whether that means that something is missing: then a new slot stands when it is known. */
  async judge(error: unknown): Promise<unknown> {
    const {name} = this.#options
    const {code, sqlstate} = error as PgextError
    if (name === undefined || code === 'connection-failed' || !OF_THE_LOG.has(sqlstate ?? '')) return error
    try {
      return await this.#session.once(async ({db}) => {
        await this.#take(db)
        // the slot stands, and what it has is written under no publication: nobody can read it
        return beginAnew(db, name, await this.#system(db), (error as Error).message)
      })
    } catch (why) {
      return why
    }
  }

  get from(): bigint {
    return this.#stream!.from
  }

  readonly take = (): Promise<readonly Message[]> => this.#stream!.take()

  readonly shapeOf = (relation: Relation): Promise<Shape> => shapeOf(relation, (ask) => this.#session.ask(({db}) => ask(db)))

  readonly rootOf = (relid: number): Promise<Shape | undefined> =>
    this.#session.ask(({db}) => presentShape(db, relid, (one) => this.#stream?.relations.get(one)?.shape))

  confirm(lsn: bigint): void {
    this.#stream?.confirm(lsn)
  }

  async save(position: Position): Promise<void> {
    const {name} = this.#options
    if (name === undefined) return
    const isKept = await asInstalled(this.#session.ask(({db, place}) => savePosition(db, place!, position)))
    if (!isKept) throw goneError(`consumer ${name} was dropped, or has begun anew elsewhere`)
  }

  async close(): Promise<void> {
    this.#ending.abort()
    clearTimeout(this.#timer)
    await this.#session.close()
    await this.#stream?.close()
  }

  async #begin(db: Db): Promise<Place | undefined> {
    const {name, signal, keeping} = this.#options
    await db.script(SETTINGS)
    const system = await this.#system(db)
    if (name === undefined) {
      this.incarnation = markOf(this.#slot(''), system)
      return undefined
    }
    await becomeReader(db, this.#slot(db.server.database), signal, keeping?.patience)
    return this.#take(db)
  }

  /** One after the other: each may make a new slot. */
  #take(db: Db): Promise<Place> {
    const turn = this.#turn.then(() => this.#takeNow(db))
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #takeNow(db: Db): Promise<Place> {
    const {name} = this.#options
    const place = await takePlace(db, name!, await this.#system(db), this.incarnation === '')
    this.incarnation ||= place.incarnation
    if (place.incarnation !== this.incarnation) throw goneError(`consumer ${name} has begun anew elsewhere`)
    return place
  }

  async #system(db: Db): Promise<string> {
    const {publication} = this.#options
    const prefix = await prefixOf(db)
    const system = await systemOf(db, publication)
    this.prefix = prefix ?? this.prefix
    if (system !== undefined && prefix !== undefined) return system
    const missing = prefix === undefined ? 'pg_events' : `publication ${publication}, which it streams`
    throw new PgextError('events-missing', `the database has no ${missing}`, {
      hint: 'install it with: pgext events:install',
    })
  }

  /** Lets a slot whose tables stand still follow the log that others write; and finds out whether the session lives. */
  #beats(): void {
    const beat = async () => {
      try {
        await this.#session.once(async ({db, place}) => {
          await this.#grow(db)
          await cover(db)
          if (place) await this.#take(db)
          if (place) await this.#mind(db, place)
        })
      } catch (error) {
        if (!isPassing(error)) this.#stream?.fail(error)
      }
      if (!this.#signal.aborted) this.#timer = setTimeout(beat, this.#options.heartbeat)
    }
    this.#timer = setTimeout(beat, this.#options.heartbeat)
  }

  /** That it is there is said now and then, and who is not there any more is forgotten. */
  async #mind(db: Db, place: Place): Promise<void> {
    const {keeping} = this.#options
    if (!keeping || performance.now() - this.#minded < MIND_EVERY) return
    this.#minded = performance.now()
    await savePosition(db, place, place.acknowledged)
    for (const name of await forgetNodes(db, keeping.away)) keeping.forgot(name)
  }

  async #grow(db: Db): Promise<void> {
    const [now] = await db.query('select pg_catalog.pg_current_wal_lsn()::text as lsn')
    if (readLsn(now!.lsn) - this.#beat < GROWN) return
    const [row] = await db.query(`select pg_catalog.pg_logical_emit_message(false, 'pgext.heartbeat', '')::text as lsn`)
    this.#beat = readLsn(row!.lsn)
  }
}

const applicationOf = (name: string | undefined): string => `pgext events${name === undefined ? '' : ` ${name}`}`
