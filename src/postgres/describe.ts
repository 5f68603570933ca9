// Statements in; what PostgreSQL says of each without running it (columns and parameters, or an error) out: messages of its protocol, all of
// them in one round trip. The driver has one round trip for each, and keeps no type modifier.
import type {Socket} from 'node:net'
import type {PgextError} from '../errors.ts'
import {goneError, sqlError} from './error.ts'

/** A statement to be described. */
export interface Asked {
  readonly sql: string
  /** type oids of $1, $2, …; 0: PostgreSQL finds out */
  readonly types?: readonly number[]
  /** it is run, and its rows are forgotten: whether there is an error is all that is asked */
  readonly runs?: true
}

export interface Column {
  readonly name: string
  /** its type's oid; a domain's is that of what it is made from */
  readonly type: number
  /** -1: none */
  readonly modifier: number
  /** oid of the table or view that it is a column of, and which; 0: it is computed */
  readonly table: number
  readonly attribute: number
}

export interface Description {
  /** empty for what gives no rows */
  readonly columns: readonly Column[]
  /** type oids */
  readonly parameters: readonly number[]
}

export type Described = Description | PgextError

/** `after` is run (simple protocol) after each: in a transaction, what takes back the statement's locks and errors. */
export function questions(asked: readonly Asked[], after?: string): Buffer {
  const parts = [message('Q', text(''))]
  for (const {sql, types = [], runs} of asked) {
    if (runs) parts.push(message('Q', text(sql)))
    else parts.push(message('P', text(''), text(sql), oids(types)), message('D', Buffer.from('S'), text('')), message('S'))
    if (after !== undefined) parts.push(message('Q', text(after)))
  }
  return Buffer.concat(parts)
}

function oids(types: readonly number[]): Buffer {
  const numbers = Buffer.alloc(2 + 4 * types.length)
  numbers.writeUInt16BE(types.length, 0)
  types.forEach((oid, at) => {
    numbers.writeUInt32BE(oid, 2 + 4 * at)
  })
  return numbers
}

/** Over a socket whose owner has nothing to do meanwhile. */
export async function askOver(socket: Socket, asked: readonly Asked[], after?: string): Promise<Described[]> {
  const answers = await converse(socket, questions(asked, after), (others) => new Answers(asked, after !== undefined, others))
  return answers.described
}

/** Takes what the server answers, in chunks of any size. */
export interface Listener {
  readonly isDone: boolean
  take(chunk: Uint8Array): void
}

/** @param listen given whose message it is not: the end of what was asked before, and what the server tells unasked */
export function converse<L extends Listener>(
  socket: Socket,
  said: Buffer,
  listen: (others: (message: Buffer) => void) => L,
): Promise<L> {
  const owners = socket.listeners('data') as ((chunk: Buffer) => void)[]
  return new Promise((resolve, reject) => {
    const listener = listen((message) => {
      for (const owner of owners) owner(message)
    })
    const settle = (done: () => void) => {
      socket.off('data', heard).off('close', closed)
      for (const owner of owners) socket.on('data', owner)
      done()
    }
    const heard = (chunk: Buffer) => {
      listener.take(chunk)
      if (listener.isDone) settle(() => resolve(listener))
    }
    const closed = () => settle(() => reject(goneError()))
    // a socket without anybody who listens would stop to flow
    socket.on('data', heard).once('close', closed)
    for (const owner of owners) socket.off('data', owner)
    socket.write(said)
  })
}

/** Whole messages are read; gives back what is the beginning of one. */
export function readMessages(rest: Buffer, chunk: Uint8Array, read: (message: Buffer) => void): Buffer {
  const all = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
  let at = 0
  while (all.length - at >= 5) {
    const end = at + 1 + all.readUInt32BE(at + 1)
    if (end > all.length) break
    read(all.subarray(at, end))
    at = end
  }
  return all.subarray(at)
}

export const text = (value: string): Buffer => Buffer.from(`${value.replaceAll('\0', '')}\0`)

export function message(kind: string, ...body: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(5)
  head.write(kind, 0, 'latin1')
  head.writeUInt32BE(4 + body.reduce((sum, part) => sum + part.length, 0), 1)
  return Buffer.concat([head, ...body])
}

export class Answers implements Listener {
  readonly described: Described[] = []
  readonly #asked: readonly Asked[]
  readonly #isFollowed: boolean
  /** whose message it is not: the end of what was asked before, and what the server tells unasked */
  readonly #others: (message: Buffer) => void
  #rest: Buffer = Buffer.alloc(0)
  #begun = false
  #ready = 0
  #columns: Column[] = []
  #parameters: number[] = []
  #error?: PgextError

  constructor(asked: readonly Asked[], isFollowed: boolean, others: (message: Buffer) => void = () => {}) {
    this.#asked = asked
    this.#isFollowed = isFollowed
    this.#others = others
  }

  get isDone(): boolean {
    return this.#ready === 1 + this.#asked.length * (this.#isFollowed ? 2 : 1)
  }

  take(chunk: Uint8Array): void {
    this.#rest = readMessages(this.#rest, chunk, (message) => this.#read(message))
  }

  #read(message: Buffer): void {
    const kind = String.fromCharCode(message[0]!)
    // ours begin with the answer to an empty query
    if (kind === 'I') this.#begun = true
    if (!this.#begun || kind === 'A' || kind === 'S') {
      this.#others(message)
      return
    }
    if (kind === 't') this.#parameters = parametersOf(message)
    if (kind === 'T') this.#columns = columnsOf(message)
    if (kind === 'E') this.#error ??= sqlError(errorOf(message), this.#asked[this.described.length]?.sql ?? '')
    if (kind !== 'Z') return
    this.#ready++
    if (this.#ready === 1 || (this.#isFollowed && this.#ready % 2 === 1)) return
    this.described.push(this.#error ?? {columns: this.#columns, parameters: this.#parameters})
    this.#error = undefined
    this.#columns = []
    this.#parameters = []
  }
}

function parametersOf(message: Buffer): number[] {
  return Array.from({length: message.readUInt16BE(5)}, (_, at) => message.readUInt32BE(7 + 4 * at))
}

function columnsOf(message: Buffer): Column[] {
  let at = 7
  return Array.from({length: message.readUInt16BE(5)}, () => {
    const end = message.indexOf(0, at)
    const name = message.toString('utf8', at, end)
    at = end + 19
    const [table, attribute] = [message.readUInt32BE(end + 1), message.readInt16BE(end + 5)]
    return {name, type: message.readUInt32BE(end + 7), modifier: message.readInt32BE(end + 13), table, attribute}
  })
}

/** its fields' letters, under the driver's names */
const FIELDS: Readonly<Record<string, string>> = {
  C: 'code',
  M: 'message',
  D: 'detail',
  H: 'hint',
  P: 'position',
  p: 'internal_position',
  q: 'internal_query',
  W: 'where',
}

export function errorOf(message: Buffer): Record<string, string> {
  const error: Record<string, string> = {}
  for (let at = 5; message[at]; ) {
    const end = message.indexOf(0, at)
    const field = FIELDS[String.fromCharCode(message[at]!)]
    if (field) error[field] = message.toString('utf8', at + 1, end)
    at = end + 1
  }
  return error
}
