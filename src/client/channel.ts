// A channel's name in; what is sent to it out, and what is to be sent to it on its way.
import type {ClientError, Gone} from './model.ts'
import type {Answer, Json, Request} from './protocol.ts'
import {Wish} from './wish.ts'

export interface ChannelEvents<T> {
  message: T
  listening: {readonly channel: string}
  /** The connection was lost meanwhile: what was sent to the channel is not kept. */
  gone: Gone
  error: ClientError
}

export class Channel<T = Json> extends Wish<ChannelEvents<T>> implements AsyncIterable<T> {
  #isHeard = false

  /** When the server has sent it on; waits until there is a connection. @throws ClientError */
  publish(payload: T): Promise<void> {
    return this.line.publish(this.name, payload as Json)
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.follow(['message'])
  }

  /** @internal */
  request(id: string): Request {
    return {type: 'listen', id, channel: this.name}
  }

  /** @internal */
  hear(answer: Answer): void {
    if (answer.type === 'notify') this.emit('message', answer.payload as T)
    if (answer.type !== 'listening') return
    if (this.#isHeard) this.emit('gone', {op: 'gone', reason: 'the connection was lost'})
    this.#isHeard = true
    this.emit('listening', answer)
  }

  protected override end(): void {
    this.#isHeard = false
    super.end()
  }
}
