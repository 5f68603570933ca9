// What is to be published in; a promise of each out, kept when the server says so.
import type {ClientError} from './model.ts'
import type {Json, Request} from './protocol.ts'

interface Letter {
  readonly request: Request
  readonly settle: (error?: ClientError) => void
  isSent: boolean
}

export class Post {
  readonly #send: (request: Request) => void
  readonly #letters = new Map<string, Letter>()
  #count = 0

  constructor(send: (request: Request) => void) {
    this.#send = send
  }

  /** It goes with the next `flush`. */
  put(channel: string, payload: Json): Promise<void> {
    const id = `publish ${++this.#count}`
    return new Promise((resolve, reject) => {
      const settle = (error?: ClientError) => (error ? reject(error) : resolve())
      this.#letters.set(id, {request: {type: 'publish', id, channel, payload}, settle, isSent: false})
    })
  }

  flush(): void {
    for (const letter of this.#letters.values()) {
      if (!letter.isSent) this.#send(letter.request)
      letter.isSent = true
    }
  }

  /** @returns whether there is such a one */
  settle(id: string, error?: ClientError): boolean {
    this.#letters.get(id)?.settle(error)
    return this.#letters.delete(id)
  }

  /** Those that were sent, of which nobody knows; `isLast`: the others as well. */
  lose(error: ClientError, isLast?: boolean): void {
    for (const [id, {isSent}] of this.#letters) if (isSent || isLast) this.settle(id, error)
  }
}
