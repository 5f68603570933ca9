// What is asked for of a server, anew on every connection, for as long as somebody listens: a subscription, a channel, a query.
import {Emitter} from './emitter.ts'
import type {Line} from './line.ts'
import type {ClientError} from './model.ts'
import type {Answer, Request} from './protocol.ts'

export abstract class Wish<Events extends {error: ClientError} = any> extends Emitter<Events> {
  /** of the table, channel or query. Ids are made of it: clients that want the same use the same ones, and what they are told is written once */
  readonly name: string
  protected readonly line: Line

  constructor(line: Line, name: string) {
    super()
    this.line = line
    this.name = name
  }

  /** @internal */
  abstract request(id: string): Request

  /** @internal */
  abstract hear(answer: Answer): void

  /** @internal @returns whether somebody was told */
  fail(error: ClientError): boolean {
    this.end()
    return this.emit('error', error) || this.stop(error)
  }

  /** @internal The connection is lost; `isOther`: the next one is somebody else's. */
  lost(_isOther: boolean): void {}

  /** Nobody is told anything any more. */
  close(): void {
    this.end()
    this.stop()
  }

  protected override begin(): void {
    this.line.add(this)
  }

  protected override end(): void {
    this.line.remove(this)
  }
}
