// Bytes of a client in, in whatever pieces they come; what it says first, and then message by message, out.
import {LARGEST, nextMessage} from './message.ts'
import {type Opening, readOpening} from './startup.ts'

export interface Said {
  readonly kind: string
  /** all of it */
  readonly message: Buffer
}

export class Intake {
  /** put together once it holds a whole message: not with each piece of a large one */
  #pieces: Buffer[] = []
  #length = 0
  /** bytes of the message that is coming, where that is known */
  #due = 0

  add(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#pieces.push(chunk)
    this.#length += chunk.length
  }

  clear(): void {
    this.#keep(Buffer.alloc(0))
  }

  /** All that there is. */
  get #bytes(): Buffer {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces)]
    return this.#pieces[0]!
  }

  #keep(bytes: Buffer): void {
    this.#pieces = [bytes]
    this.#length = bytes.length
    this.#due = 0
  }

  /** Before any message; undefined: it is not whole yet. */
  opening(): Opening | undefined {
    const read = readOpening(this.#bytes)
    if (!read) return undefined
    this.#keep(this.#bytes.subarray(read.length))
    return read.opening
  }

  /**
   * The next one; undefined: it is not whole yet; words: why it is none.
   * @param isSpoken whether messages of this kind may come now
   */
  message(isSpoken: (kind: string) => boolean): Said | string | undefined {
    if (this.#length < Math.max(5, this.#due)) return undefined
    const bytes = this.#bytes
    const [kind, length] = [String.fromCharCode(bytes[0]!), bytes.readUInt32BE(1)]
    if (!isSpoken(kind)) return `invalid frontend message type ${bytes[0]}`
    if (length < 4 || length > LARGEST) return `invalid message length ${length}`
    const next = nextMessage(bytes, 0)
    this.#due = length + 1
    if (!next) return undefined
    const message = bytes.subarray(0, next.end)
    this.#keep(bytes.subarray(next.end))
    return {kind, message}
  }
}
