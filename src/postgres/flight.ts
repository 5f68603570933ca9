// Scripts in; the rows of the last statement of each as texts, or its error, out. All are sent at once, and none stops those behind it.
import type {Socket} from 'node:net'
import {PgextError} from '../errors.ts'
import {converse, errorOf, type Listener, message, readMessages, text} from './describe.ts'
import {sqlError} from './error.ts'

export type Lines = readonly (readonly (string | null)[])[]

export type Landed = Lines | PgextError

/** Over a socket whose owner has nothing to do meanwhile. */
export async function flyOver(socket: Socket, scripts: readonly string[]): Promise<Landed[]> {
  const said = Buffer.concat([message('Q', text('')), ...scripts.map((script) => message('Q', text(script)))])
  const landings = await converse(socket, said, (others) => new Landings(scripts, others))
  return landings.landed
}

/** COPY … FROM stdin and its rows, as the format of the statement has them. What comes behind an error the server passes over. */
export async function copyOver(socket: Socket, sql: string, rows: string): Promise<void> {
  const bytes = Buffer.from(rows)
  const portions = Array.from({length: Math.ceil(bytes.length / PORTION)}, (_, at) =>
    bytes.subarray(at * PORTION, (at + 1) * PORTION),
  )
  const said = [message('Q', text('')), message('Q', text(sql)), ...portions.map((one) => message('d', one)), message('c')]
  const {landed} = await converse(socket, Buffer.concat(said), (others) => new Landings([sql], others))
  if (landed[0] instanceof PgextError) throw landed[0]
}

const PORTION = 2 ** 20

class Landings implements Listener {
  readonly landed: Landed[] = []
  readonly #scripts: readonly string[]
  /** whose message it is not: the end of what was asked before, and what the server tells unasked */
  readonly #others: (message: Buffer) => void
  #rest: Buffer = Buffer.alloc(0)
  #begun = false
  #ready = 0
  #rows: (string | null)[][] = []
  #last: Lines = []
  #error?: PgextError

  constructor(scripts: readonly string[], others: (message: Buffer) => void) {
    this.#scripts = scripts
    this.#others = others
  }

  get isDone(): boolean {
    return this.#ready === 1 + this.#scripts.length
  }

  take(chunk: Uint8Array): void {
    this.#rest = readMessages(this.#rest, chunk, (message) => this.#read(message))
  }

  #read(message: Buffer): void {
    const kind = String.fromCharCode(message[0]!)
    // ours begin with the answer to an empty query
    if (kind === 'I') this.#begun = true
    if (!this.#begun || kind === 'A' || kind === 'S') this.#others(message)
    else if (kind === 'D') this.#rows.push(rowOf(message))
    else if (kind === 'C') this.#end()
    else if (kind === 'E') this.#error ??= sqlError(errorOf(message), this.#scripts[this.landed.length] ?? '')
    else if (kind === 'Z') this.#land()
  }

  #end(): void {
    this.#last = this.#rows
    this.#rows = []
  }

  #land(): void {
    this.#ready++
    if (this.#ready > 1) this.landed.push(this.#error ?? this.#last)
    this.#error = undefined
    this.#rows = []
    this.#last = []
  }
}

function rowOf(message: Buffer): (string | null)[] {
  let at = 7
  return Array.from({length: message.readUInt16BE(5)}, () => {
    const length = message.readInt32BE(at)
    at += 4
    if (length < 0) return null
    at += length
    return message.toString('utf8', at - length, at)
  })
}
