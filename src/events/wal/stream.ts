// A slot and a place in the log in, its messages out over one connection; never reconnects. What is acknowledged is said again and again.

import type {EventEmitter} from 'node:events'
import type {Socket} from 'node:net'
import {setTimeout as sleep} from 'node:timers/promises'
import {Client, type ClientConfig} from 'pg'
import {LogicalReplicationService} from 'pg-logical-replication'
import {connectionError, goneError, isGone, isNoReplication, noReplication, sqlError} from '../../postgres/error.ts'
import {openSocket} from '../../postgres/socket.ts'
import {type Address, readUrl} from '../../postgres/url.ts'
import {answered, isAtWork, type Opening, SILENCE} from '../watched.ts'
import type {Message, Relation} from './decode.ts'
import {Plugin} from './plugin.ts'
import {readLsn} from './position.ts'
import {standbyStatus} from './standby.ts'

export interface StreamOptions {
  readonly url: string
  readonly slot: string
  /** the slot is made with the connection, and goes with it */
  readonly isTemporary: boolean
  readonly publication: string
  /** where to begin; a temporary slot begins now */
  readonly from: bigint
  /** handed over and acknowledged: what the server may forget */
  readonly confirmed: bigint
  readonly application: string
  /** milliseconds after which a server that was asked and says nothing is gone */
  readonly silence?: number
  /** a session to ask the server with, where the stream is silent */
  readonly open: Opening
  readonly signal?: AbortSignal
}

/** What has arrived and was not taken may grow to about so many bytes, plus one row. */
const HELD = 4 * 2 ** 20
/** a message's own weight beside its text */
const WEIGHT = 256
/** milliseconds between two answers, where the server does not ask for them more often */
const LONGEST = 10_000
/** seconds to connect in */
const TIMEOUT = 10

export class Stream {
  readonly #plugin: Plugin
  readonly #socket: Socket
  readonly #service: LogicalReplicationService
  readonly #client: Client
  #timer?: NodeJS.Timeout
  #confirmed: bigint
  /** of what is confirmed, what the server was told */
  #said = 0n
  /** up to where it has arrived */
  #received = 0n
  #arrived: Message[] = []
  #bytes = 0
  /** milliseconds */
  #silent = 0
  readonly #isAtWork: () => Promise<boolean>
  #failure?: Error
  #wake?: () => void

