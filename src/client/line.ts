// An address and tokens in; a connection that is made anew whenever it is lost, on which wishes go out and answers come back, out.
import {Emitter, raise} from './emitter.ts'
import {ClientError, type ConnectOptions, delayOf, type Status, type WebSocketLike} from './model.ts'
import {Post} from './post.ts'
import {type Answer, CLOSE, type Json, type Request} from './protocol.ts'
import type {Wish} from './wish.ts'

const CLOSED = 'the client is closed'
/** What browsers have of it, others may not. */
const GLOBAL: any = globalThis
/** Milliseconds between two looks whether the other side is there, and of silence after which it is not. */
const LOOK_EVERY = 20_000
const SILENCE = 50_000
/** Wishes that are sent in one second, less than half of what a server takes in one. */
const AT_ONCE = 45
/** Milliseconds after which a connection has proven itself. */
const STABLE = 5000
/** Milliseconds in which a token has to come. */
const LATE = 30_000
/** Characters of changes after which the server is told that they were dealt with. */
const UNREAD = 32_768

export class Line extends Emitter<{status: Status; error: ClientError}> {
  status: Status = 'connecting'
  readonly #url: string
  readonly #options: ConnectOptions
  readonly #wishes = new Set<Wish>()
  /** by id; undefined: it was given up, and the server has not said so yet */
  readonly #ids = new Map<string, Wish | undefined>()
  readonly #idOf = new Map<Wish, string>()
  /** those that could not be had now */
  readonly #later = new Map<Wish, Timer>()
  readonly #post = new Post((request) => this.#send(request))
  #ws?: WebSocketLike
  #isReady = false
  #attempts = 0
  #began = 0
  #heard = 0
  #sent = 0
  #unread = 0
  #timers: {retry?: Timer; renewal?: Timer; pace?: Timer; look?: Timer} = {}

