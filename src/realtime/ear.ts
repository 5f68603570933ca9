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
  readonly #channels = new Map<string, (() => Promise<void>) | undefined>()
  #looking?: NodeJS.Timeout

  constructor(open: () => Promise<Db>, heard: (channel: string, payload: string) => void) {
    this.#heard = heard
    this.#link = new Link(open)
    this.#link.opened = async (db) => {
      for (const channel of this.#channels.keys()) await this.#begin(db, channel)
    }
  }

  /** Longer names than PostgreSQL has are those of `pgext.emit` alone. */
  async listen(channel: string): Promise<void> {
    if (this.#channels.has(channel) || Buffer.byteLength(channel) > LONGEST) return
    this.#looking ??= setInterval(() => void this.#link.query('select').catch(() => {}), LOOK_EVERY)
    const life = this.#link.life
    const db = await this.#link.db()
    // a session that was just made listens to all of them
    this.#channels.set(channel, undefined)
    if (life === this.#link.life || life === 0) await this.#begin(db, channel)
  }

  unlisten(channel: string): void {
    const end = this.#channels.get(channel)
    this.#channels.delete(channel)
    end?.().catch(() => {})
  }

  async close(): Promise<void> {
    clearInterval(this.#looking)
    await this.#link.close()
  }

  async #begin(db: Db, channel: string): Promise<void> {
    const end = await db.listen(channel, (payload) => this.#heard(channel, payload))
    if (this.#channels.has(channel)) this.#channels.set(channel, end)
    else await end()
  }
}
