// What a socket is told in; as much of it as the client takes out. What it does not take in time is put together by row, and at last given up.
import type {Duplex} from 'node:stream'
import type {WebSocket} from 'ws'
import {type Answer, CLOSE} from '../client/protocol.ts'
import type {Message} from './message.ts'
import {Pile} from './pile.ts'
import type {Subscription} from './subscription.ts'

export interface Bounds {
  /** Bytes on their way to a client beyond which nothing more is sent for now. */
  readonly high: number
  /** Bytes that wait for a client beyond which it is closed. */
  readonly most: number
}

/** Milliseconds for a client to take what was sent, while a session of the database waits for it. */
const PATIENCE = 10_000

export class Outbox {
  readonly #socket: WebSocket
  readonly #stream: Duplex
  readonly #bounds: Bounds
  /** by subscription, in the order in which they first had to wait */
  readonly #waiting = new Map<Subscription, Pile>()
  #bytes = 0
  #isFull = false
  #drained: (() => void)[] = []
  #last: string | null = null
  /** all of it, and what came before it, was sent */
  #safe: string | null = null
  /** told when it is given up */
  onLagging = () => {}
  /** frames and bytes that were sent */
  readonly counts: {frames: number; bytes: number}

  /** @param stream what the socket writes to: what is a frame already goes there by itself */
  constructor(socket: WebSocket, stream: Duplex, bounds: Bounds, counts: {frames: number; bytes: number}) {
    this.#socket = socket
    this.#stream = stream
    this.#bounds = bounds
    this.counts = counts
  }

  answer(answer: Answer): void {
    this.#write(JSON.stringify(answer))
    // nobody takes what it answers
    if (this.#socket.bufferedAmount > this.#bounds.high + this.#bounds.most) this.#giveUp()
  }

  /** JSON that was made already. */
  text(json: string): void {
    this.#write(json)
    if (this.#socket.bufferedAmount > this.#bounds.high + this.#bounds.most) this.#giveUp()
  }

  change(subscription: Subscription, message: Message): void {
    const {token} = message.moment
    if (token !== this.#last) {
      if (this.#waiting.size === 0) this.#safe = this.#last
      this.#last = token
    }
    const before = this.#waiting.get(subscription)
    if (!before && !this.#isFull) {
      this.#write(message.frame(subscription.id))
      return
    }
    const pile = before ?? new Pile(message)
    this.#bytes -= before?.bytes ?? 0
    before?.add(message)
    this.#waiting.set(subscription, pile)
    this.#bytes += pile.bytes
    if (this.#bytes > this.#bounds.most) this.#giveUp()
  }

  /** What waits for it is not sent. */
  drop(subscription: Subscription): void {
    const waiting = this.#waiting.get(subscription)
    if (!waiting) return
    this.#waiting.delete(subscription)
    this.#bytes -= waiting.bytes
  }

  /**
   * For what would be much: when the client has taken what was sent. One that takes nothing for too long is given up.
   *
   * @returns whether there is anybody to send to
   */
  async room(): Promise<boolean> {
    const giveUp = setTimeout(() => this.#giveUp(), PATIENCE)
    while (this.#isFull && this.#socket.readyState === this.#socket.OPEN)
      await new Promise<void>((resolve) => this.#drained.push(resolve))
    clearTimeout(giveUp)
    return this.#socket.readyState === this.#socket.OPEN
  }

  /** Nobody waits for a socket that is closed. */
  close(): void {
    this.#waiting.clear()
    this.#bytes = 0
    this.#tell()
  }

  /** @param data text, or what is a frame already */
  #write(data: string | Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.counts.frames++
    this.counts.bytes += data.length
    // called when this frame, and with it all before, is in the system's hands
    let sent: (() => void) | undefined
    if (!this.#isFull && this.#socket.bufferedAmount + data.length > this.#bounds.high) {
      this.#isFull = true
      sent = () => {
        this.#isFull = false
        this.#flush()
      }
    }
    if (typeof data === 'string') this.#socket.send(data, FRAME, sent)
    else this.#stream.write(data, sent)
  }

  #flush(): void {
    for (const [subscription, pile] of this.#waiting) {
      if (this.#isFull) return
      this.#waiting.delete(subscription)
      this.#bytes -= pile.bytes
      this.#write(pile.message().frame(subscription.id))
    }
    if (!this.#isFull) this.#tell()
  }

  #tell(): void {
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  #giveUp(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.onLagging()
    this.#socket.send(JSON.stringify({type: 'lagging', token: this.#safe} satisfies Answer))
    this.#socket.close(CLOSE.lagging, 'the client does not keep up')
    // one that takes nothing does not take this either
    setTimeout(() => this.#socket.terminate(), 5000).unref()
    this.close()
  }
}

const FRAME = {binary: false} as const
