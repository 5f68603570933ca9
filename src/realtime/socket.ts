// One connection: what its client says in, what it is told out. Whatever one of them does, others notice nothing of it.
import type {Duplex} from 'node:stream'
import type {WebSocket} from 'ws'
import {type Answer, CLOSE, type ErrorCode, PROTOCOL, type Request} from '../client/protocol.ts'
import {PgextError} from '../errors.ts'
import type {Limits} from '../project/serve.ts'
import {BadMessage, idIn, readRequest} from './frame.ts'
import {Identity} from './identity.ts'
import type {Message} from './message.ts'
import {Outbox} from './outbox.ts'
import {isSaid} from './seats.ts'
import type {Server} from './serve.ts'
import type {Sink, Subscription} from './subscription.ts'
import {idOf, Wishes} from './wishes.ts'

/** Bytes on their way to a client beyond which nothing more is sent for now. */
const HIGH = 262_144
/** Requests of one client that wait for those before. */
const MOST_WAITING = 1000
/** Milliseconds for a client to say goodbye. */
const GOODBYE = 5000
/** The code of closing by which servers say that it may be otherwise later. */
const TRY_LATER = 1013

export class Socket implements Sink {
  readonly wishes: Wishes
  readonly outbox: Outbox
  readonly #identity: Identity
  readonly #server: Server
  readonly #ws: WebSocket
  #isClosed = false
  /** it answered the last ping */
  #isAlive = true
  #second = 0
  /** messages of this second */
  #said = 0
  #turn: Promise<void> = Promise.resolve()
  #waiting = 0

  /** @param stream what `ws` writes to */
  constructor(ws: WebSocket, stream: Duplex, server: Server) {
    this.#ws = ws
    this.#server = server
    this.#identity = new Identity(server, this)
    this.wishes = new Wishes(server, this)
    const {buffer} = server.settings.limits
    this.outbox = new Outbox(ws, stream, server.post, {high: Math.min(buffer, HIGH), most: buffer}, server.counts)
    this.outbox.onLagging = () => {
      server.counts.lagging++
      this.#leave()
    }
    ws.on('message', (data: Buffer, isBinary: boolean) => this.#hear(data, isBinary))
    ws.on('pong', () => {
      this.#isAlive = true
    })
    // 'close' follows
    ws.on('error', () => {})
    ws.on('close', () => this.#leave())
  }

  get isOpen(): boolean {
    return !this.#isClosed
  }

  /** @param token as it came with the request to connect */
  greet(token?: string): void {
    this.answer({type: 'hello', protocol: PROTOCOL, server: this.#server.name})
    this.#later(undefined, () => this.#identify(() => this.#identity.greet(token)))
  }

  answer(answer: Answer): void {
    this.outbox.answer(answer)
  }

  refuse(id: string | undefined, code: ErrorCode, message: string, hint?: string): void {
    this.answer({type: 'error', ...(id !== undefined && {id}), code, message, ...(hint && {hint})})
  }

  close(code: number, reason: string): void {
    this.#leave()
    this.#ws.close(code, reason)
    setTimeout(() => this.#ws.terminate(), GOODBYE).unref()
  }

  ping(): void {
    this.#identity.look()
    if (this.#isClosed) return
    if (this.#isAlive) this.#ws.ping()
    else this.#ws.terminate()
    this.#isAlive = false
  }

  change(subscription: Subscription, message: Message): void {
    this.outbox.change(subscription, message)
  }

  gone(subscription: Subscription, token: string, reason: string): void {
    this.outbox.drop(subscription)
    this.answer({type: 'gone', id: subscription.id, token, reason})
  }

  ended(subscription: Subscription, code: 'not-found' | 'failed', message: string): void {
    this.outbox.drop(subscription)
    this.wishes.forget(subscription.id)
    this.refuse(subscription.id, code, message)
  }

  reached(subscription: Subscription, token: string): boolean {
    return this.outbox.reached(subscription, token)
  }

  #hear(data: Buffer, isBinary: boolean): void {
    if (this.#isClosed) return
    if (isBinary) this.close(CLOSE.badMessage, 'messages are text')
    else if (this.#isTooMuch(data.length)) this.close(CLOSE.tooMany, 'too many messages')
    else if (data.length > this.#limits.message) {
      this.#server.counts.bad++
      this.refuse(idIn(data.toString()), 'limit', `a message has up to ${this.#limits.message} bytes`)
    } else this.#read(data.toString())
  }

  #read(text: string): void {
    let request: Request
    try {
      request = readRequest(text)
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error
      this.#server.counts.bad++
      this.refuse(error.id, 'bad-message', error.message)
      return
    }
    if (request.type === 'ping') this.answer({type: 'pong', ...(request.id !== undefined && {id: request.id})})
    else if (request.type === 'auth') this.#later(undefined, () => this.#identify(() => this.#identity.take(request.token)))
    else if (request.type === 'ack') {
      // who is told much says much
      if (this.outbox.acknowledge(request.token)) this.#said--
    } else {
      const id = idOf(request)
      this.#later(id, async () => {
        const {viewer} = this.#identity
        if (viewer) await this.wishes.do(viewer, request)
        else this.refuse(id, 'unauthorized', 'this takes a token first')
      })
    }
  }

  get #limits(): Limits {
    return this.#server.settings.limits
  }

  /** Who can't be told from strangers for now does not go on as one. */
  async #identify(identify: () => Promise<void>): Promise<void> {
    try {
      await identify()
    } catch (error) {
      this.#fail(undefined, error)
      if (!this.#identity.hasToken) this.close(TRY_LATER, 'nobody can tell who this is now')
    }
  }

  /** A message counts as as many as it is too large by. */
  #isTooMuch(bytes: number): boolean {
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#said = 0
    }
    this.#said += Math.max(1, Math.ceil(bytes / this.#limits.message))
    return this.#said > this.#limits.messages || this.#waiting > MOST_WAITING
  }

  /** One after the other: what an answer says of those before is true. */
  #later(id: string | undefined, work: () => Promise<void>): void {
    this.#waiting++
    this.#turn = this.#turn
      .then(() => (this.#isClosed ? undefined : work()))
      .catch((error) => this.#fail(id, error))
      .finally(() => this.#waiting--)
  }

  #leave(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#identity.end()
    this.wishes.close()
    this.outbox.close()
    this.#server.left(this, this.#identity.user)
  }

  #fail(id: string | undefined, error: unknown): void {
    if (!(error instanceof PgextError)) {
      this.#server.complain(error)
      this.refuse(id, 'unavailable', 'the server failed')
    } else if (error.code === 'usage') this.refuse(id, 'bad-filter', error.message, error.hint)
    else if (isSaid(error)) this.refuse(id, 'failed', 'PostgreSQL refused it')
    else {
      this.#server.complain(error)
      this.refuse(id, 'unavailable', 'the database can not be asked now', 'try again')
    }
  }
}
