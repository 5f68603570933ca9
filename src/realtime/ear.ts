// Channels in, what plain NOTIFY sends to them out: on a session of its own, made anew when it is lost.
import {Link} from '../events/link.ts'
import type {Db} from '../postgres/db.ts'

/** Milliseconds between two looks whether the session is still there: nothing else would tell. */
const LOOK_EVERY = 5000
/** PostgreSQL's limit for the name of a channel. */
const LONGEST = 63

export class Ear {
  readonly #link: Link
  readonly #heard: (channel: string, payload: string) => void
  readonly #wanted = new Set<string>()
  /** of those that the present session listens to */
  readonly #ends = new Map<string, () => Promise<void>>()
  #turn: Promise<void> = Promise.resolve()
  #looking?: NodeJS.Timeout

  constructor(open: () => Promise<Db>, heard: (channel: string, payload: string) => void) {
    this.#heard = heard
    this.#link = new Link(open)
    this.#link.opened = async (db) => {
      this.#ends.clear()
      for (const channel of [...this.#wanted]) await this.#begin(db, channel)
    }
  }

  /** When it does. Longer names than PostgreSQL has are those of `pgext.emit` alone. */
  async listen(channel: string): Promise<void> {
    if (Buffer.byteLength(channel) > LONGEST) return
    this.#looking ??= setInterval(() => void this.#link.query('select').catch(() => {}), LOOK_EVERY)
    this.#wanted.add(channel)
    await this.#settle(channel)
  }

  unlisten(channel: string): void {
    this.#wanted.delete(channel)
    this.#settle(channel).catch(() => {})
  }

  async close(): Promise<void> {
    clearInterval(this.#looking)
    await this.#link.close()
  }

  /** One after the other: who listens again must not be made deaf by who has just left. */
  #settle(channel: string): Promise<void> {
    const done = this.#turn.then(async () => {
      if (this.#wanted.has(channel)) await this.#link.run((db) => this.#begin(db, channel))
      else {
        const end = this.#ends.get(channel)
        this.#ends.delete(channel)
        await end?.()
      }
    })
    this.#turn = done.catch(() => {})
    return done
  }

  async #begin(db: Db, channel: string): Promise<void> {
    if (this.#ends.has(channel)) return
    this.#ends.set(channel, await db.listen(channel, (payload) => this.#heard(channel, payload)))
  }
}
