// What one transaction changed for one view in, frames out: made once for all who are told the same under the same id.
import {momentText, type Writers} from '../events/json.ts'
import type {Change, Operation} from '../events/model.ts'
import {frameOf} from './post.ts'
import {toldJson} from './told.ts'

export interface Moment {
  readonly token: string
  readonly xid: string
  /** as PostgreSQL writes a timestamptz in UTC */
  readonly time: string
  readonly last: boolean
}

export class Message {
  readonly moment: Moment
  readonly changes: readonly Change[]
  readonly writers: Writers
  readonly #json: (change: Change) => string
  #body?: string
  readonly #frames = new Map<string, Buffer>()

  /** @param json remembers what it made, as other views are told the same of a change */
  constructor(
    moment: Moment,
    changes: readonly Change[],
    writers: Writers,
    json = (change: Change) => toldJson(change, writers),
  ) {
    this.moment = moment
    this.changes = changes
    this.writers = writers
    this.#json = json
  }

  /** As it goes over the wire. */
  frame(id: string): Buffer {
    let frame = this.#frames.get(id)
    if (!frame) {
      frame = frameOf(`{"type":"change","id":${JSON.stringify(id)},${this.#text()}`)
      this.#frames.set(id, frame)
    }
    return frame
  }

  /** The same changes with another token. */
  at(token: string): Message {
    return new Message({...this.moment, token}, this.changes, this.writers, this.#json)
  }

  /** Of these operations; perhaps nothing is left. */
  only(operations: ReadonlySet<Operation>): Message {
    const changes = this.changes.filter(({operation}) => operations.has(operation))
    return changes.length === this.changes.length ? this : new Message(this.moment, changes, this.writers, this.#json)
  }

  #text(): string {
    const {token, xid, time, last} = this.moment
    this.#body ??= `"token":${JSON.stringify(token)},"transaction":${JSON.stringify(xid)},"time":${JSON.stringify(
      momentText(time),
    )},"last":${last},"changes":[${this.changes.map(this.#json).join(',')}]}`
    return this.#body
  }
}
