// What a socket is told in; as much of it as the client takes out. What it does not take in time is put together by row, and at last given up.
import type {Duplex} from 'node:stream'
import type {WebSocket} from 'ws'
import {type Answer, CLOSE} from '../client/protocol.ts'
import type {Message} from './message.ts'
import {Pile} from './pile.ts'
import {frameOf, Parcel, type Post} from './post.ts'
import type {Subscription} from './subscription.ts'

export interface Bounds {
  /** Bytes on their way to a client beyond which nothing more is sent for now. */
  readonly high: number
  /** Bytes that wait for a client beyond which it is closed. */
  readonly most: number
}

/** Milliseconds for a client to take what was sent, while a session of the database waits for it, and while others wait for that. */
const [PATIENCE, HURRY, LOOK_EVERY] = [10_000, 1000, 250]

/** Bytes of changes that a client who acknowledges may not have dealt with: what its machine has taken in is not yet what it can take. */
const WINDOW = 1_048_576

export class Outbox {
  readonly #socket: WebSocket
  readonly #stream: Duplex
  readonly #parcel: Parcel
  readonly #bounds: Bounds
  /** by subscription, in the order in which they first had to wait */
  readonly #waiting = new Map<Subscription, Pile>()
  /** queries that have something else to tell by now */
  readonly #behind = new Set<() => void>()
  #bytes = 0
  #isFull = false
  #drained: (() => void)[] = []
  #last: string | null = null
  /** all of it, and what came before it, was sent */
  #safe: string | null = null
  /** of changes: bytes so far, and those of them that were dealt with */
  #sent = 0
  #read = 0
  /** what was sent and not acknowledged, with the bytes up to there; undefined: this client does not say */
  #unread?: {readonly token: string; sent: number}[]
  /** told when it is given up */
  onLagging = () => {}
  /** frames and bytes that were sent */
  readonly counts: {frames: number; bytes: number}

  /** @param stream what the socket writes to: frames go there by themselves */
  constructor(socket: WebSocket, stream: Duplex, post: Post, bounds: Bounds, counts: {frames: number; bytes: number}) {
    this.#socket = socket
    this.#stream = stream
    this.#parcel = new Parcel(post, stream)
    this.#bounds = bounds
    this.counts = counts
  }

  answer(answer: Answer): void {
    this.text(JSON.stringify(answer))
  }

  /** JSON that was made already. One that is large is no reason to give up: that what came before it is not taken is. */
  text(json: string): void {
    this.frame(frameOf(json))
  }

  /** What is to be sent whatever waits. */
  frame(frame: Buffer): void {
    if (this.#unsent > this.#bounds.high + this.#bounds.most) this.#giveUp()
    else this.#write(frame)
  }

  /**
   * What a query is told, as JSON.
   * @param repeat a client that does not take it now is told all of its rows when it can take more, by this
   */
  rows(json: string, repeat: () => void): void {
    if (this.#isFull) this.#behind.add(repeat)
    else this.#write(frameOf(json))
  }

  change(subscription: Subscription, message: Message): void {
    const {token} = message.moment
    if (token !== this.#last) {
      if (this.#waiting.size === 0) this.#safe = this.#last
      this.#last = token
    }
    const before = this.#waiting.get(subscription)
    if (!before && !this.#isFull && !this.#isHeldBack) {
      this.#tell(message, subscription)
      return
    }
    const pile = before ?? new Pile(message, (operation) => subscription.wants(operation))
    this.#bytes -= before?.bytes ?? 0
    before?.add(message)
    this.#waiting.set(subscription, pile)
    this.#bytes += pile.bytes
    if (this.#bytes > this.#bounds.most) this.#giveUp()
  }

  /** That nothing more came; false: something of it waits, or would. */
  reached(subscription: Subscription, token: string): boolean {
    if (this.#isFull || this.#isHeldBack || this.#waiting.has(subscription)) return false
    this.answer({type: 'reached', id: subscription.id, token})
    return true
  }

  /**
   * All up to the last message with this token is dealt with. Who has said so once goes on to.
   * @returns whether it said anything new
   */
  acknowledge(token: string): boolean {
    if (!this.#unread) {
      this.#unread = []
      this.#read = this.#sent
    }
    const unread = this.#unread
    const at = unread.findLastIndex((one) => one.token === token)
    if (at < 0) return false
    this.#read = unread[at]!.sent
    unread.splice(0, at + 1)
    if (!this.#isFull) this.#flush()
    return true
  }

  /** What waits for it is not sent. */
  drop(subscription: Subscription): void {
    const waiting = this.#waiting.get(subscription)
    if (!waiting) return
    this.#waiting.delete(subscription)
    this.#bytes -= waiting.bytes
  }

  /**
   * For what would be much: when the client has taken most of what was sent. One that takes nothing for too long is given up.
   *
   * @param isWanted whether others wait for the session that waits for this client
   * @returns whether there is anybody to send to
   */
  async room(isWanted = () => false): Promise<boolean> {
    const began = performance.now()
    const look = setInterval(() => {
      if (performance.now() - began > (isWanted() ? HURRY : PATIENCE)) this.#giveUp()
    }, LOOK_EVERY)
    while (this.#isFull && this.#unsent > this.#bounds.most / 2 && this.#socket.readyState === this.#socket.OPEN)
      await new Promise<void>((resolve) => this.#drained.push(resolve))
    clearInterval(look)
    return this.#socket.readyState === this.#socket.OPEN
  }

  /** Nobody waits for a socket that is closed. */
  close(): void {
    this.#parcel.send()
    this.#waiting.clear()
    this.#behind.clear()
    this.#bytes = 0
    this.#wake()
  }

  get #isHeldBack(): boolean {
    return this.#unread !== undefined && this.#sent - this.#read > WINDOW
  }

  #tell(message: Message, {id}: Subscription): void {
    const frame = message.frame(id)
    this.#sent += frame.length
    if (this.#unread) {
      const last = this.#unread.at(-1)
      if (last?.token === message.moment.token) last.sent = this.#sent
      else this.#unread.push({token: message.moment.token, sent: this.#sent})
    }
    this.#write(frame)
  }

  get #unsent(): number {
    return this.#stream.writableLength + this.#parcel.bytes
  }

  #write(frame: Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.counts.frames++
    this.counts.bytes += frame.length
    if (!this.#isFull && this.#unsent + frame.length > this.#bounds.high) {
      this.#isFull = true
      this.#parcel.sent = () => {
        this.#isFull = false
        this.#flush()
      }
    }
    this.#parcel.add(frame)
  }

  #flush(): void {
    for (const [subscription, pile] of this.#waiting) {
      if (this.#isFull) return
      if (this.#isHeldBack) break
      this.#waiting.delete(subscription)
      this.#bytes -= pile.bytes
      this.#tell(pile.message(), subscription)
    }
    for (const repeat of this.#behind) {
      if (this.#isFull) return
      this.#behind.delete(repeat)
      repeat()
    }
    if (!this.#isFull) this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  #giveUp(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.onLagging()
    this.#parcel.add(frameOf(JSON.stringify({type: 'lagging', token: this.#safe} satisfies Answer)))
    this.#parcel.send()
    this.#socket.close(CLOSE.lagging, 'the client does not keep up')
    // one that takes nothing does not take this either
    setTimeout(() => this.#socket.terminate(), 5000).unref()
    this.close()
  }
}