  constructor(url: string, options: ConnectOptions) {
    super()
    this.#url = url
    this.#options = options
    GLOBAL.addEventListener?.('online', this.#online)
    void this.#open()
  }

  add(wish: Wish): void {
    this.#wishes.add(wish)
    if (this.#isReady) this.#pace()
  }

  /** The server need not know it any more. */
  remove(wish: Wish): void {
    this.#wishes.delete(wish)
    clearTimeout(this.#later.get(wish))
    this.#later.delete(wish)
    const id = this.#idOf.get(wish)
    if (id === undefined) return
    this.#idOf.delete(wish)
    this.#ids.set(id, undefined)
    this.#send({type: 'unsubscribe', id})
  }

  /** From the beginning. */
  again(wish: Wish): void {
    this.remove(wish)
    this.add(wish)
  }

  publish(channel: string, payload: Json): Promise<void> {
    if (this.status === 'closed') return Promise.reject(new ClientError('closed', CLOSED))
    const published = this.#post.put(channel, payload)
    if (this.#isReady) this.#post.flush()
    return published
  }

  close(): void {
    this.#ws?.close(1000)
    this.#end()
  }

  async #open(): Promise<void> {
    this.#become('connecting')
    try {
      const token = await this.#token()
      if (this.status !== 'connecting') return
      const {WebSocket = GLOBAL.WebSocket} = this.#options
      // the only place but for the address that a page can send a token in
      const ws: WebSocketLike = new WebSocket(this.#url, token === undefined ? ['pgext'] : ['pgext', token])
      const isOwn = () => ws === this.#ws
      this.#ws = ws
      this.#began = this.#heard = Date.now()
      ws.onmessage = ({data}: {data: string}) => {
        if (!isOwn()) return
        const answer = JSON.parse(data)
        this.#hear(answer)
        // what a browser has taken in waits here: a server that is told nothing goes on
        if (answer.type !== 'change') return
        this.#unread += data.length
        if (this.#unread < UNREAD) return
        this.#unread = 0
        this.#send({type: 'ack', token: answer.token})
      }
      ws.onclose = ({code, reason}: {code: number; reason: string}) => isOwn() && this.#lost(code, reason)
      // 'close' follows
      ws.onerror = () => {}
      this.#timers.look = setInterval(() => this.#look(), LOOK_EVERY)
    } catch (error) {
      this.#complain(new ClientError('unavailable', String((error as Error)?.message ?? error), {cause: error}))
      this.#retry()
    }
  }

  async #token(): Promise<string | undefined> {
    const {token} = this.#options
    if (typeof token !== 'function') return token
    let late: Timer
    return Promise.race([
      token(),
      new Promise<never>((_, reject) => {
        late = setTimeout(() => reject(new Error('no token came')), LATE)
      }),
    ]).finally(() => clearTimeout(late))
  }

  #hear(answer: Answer): void {
    this.#heard = Date.now()
    const id = 'id' in answer ? answer.id : undefined
    const wish = id === undefined ? undefined : this.#ids.get(id)
    if (answer.type === 'auth') this.#enter(answer.expiresIn)
    else if (answer.type === 'unsubscribed') this.#ids.delete(answer.id)
    else if (answer.type === 'published') this.#post.settle(id!)
    else if (answer.type === 'error') this.#fail(answer, wish)
    else if (wish) wish.hear(answer)
  }

  #fail({id, code, message, hint}: Answer & {type: 'error'}, wish?: Wish): void {
    const error = new ClientError(code, message, {hint})
    if (id !== undefined && this.#post.settle(id, error)) return
    if (wish && code === 'unavailable') {
      this.remove(wish)
      this.#later.set(
        wish,
        setTimeout(() => this.again(wish), this.#delay(3)),
      )
    } else if (wish) {
      if (!wish.fail(error)) this.#complain(error)
    } else if (id !== undefined && this.#ids.has(id)) {
      // of what was given up meanwhile
      if (code === 'id-unknown') this.#ids.delete(id)
    } else this.#complain(error)
    if (id === undefined && (code === 'bad-token' || code === 'unavailable') && this.#isReady) this.#renewIn(5)
  }

  /** It is somebody, or is still. */
  #enter(expiresIn?: number): void {
    // a token that comes back the same is asked for again, ever sooner
    if (expiresIn !== undefined) this.#renewIn(Math.max(expiresIn - Math.min(60, expiresIn / 4), 1))
    if (this.#isReady) return
    this.#isReady = true
    this.#become('open')
    this.#pace()
    this.#post.flush()
  }

  #renewIn(seconds: number): void {
    clearTimeout(this.#timers.renewal)
    if (typeof this.#options.token !== 'function') return
    const ws = this.#ws
    this.#timers.renewal = setTimeout(
      async () => {
        try {
          const token = await this.#token()
          if (ws === this.#ws && token !== undefined) this.#send({type: 'auth', token})
        } catch (error) {
          this.#complain(new ClientError('bad-token', String(error), {cause: error}))
          if (ws === this.#ws) this.#renewIn(5)
        }
      },
      Math.min(seconds * 1000, 2 ** 31 - 1),
    )
  }

  /** Sends what was not sent yet on this connection, not faster than a server takes it. */
  #pace(): void {
    if (!this.#isReady) return
    for (const wish of this.#wishes) {
      if (this.#idOf.has(wish)) continue
      if (this.#sent >= AT_ONCE) break
      if (this.#sent++ === 0)
        this.#timers.pace = setTimeout(() => {
          this.#sent = 0
          this.#pace()
        }, 1000)
      let id = wish.name
      for (let n = 2; this.#ids.has(id); n++) id = `${wish.name} ${n}`
      this.#ids.set(id, wish)
      this.#idOf.set(wish, id)
      this.#send(wish.request(id))
    }
  }

  #send(request: Request): void {
    if (this.#ws?.readyState === 1) this.#ws.send(JSON.stringify(request))
  }

  #look(): void {
    // be it that the clock was set
    const silent = Math.abs(Date.now() - this.#heard)
    if (silent > SILENCE) {
      this.#ws?.close()
      this.#lost(1006, 'nothing was heard')
    } else if (this.#isReady && silent > LOOK_EVERY / 2) this.#send({type: 'ping'})
  }

  #lost(code: number, reason: string): void {
    if (this.#isReady && Math.abs(Date.now() - this.#began) > STABLE) this.#attempts = 0
    this.#clear()
    this.#post.lose(
      new ClientError('unavailable', `the connection was lost (${code} ${reason}): nobody knows whether it was published`),
    )
    for (const wish of this.#wishes) wish.lost(code === CLOSE.changedIdentity)
    const isRefused = code === CLOSE.unauthorized || code === CLOSE.expired
    if (isRefused && typeof this.#options.token !== 'function') {
      const error = new ClientError('bad-token', reason)
      this.#complain(error)
      this.#end(error)
    } else this.#retry(code)
  }

  #retry(code?: number): void {
    if (this.status === 'closed') return
    this.#become('waiting')
    this.#timers.retry = setTimeout(() => void this.#open(), this.#delay(this.#attempts++, code))
  }

  #delay(attempt: number, code?: number): number {
    return (this.#options.delay ?? delayOf)(attempt, code)
  }

  /** The network is there again. */
  readonly #online = (): void => {
    if (this.status !== 'waiting') return
    clearTimeout(this.#timers.retry)
    void this.#open()
  }

  #clear(): void {
    const {retry, renewal, pace, look} = this.#timers
    for (const timer of [retry, renewal, pace, look]) clearTimeout(timer)
    this.#timers = {}
    this.#sent = this.#unread = 0
    this.#ws = undefined
    this.#isReady = false
    this.#ids.clear()
    this.#idOf.clear()
  }

  #end(error?: ClientError): void {
    this.#clear()
    GLOBAL.removeEventListener?.('online', this.#online)
    this.#become('closed')
    this.#post.lose(error ?? new ClientError('closed', CLOSED), true)
    const wishes = [...this.#wishes, ...this.#later.keys()]
    for (const wish of wishes) {
      this.remove(wish)
      if (error) wish.fail(error)
      else wish.close()
    }
  }

  #become(status: Status): void {
    if (this.status === 'closed' || this.status === status) return
    this.status = status
    this.emit('status', status)
  }

  #complain(error: ClientError): void {
    if (!this.emit('error', error)) raise(error)
  }
}

type Timer = ReturnType<typeof setTimeout>
