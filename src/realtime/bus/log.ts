// A NATS server's address and a name in, a stream of JetStream out: an ordered log to which one appends only behind what one has seen.
import {setTimeout as sleep} from 'node:timers/promises'
import type {JetStreamClient, JetStreamManager} from '@nats-io/jetstream'
import type {NatsConnection} from '@nats-io/transport-node'
import {PgextError} from '../../errors.ts'
import {dial, hostsOf} from './dial.ts'
import {type Head, readHead, type Standing, standingAt, writeHead} from './head.ts'
import {goneError, incarnationOf} from './token.ts'

export interface LogOptions {
  /** nats:// or tls://, one or several with commas */
  readonly bus: string
  readonly name: string
  /** seconds for which messages are kept */
  readonly history: number
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
/** Bytes that a reader asks for ahead. */
const AHEAD = 8 * 2 ** 20
/** Milliseconds in which a server has to answer, and to have written what is appended; what came while it started it does not answer. */
const ANSWER = 2000
const WRITTEN = 10_000
/** Milliseconds. */
const AGAIN = 200
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
  #isConnected = true
  #stop = () => {}

  private constructor(options: LogOptions, connection: NatsConnection, stream: JetStreamClient, manager: JetStreamManager) {
    this.name = options.name
    this.#options = options
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
    if (!(await this.extent())) {
      await this.#manager.streams.add({name: this.name, subjects: [this.#subject], storage: 'file', discard: 'old', ...limits})
      return
    }
    const {config} = await this.#manager.streams.info(this.name)
    if (config.max_age !== age) await this.#manager.streams.update(this.name, {...config, ...limits})
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
    const expect = {streamName: this.name, lastSequence: behind.sequence, ...(behind.id !== undefined && {lastMsgID: behind.id})}
    const {seq, duplicate} = await this.#stream.publish(this.#subject, data, {
      msgID: id,
      headers: above,
      expect,
      timeout: WRITTEN,
    })
    if (duplicate || seq !== behind.sequence + 1) throw new Error(`a message of the bus came to stand elsewhere (${seq})`)
  }

  /**
   * From a place on, without an end but its closing, across lost connections.
   * @throws PgextError `events-gone` where the stream is another one by now
   */
  async *read(from: number, incarnation: string, signal: AbortSignal): AsyncGenerator<Entry> {
    for (let next = from; !signal.aborted; ) {
      if (!this.isConnected) {
        await sleep(AGAIN)
        continue
      }
      const messages = await this.#open(next, incarnation).catch(async (error) => {
        if (error instanceof PgextError) throw error
        await sleep(AGAIN)
        return undefined
      })
      if (!messages) continue
      this.#stop = () => messages.stop()
      signal.addEventListener('abort', this.#stop, {once: true})
      try {
        if (signal.aborted || !this.isConnected) continue
        for await (const {seq, headers, data} of taken(messages)) {
          // of a stream that was made anew, which is found out when it is opened
          if (seq < next) break
          next = seq + 1
          yield {sequence: seq, data, head: readHead(headers?.get(TEXT) ?? '', headers?.get(TOKEN) ?? '')}
        }
      } finally {
        signal.removeEventListener('abort', this.#stop)
        messages.stop()
      }
    }
  }

  async close(): Promise<void> {
    this.#stop()
    await this.#connection.close()
  }

  async #open(from: number, incarnation: string) {
    const extent = await this.extent()
    if (extent?.incarnation !== incarnation || extent.last < from - 1) throw goneError('the stream of the bus was made anew')
    const consumer = await this.#stream.consumers.get(this.name, {opt_start_seq: Math.max(1, from), inactive_threshold: 30_000})
    return consumer.consume({max_bytes: AHEAD, expires: 5000, abort_on_missing_resource: true})
  }

  async #watch(): Promise<void> {
    for await (const {type} of this.#connection.status()) {
      if (type === 'reconnect') this.#isConnected = true
      if (type !== 'disconnect') continue
      this.#isConnected = false
      this.#stop()
      this.lost()
    }
  }

  get #subject(): string {
    return `pgext.bus.${this.name}`
  }
}

const NO_STREAM = 10_059

export const lostError = (): PgextError => new PgextError('connection-lost', 'the connection to NATS is lost')

const core = () => import('@nats-io/transport-node')

/** A reader that breaks is opened again, like one that was stopped. */
async function* taken<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
  const from = messages[Symbol.asyncIterator]()
  for (;;) {
    const taken = await from.next().catch(() => undefined)
    if (!taken || taken.done) return
    yield taken.value
  }
}
