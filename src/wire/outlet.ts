// What a client is to be told in; it on the client's socket out, so that one knows how much of it the client has not taken yet, and since when.
import type {Socket} from 'node:net'

interface Unit {
  /** whole messages */
  readonly bytes: Uint8Array
  /** the engine counts them */
  readonly isOwed: boolean
  at: number
}

/** bytes that are given to the socket at a time: it tells of them only when all are taken */
const PIECE = 64 * 1024

export class Outlet {
  /** bytes that the engine counts, not taken yet */
  owed = 0
  /** of others' making, such as notifications, not taken yet */
  heard = 0
  /** when the client took something, or had nothing left to take */
  since = performance.now()
  readonly #socket: Socket
  readonly #taken: (bytes: number) => void
  #units: Unit[] = []
  #isWriting = false
  #isOver = false
  #last?: Uint8Array

  /** @param taken is told of bytes that the engine counts */
  constructor(socket: Socket, taken: (bytes: number) => void) {
    this.#socket = socket
    this.#taken = taken
  }

  write(bytes: Uint8Array, isOwed: boolean): void {
    if (this.#isOver || this.#socket.destroyed) {
      if (isOwed) this.#taken(bytes.length)
      return
    }
    if (bytes.length === 0) return
    if (this.#units.length === 0) this.since = performance.now()
    if (isOwed) this.owed += bytes.length
    else this.heard += bytes.length
    this.#units.push({bytes, isOwed, at: 0})
    this.#go()
  }

  /** No more of the engine's. What was said before is sent, or, where it is in the way, all that has not begun is left out. */
  end(last?: Uint8Array, isInTheWay = false): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#last = last
    if (isInTheWay) this.#units = this.#units.filter(({at}) => at > 0)
    this.#taken(this.owed)
    this.owed = 0
    this.heard = 0
    this.#go()
  }

  #go(): void {
    if (this.#isWriting || this.#socket.destroyed) return
    const [unit] = this.#units
    if (!unit) {
      if (this.#isOver) this.#socket.end(this.#last ?? '')
      return
    }
    const piece = unit.bytes.subarray(unit.at, unit.at + PIECE)
    unit.at += piece.length
    this.#isWriting = true
    this.#socket.write(piece, () => this.#took(unit, piece.length))
  }

  #took(unit: Unit, length: number): void {
    this.#isWriting = false
    this.since = performance.now()
    if (unit.at === unit.bytes.length) this.#units.shift()
    if (unit.isOwed && !this.#isOver) {
      this.owed -= length
      this.#taken(length)
    } else if (!this.#isOver) this.heard -= length
    this.#go()
  }
}
