// A NATS server's address and a name in, a stream of JetStream out: an ordered log to which one appends only behind what one has seen.
import {setTimeout as sleep} from 'node:timers/promises'
import type {JetStreamClient, JetStreamManager} from '@nats-io/jetstream'
import type {NatsConnection} from '@nats-io/transport-node'
import {PgextError} from '../../errors.ts'
import {stopLost, taken} from './consumed.ts'
import {dial, hostsOf, replicasOf} from './dial.ts'
import {Figures} from './figures.ts'
import {type Head, readHead, type Standing, standingAt, writeHead} from './head.ts'
import {goneError, incarnationOf} from './token.ts'

export interface LogOptions {
  /** nats:// or tls://, one or several with commas */
  readonly bus: string
  readonly name: string
  /** seconds for which messages are kept */
  readonly history: number
  readonly figures?: Figures
}

/** What there is of a stream. */
export interface Extent {
  readonly incarnation: string
  readonly first: number
  readonly last: number
}

export interface Entry {
  readonly sequence: number
  readonly head: Head
  readonly data: Uint8Array
}

/** Behind what it is to stand. */
export interface Behind {
  readonly sequence: number
  /** what the message before it is called, where one knows it */
  readonly id?: string
}

/** Bytes that are kept at most: a server reserves them. */
const MOST = 256 * 2 ** 20
/** Bytes of one part, where the server takes messages twice as long. */
const PART = 512 * 1024
/** Messages that a reader asks for ahead. Not bytes: for a message longer than what is left of them the client waits for seconds. */
const AHEAD = 64
/** Milliseconds between two signs of life of a server that has nothing to hand over. */
const BEAT = 1000
/** Milliseconds in which a server has to answer, and to have written what is appended; what came while it started it does not answer. */
const ANSWER = 2000
const WRITTEN = 10_000
/** Milliseconds. */
const AGAIN = 200
/** Milliseconds for which a stream has to be another one: servers of a cluster that come back say so at first. */
const CERTAIN = 3000
const SECOND = 1_000_000_000
const [TEXT, TOKEN] = ['Pgext', 'Pgext-Token']

export class Log {
  readonly name: string
  /** A connection that is lost is made again; what was being appended is not. */
  lost: () => void = () => {}
  readonly #options: LogOptions
  readonly #connection: NatsConnection
  readonly #stream: JetStreamClient
  readonly #manager: JetStreamManager
  readonly figures: Figures
  #isConnected = true
  #stop = () => {}

  private constructor(options: LogOptions, connection: NatsConnection, stream: JetStreamClient, manager: JetStreamManager) {
    this.name = options.name
    this.#options = options
    this.figures = options.figures ?? new Figures()
    this.figures.isConnected = true
    this.#connection = connection
    this.#stream = stream
    this.#manager = manager
    void this.#watch()
  }

  /** @throws PgextError `connection-failed`, `not-supported` */
  static async open(options: LogOptions): Promise<Log> {
    const connection = await dial(options.bus)
    try {
      const {jetstream, jetstreamManager} = await import('@nats-io/jetstream')
      const given = {timeout: ANSWER}
      return new Log(options, connection, jetstream(connection, given), await jetstreamManager(connection, given))
    } catch (error) {
      await connection.close()
      throw new PgextError(
        'not-supported',
        `the NATS server at ${hostsOf(options.bus)} gives no JetStream: ${(error as Error).message}`,
        {
          hint: 'start it with -js',
        },
      )
    }
  }

  get isConnected(): boolean {
    return this.#isConnected && !this.#connection.isClosed()
  }

