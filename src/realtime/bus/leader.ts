// A database and a stream in; one of all nodes reads the changes for them, until another one has to.
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../../errors.ts'
import {openSource} from '../../events/events.ts'
import {readInstalled} from '../../events/install.ts'
import type {Link} from '../../events/link.ts'
import type {Source} from '../../events/model.ts'
import {becomeReader} from '../../events/wal/election.ts'
import {watch} from '../../events/watched.ts'
import type {Db} from '../../postgres/db.ts'
import {connect} from '../../postgres/native.ts'
import type {Standing} from './head.ts'
import {type Log, lostError} from './log.ts'
import {Term} from './term.ts'

export interface LeaderOptions {
  readonly url: string
  readonly log: Log
  /** part of the stream's name: pg_events that are made anew have another one */
  readonly incarnation: string
  /** seconds for which the stream keeps what it holds */
  readonly history: number
  readonly complain: (error: unknown) => void
}

/** The name of the consumer that the database remembers, and so of its slot. */
const CONSUMER = 'bus'
/** Milliseconds until it stands for election again; between two looks whether it still is elected; and in which a server has to answer. */
const AGAIN = 300
const EVERY = 1000
const SILENCE = 10_000

/** A host that is gone is not to hold the lock for hours. */
const SETTINGS = 'set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3'

interface Opened {
  readonly source: Source
  readonly side: Link
  readonly isGap: boolean
}

export class Leader {
  /** Why nobody was it the last time, as far as this one knows. */
  failure?: unknown
  readonly #options: LeaderOptions
  readonly #ending = new AbortController()
  #ended: Promise<void> = Promise.resolve()

  constructor(options: LeaderOptions) {
    this.#options = options
  }

  start(): void {
    this.#ended = this.#run()
  }

  async close(): Promise<void> {
    this.#ending.abort()
    await this.#ended
  }

  async #run(): Promise<void> {
    const {signal} = this.#ending
    while (!signal.aborted) {
      try {
        if (this.#options.log.isConnected) await this.#lead(signal)
      } catch (error) {
        if (signal.aborted) return
        this.failure = error
        this.#options.complain(error)
      }
      await sleep(AGAIN, undefined, {signal}).catch(() => {})
    }
  }

  /** One term: it ends with its session, its source, or the stream. */
  async #lead(ending: AbortSignal): Promise<void> {
    const {url, log} = this.#options
    const term = new AbortController()
    const signal = AbortSignal.any([ending, term.signal])
    const open = (signal?: AbortSignal) => connect(url, {application: 'pgext bus', ...(signal && {signal})})
    const session = await open(ending)
    try {
      const db = await watch(session, open, SILENCE)
      await db.script(SETTINGS)
      await becomeReader(db, `bus ${log.name}`, signal)
      await this.#relay(db, term, signal)
    } finally {
      term.abort()
      await session.close()
    }
  }

  async #relay(db: Db, term: AbortController, signal: AbortSignal): Promise<void> {
    const {log, history, incarnation} = this.#options
    await log.make()
    const standing = await this.#standing()
    const {source, side, isGap} = await this.#open(standing, signal)
    try {
      const still = Math.min(60_000, (history * 1000) / 4)
      const relaying = new Term({log, source, standing, isGap, still})
      signal.addEventListener('abort', () => relaying.fail(lostError()), {once: true})
      // who was elected by another session meanwhile has written to the stream before, or is refused after
      await relaying.begin()
      this.failure = undefined
      log.figures.isLeader = true
      const minding = this.#mind(db, incarnation, signal).catch((error) => relaying.fail(error))
      await relaying.relay().finally(() => term.abort())
      await minding
    } finally {
      log.figures.isLeader = false
      await source.close().catch(() => {})
      await side.close()
    }
  }

  /** @throws when the session is lost, which holds the lock, or pg_events are others */
  async #mind(db: Db, incarnation: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const installed = await readInstalled(db)
      if (installed?.incarnation !== incarnation) throw new PgextError('events-gone', 'pg_events were made anew')
      await sleep(EVERY, undefined, {signal}).catch(() => {})
    }
  }

  async #standing(): Promise<Standing> {
    const {log} = this.#options
    const extent = await log.extent()
    if (!extent) throw lostError()
    return (await log.standing(extent)) ?? {sequence: extent.last, place: 0, gap: 0, token: ''}
  }

  /** Behind what the stream holds, if all that came since is to be had; else from where its consumer stands. */
  async #open({token, sequence}: Standing, signal: AbortSignal): Promise<Opened> {
    const {url} = this.#options
    const options = {url, name: CONSUMER, signal}
    if (token !== '') {
      try {
        return {...(await openSource({...options, since: token})), isGap: false}
      } catch (error) {
        if (!isGone(error)) throw error
        // another leader came between: what is gone stands in the stream
        if ((await this.#standing()).sequence !== sequence) throw error
        this.#options.complain(error)
      }
    }
    // a consumer that lost its place begins anew, and says so once
    const opened = await openSource(options).catch((error) => {
      if (!isGone(error)) throw error
      return openSource(options)
    })
    return {...opened, isGap: true}
  }
}

const isGone = (error: unknown): boolean => error instanceof PgextError && error.code === 'events-gone'
