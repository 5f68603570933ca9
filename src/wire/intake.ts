// Bytes of a client in, in whatever pieces they come; what it says first, and then message by message, out.
import {LARGEST, nextMessage} from './message.ts'
import {type Opening, readOpening} from './startup.ts'

export interface Said {
  readonly kind: string
  /** all of it */
  readonly message: Buffer
}

export class Intake {
  #bytes: Buffer = Buffer.alloc(0)

  add(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
  }

  clear(): void {
    this.#bytes = Buffer.alloc(0)
  }

  /** Before any message; undefined: it is not whole yet. */
  opening(): Opening | undefined {
    const read = readOpening(this.#bytes)
    if (!read) return undefined
    this.#bytes = this.#bytes.subarray(read.length)
    return read.opening
  }

  /**
   * The next one; undefined: it is not whole yet; words: why it is none.
   * @param isSpoken whether messages of this kind may come now
   */
  message(isSpoken: (kind: string) => boolean): Said | string | undefined {
    if (this.#bytes.length < 5) return undefined
    const [kind, length] = [String.fromCharCode(this.#bytes[0]!), this.#bytes.readUInt32BE(1)]
    if (!isSpoken(kind)) return `invalid frontend message type ${this.#bytes[0]}`
    if (length < 4 || length > LARGEST) return `invalid message length ${length}`
    const next = nextMessage(this.#bytes, 0)
    if (!next) return undefined
    const message = this.#bytes.subarray(0, next.end)
    this.#bytes = this.#bytes.subarray(next.end)
    return {kind, message}
  }
}