  /** Bytes: what is above them needs room too. */
  get part(): number {
    return Math.min(PART, Math.floor((this.#connection.info?.max_payload ?? 2 ** 20) / 2))
  }

  /** Whether only one message may be on its way at a time: the sequence alone tells then who wrote before it. */
  get isAlone(): boolean {
    const {cluster, version} = this.#connection.info ?? {}
    return cluster !== undefined && isForgetful(version ?? '')
  }

  /** undefined: there is no such stream. */
  async extent(): Promise<Extent | undefined> {
    try {
      const {created, state} = await this.#manager.streams.info(this.name)
      return {incarnation: incarnationOf(created), first: state.first_seq, last: state.last_seq}
    } catch (error) {
      if ((error as {code?: number}).code === NO_STREAM) return undefined
      throw error
    }
  }

  /** Makes it, or gives it the limits that are wanted now. How many copies there are is left to who runs the server. */
  async make(): Promise<void> {
    const age = this.#options.history * SECOND
    const limits = {max_age: age, max_bytes: MOST, duplicate_window: Math.min(120 * SECOND, age)}
    const replicas = replicasOf(this.#options.bus)
    const copies = replicas !== undefined && {num_replicas: replicas}
    if (!(await this.extent())) {
      const made = {name: this.name, subjects: [this.#subject], storage: 'file' as const, discard: 'old' as const}
      await this.#manager.streams.add({...made, ...limits, ...copies})
      return
    }
    const {config} = await this.#manager.streams.info(this.name)
    const isOther = config.max_age !== age || (replicas !== undefined && config.num_replicas !== replicas)
    if (isOther) await this.#manager.streams.update(this.name, {...config, ...limits, ...copies})
  }

  /** How far it stands with its last message; undefined: it holds none. */
  async standing({first, last}: Extent): Promise<Standing | undefined> {
    if (last < first || last === 0) return undefined
    const message = await this.#manager.streams.getMessage(this.name, {seq: last})
    return message ? standingAt(readHead(message.header.get(TEXT), message.header.get(TOKEN)), last) : undefined
  }

  /** @throws when something else stands there by now, or nobody knows what became of it */
  async append(head: Head, data: Uint8Array, id: string, behind: Behind): Promise<void> {
    if (!this.isConnected) throw lostError()
    const {headers} = await core()
    const above = headers()
    above.set(TEXT, writeHead(head))
    above.set(TOKEN, head.token)
    const isNamed = behind.id !== undefined && !this.isAlone
    const expect = {streamName: this.name, lastSequence: behind.sequence, ...(isNamed && {lastMsgID: behind.id})}
    const {seq, duplicate} = await this.#stream.publish(this.#subject, data, {
      msgID: id,
      headers: above,
      expect,
      timeout: this.isAlone ? WRITTEN / 2 : WRITTEN,
    })
    this.figures.published++
    if (duplicate || seq !== behind.sequence + 1) throw new Error(`a message of the bus came to stand elsewhere (${seq})`)
  }

  /**
   * From a place on, without an end but its closing, across lost connections.
   * @throws PgextError `events-gone` where the stream is another one by now
   */
  async *read(from: number, incarnation: string, signal: AbortSignal): AsyncGenerator<Entry> {
    let doubted: number | undefined
    for (let next = from; !signal.aborted; ) {
      if (!this.isConnected) {
        await sleep(AGAIN)
        continue
      }
      const messages = await this.#open(next, incarnation).catch(async (error) => {
        doubted = error instanceof PgextError ? (doubted ?? performance.now()) : undefined
        if (doubted !== undefined && performance.now() - doubted > CERTAIN) throw error
        await sleep(AGAIN)
        return undefined
      })
      if (!messages) continue
      doubted = undefined
      this.#stop = () => messages.stop()
      signal.addEventListener('abort', this.#stop, {once: true})
      try {
        if (signal.aborted || !this.isConnected) continue
        void stopLost(messages)
        for await (const message of taken(messages)) {
          const {seq, headers, data} = message
          this.figures.behind = () => message.info.pending
          // of a stream that was made anew, which is found out when it is opened
          if (seq < next) break
          next = seq + 1
          yield {sequence: seq, data, head: readHead(headers?.get(TEXT) ?? '', headers?.get(TOKEN) ?? '')}
        }
        if (!signal.aborted) await sleep(AGAIN)
      } finally {
        signal.removeEventListener('abort', this.#stop)
        messages.stop()
      }
    }
  }

  async close(): Promise<void> {
    this.#stop()
    this.figures.isConnected = false
    await this.#connection.close()
  }

  async #open(from: number, incarnation: string) {
    const extent = await this.extent()
    if (extent?.incarnation !== incarnation || extent.last < from - 1) throw goneError('the stream of the bus was made anew')
    const consumer = await this.#stream.consumers.get(this.name, {opt_start_seq: Math.max(1, from), inactive_threshold: 30_000})
    return consumer.consume({max_messages: AHEAD, expires: 5000, idle_heartbeat: BEAT, abort_on_missing_resource: true})
  }

  async #watch(): Promise<void> {
    for await (const {type} of this.#connection.status()) {
      if (type === 'reconnect') {
        this.#isConnected = this.figures.isConnected = true
        this.figures.reconnects++
      }
      if (type !== 'disconnect') continue
      this.#isConnected = this.figures.isConnected = false
      this.#stop()
      this.lost()
    }
  }

  get #subject(): string {
    return `pgext.bus.${this.name}`
  }
}

const NO_STREAM = 10_059

/** Before 2.15, a server that was away may not know what the last message is called, and refuses what the others of its cluster keep. */
const isForgetful = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < 2 || (major === 2 && minor < 15)
}

export const lostError = (): PgextError => new PgextError('connection-lost', 'the connection to NATS is lost')

const core = () => import('@nats-io/transport-node')
