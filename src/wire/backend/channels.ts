// Sessions that listen in; where PostgreSQL looks for channels, the list of all of theirs out, at the moment when it reads notifications.
import type {Memory} from './memory.ts'
import type {Places} from './places.ts'

export const KEEPER = 'pgext keeps listening'

export class Channels {
  readonly #memory: Memory
  readonly #places: Places
  /** a List of our own, and the names that it is of */
  #list = 0
  #names = ''
  #lent = 0
  readonly #texts = new Map<string, number>()

  constructor(memory: Memory, places: Places) {
    this.#memory = memory
    this.#places = places
  }

  /** Of the session that runs now. */
  read(): string[] {
    const memory = this.#memory
    const list = memory.get(this.#places.channels)
    if (list === 0) return []
    const elements = memory.get(list + 12)
    return Array.from({length: memory.get(list + 4)}, (_, at) => memory.text(memory.get(elements + at * 4))!).filter(
      (name) => name !== KEEPER,
    )
  }

  /**
   * A backend that listens to nothing forgets that it listens as soon as it notifies: while others do, each session has this to listen to.
   * @param listen makes a list of KEEPER alone where there is none
   */
  lend(listen: () => void): void {
    const place = this.#places.channels
    if (this.#memory.get(place) !== 0) return
    if (this.#lent === 0) {
      listen()
      this.#lent = this.#memory.get(place)
    }
    this.#memory.set(place, this.#lent)
  }

  /** What was lent comes back, unless the session has added to it: then it is the session's, or it is gone. */
  take(): void {
    const place = this.#places.channels
    const list = this.#memory.get(place)
    if (list !== 0 && list !== this.#lent) return
    if (list === 0 || this.#memory.get(list + 4) > 1) this.#lent = 0
    else this.#memory.set(place, 0)
  }

  /** While PostgreSQL reads, all channels are the running session's; it only looks at them. */
  during(all: readonly string[], read: () => void): void {
    const place = this.#places.channels
    const own = this.#memory.get(place)
    this.#memory.set(place, this.#listOf(all))
    try {
      read()
    } finally {
      this.#memory.set(place, own)
    }
  }

  #listOf(all: readonly string[]): number {
    const names = all.join('\0')
    if (names === this.#names && this.#list !== 0) return this.#list
    if (this.#list !== 0) this.#memory.module._free(this.#list)
    this.#names = names
    this.#list = this.#memory.keep(new Uint8Array(16 + 4 * all.length))
    const words = [this.#places.list, all.length, all.length, this.#list + 16, ...all.map((name) => this.#textOf(name))]
    words.forEach((word, at) => {
      this.#memory.set(this.#list + 4 * at, word)
    })
    return this.#list
  }

  #textOf(name: string): number {
    const known = this.#texts.get(name)
    if (known !== undefined) return known
    const address = this.#memory.keep(Buffer.from(`${name}\0`))
    this.#texts.set(name, address)
    return address
  }
}
