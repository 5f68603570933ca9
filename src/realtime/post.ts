// Frames for sockets in; when a turn ends, one write for each socket out: it is the call to the system that takes time, whatever it carries.
import type {Duplex} from 'node:stream'

/** Bytes for one socket that wait for the end of a turn at most. */
const LARGE = 65_536

/** One frame of text, as a server sends it. It may be sent to many, and stays as it is. */
export function frameOf(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(head + length)
  frame[0] = 0x81
  frame[1] = head === 2 ? length : head === 4 ? 126 : 127
  if (head === 4) frame.writeUInt16BE(length, 2)
  else if (head === 10) frame.writeBigUInt64BE(BigInt(length), 2)
  frame.write(text, head)
  return frame
}

/** Frames that were put together, as others may be sent the same. */
interface Bundle {
  readonly frames: readonly Buffer[]
  readonly bytes: Buffer
}

/** By the first of their frames. */
type Bundles = Map<Buffer, Bundle>

/** What is shared by all sockets of a server. */
export class Post {
  #waiting: Parcel[] = []

  /** It is sent when what runs now has ended. */
  take(parcel: Parcel): void {
    if (this.#waiting.push(parcel) === 1) queueMicrotask(() => this.#send())
  }

  #send(): void {
    const bundles: Bundles = new Map()
    for (const parcel of this.#waiting.splice(0)) parcel.send(bundles)
  }
}

/** What one socket is sent next. */
export class Parcel {
  readonly #post: Post
  readonly #stream: Duplex
  #frames: Buffer[] = []
  #isWaiting = false
  bytes = 0
  /** Called once, when all of it, and with it all before, is in the system's hands. */
  sent?: () => void

  constructor(post: Post, stream: Duplex) {
    this.#post = post
    this.#stream = stream
  }

  add(frame: Buffer): void {
    this.#frames.push(frame)
    this.bytes += frame.length
    if (this.bytes > LARGE) this.send()
    else if (!this.#isWaiting) {
      this.#isWaiting = true
      this.#post.take(this)
    }
  }

  /** Now: what is written by others comes after it. */
  send(bundles?: Bundles): void {
    // from the end of a turn on, it waits for the next one's
    if (bundles) this.#isWaiting = false
    const frames = this.#frames
    if (frames.length === 0) return
    const sent = this.sent
    this.#frames = []
    this.bytes = 0
    this.sent = undefined
    this.#stream.write(frames.length === 1 ? frames[0] : together(frames, bundles), sent)
  }
}

function together(frames: readonly Buffer[], bundles?: Bundles): Buffer {
  const known = bundles?.get(frames[0]!)
  if (known && known.frames.length === frames.length && known.frames.every((frame, at) => frame === frames[at]))
    return known.bytes
  const bytes = Buffer.concat(frames)
  bundles?.set(frames[0]!, {frames, bytes})
  return bytes
}