  private constructor(options: StreamOptions, address: Address, socket: Socket) {
    const {open, silence = SILENCE} = options
    this.#plugin = new Plugin(options)
    this.#confirmed = options.confirmed
    this.#socket = socket
    // a service for each connection: one that is used again goes on from where the last had received, not from where we say.
    // Neither may it acknowledge by itself, be it what arrived, be it (its timer, whatever `auto` says) what was only received
    this.#service = new LogicalReplicationService({}, {acknowledge: {auto: false, timeoutSeconds: 0}})
    this.#client = new Client(configOf(options, address, socket))
    const connection = connectionOf(this.#client)
    // the driver's types leave it out
    this.#isAtWork = () => isAtWork((this.#client as {processID?: number}).processID ?? 0, open, silence)
    // the library listens for errors when it is connected: one that arrives together with the greeting would end this process
    this.#client.on('error', (error) => this.fail(error))
    const connect = async () => {
      Object.assign(this.#service, {_client: this.#client, _connection: connection})
      await this.#client.connect()
      return [this.#client, connection]
    }
    Object.assign(this.#service, {client: connect})
    this.#service.on('data', (_lsn: string, message: Message) => this.#take(message))
    this.#service.on('heartbeat', (lsn: string, _time: number, isAsking: boolean) => this.#idle(readLsn(lsn), isAsking))
    this.#service.on('error', (error: Error) => this.fail(error))
  }

  static async open(options: StreamOptions): Promise<Stream> {
    const address = readUrl(options.url)
    const socket = await openSocket(address, address.timeout ?? TIMEOUT, options.signal).catch((error) => {
      throw connectionError(error, options.url)
    })
    const stream = new Stream(options, address, socket)
    await stream.#begin(options)
    return stream
  }

  /** where it begins */
  get from(): bigint {
    return this.#plugin.from
  }

  get relations(): ReadonlyMap<number, Relation> {
    return this.#plugin.decoder.relations
  }

  /** What has arrived; waits for something to arrive. What had arrived before the connection was lost comes before the error. */
  async take(): Promise<readonly Message[]> {
    while (this.#arrived.length === 0) {
      if (this.#failure) throw this.#failure
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const arrived = this.#arrived
    this.#arrived = []
    this.#bytes = 0
    this.#socket.resume()
    return arrived
  }

  /** All that was committed up to there is done with. */
  confirm(lsn: bigint): void {
    if (lsn <= this.#confirmed) return
    this.#confirmed = lsn
    this.#say()
  }

  /** Also from elsewhere, where what it belongs to is lost. */
  fail(error: unknown): void {
    clearInterval(this.#timer)
    this.#failure ??= failureOf(error)
    this.#wake?.()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.fail(goneError())
    this.#socket.destroy()
    await Promise.race([this.#service.destroy().catch(() => {}), sleep(1000, undefined, {ref: false})])
    // the library has stopped listening
    for (const late of [this.#client as EventEmitter, connectionOf(this.#client)]) late.on('error', () => {})
  }

  #take(message: Message): void {
    this.#silent = 0
    this.#arrived.push(message)
    this.#bytes += WEIGHT + ('bytes' in message ? message.bytes : 0)
    // the rest waits in the server: the timer goes on telling it that we live
    if (this.#bytes > HELD) this.#socket.pause()
    this.#wake?.()
  }

  #idle(lsn: bigint, isAsking: boolean): void {
    if (lsn > this.#received) this.#received = lsn
    if (isAsking) this.#say()
    this.#take({tag: 'idle', lsn})
  }

  async #begin({url, slot, isTemporary, signal, silence = SILENCE}: StreamOptions): Promise<void> {
    // a slot that is being made waits for other transactions
    const stop = () => this.#socket.destroy()
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop, {once: true})
    const ended = this.#service.subscribe(this.#plugin, slot).then(() => Promise.reject(goneError()))
    ended.catch((error) => this.fail(error))
    try {
      await answered(Promise.race([this.#plugin.started, ended]), this.#isAtWork, silence)
    } catch (error) {
      await this.close()
      if (isNoReplication(error)) throw noReplication(url, error)
      const {code} = error as {code?: string}
      throw this.#plugin.isConnected ? failureOf(error) : connectionError(code ? error : goneError(error), url)
    } finally {
      signal?.removeEventListener('abort', stop)
    }
    if (isTemporary) this.#confirmed = this.from
    const {timeout} = this.#plugin
    const every = Math.max(50, Math.min(LONGEST, silence, timeout > 0 ? timeout / 4 : LONGEST))
    this.#timer = setInterval(() => this.#check(every, silence), every)
  }

  /** Says where we are, and asks for a sign of life: of a network that is cut without a word nobody else would hear. */
  #check(every: number, silence: number): void {
    // what is not read can't be heard; and a turn that came late (this process was busy) counts as one
    this.#silent = this.#socket.isPaused() ? 0 : this.#silent + every
    if (this.#silent > silence && this.#silent - every <= silence) void this.#judge()
    this.#say(true)
  }

  /** A server that reads a large transaction which nobody publishes says nothing for as long as that takes. */
  async #judge(): Promise<void> {
    const [asked, isAtWork] = [this.#silent, await this.#isAtWork()]
    if (isAtWork) this.#silent = 0
    // else something came meanwhile
    else if (this.#silent >= asked) this.fail(goneError())
  }

  /**
   * What is confirmed is said once, and what has arrived again and again: a server that stops waits for its readers to confirm all of it, but
   * for those that say nothing of that.
   */
  #say(isAsking = false): void {
    if (this.#failure || this.#confirmed === 0n) return
    const isNews = this.#confirmed > this.#said
    const received = this.#confirmed > this.#received ? this.#confirmed : this.#received
    connectionOf(this.#client).sendCopyFromChunk(standbyStatus(received, isNews ? this.#confirmed : 0n, isAsking))
    this.#said = this.#confirmed
  }
}

function configOf({application}: StreamOptions, address: Address, socket: Socket): ClientConfig & {replication: string} {
  const {host, port, database, user, password, settings, timeout = TIMEOUT} = address
  return {
    host,
    port,
    database,
    user,
    password,
    ssl: false,
    replication: 'database',
    stream: () => connected(socket),
    connectionTimeoutMillis: timeout * 1000,
    application_name: application,
    ...(settings.options && {options: settings.options}),
  }
}

/** The driver's types leave it out. */
const connectionOf = (client: Client): EventEmitter & {sendCopyFromChunk(chunk: Buffer): void} => (client as any).connection

/** The driver connects by itself; this one is connected, and its TLS settled. */
function connected(socket: Socket): Socket {
  socket.connect = (() => {
    process.nextTick(() => socket.emit('connect'))
    return socket
  }) as Socket['connect']
  return socket
}

/** What the driver has no code for is that a connection ended. */
function failureOf(error: unknown): Error {
  const {code} = error as {code?: string}
  if (error instanceof Error && error.name === 'PgextError') return error
  return code && !isGone(error) ? sqlError(error, '') : goneError(error)
}
