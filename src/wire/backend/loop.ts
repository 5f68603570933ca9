// Bytes of a client in, PostgreSQL's answer out: its main loop, turned by hand. Nothing else here calls the engine.
import {message, text} from '../../postgres/describe.ts'
import {nextMessage, query, type Status} from '../message.ts'
import type {Module} from './memory.ts'

/** how PGlite leaves PostgreSQL's main loop when a statement failed; what else is thrown ended the backend */
const FAILED = 100

const COPY_FAIL = message('f', text('the client has gone away'))
const SYNC = message('S')
/** An error before the end: what a client that goes has begun, and not ended by a Sync of its own, is not committed. */
const GONE = Buffer.concat([message('E', text('the client has gone away'), Buffer.alloc(4)), SYNC])

class Dead extends Error {}

export interface Ear {
  /** whole messages, in order */
  hear(bytes: Buffer): void
  /** more input for what runs; undefined: there will be none */
  want(): Uint8Array | undefined
  /** around the end of a unit, when PostgreSQL reads notifications */
  settle(end: () => void): void
}

export class Loop {
  status: Status = 'I'
  readonly #module: Module
  #ear: Ear
  #input: Uint8Array = new Uint8Array(0)
  #at = 0
  #isReady = false
  /** said, and not handed on yet */
  #out: Buffer[] = []
  #length = 0
  /** bytes of the message that has begun: it is handed on whole, and put together once */
  #due = 0
  #isDead = false

  constructor(module: Module, ear: Ear) {
    this.#module = module
    this.#ear = ear
    const read = module.addFunction((to: number, most: number) => this.#read(to, most), 'ipi')
    const write = module.addFunction((from: number, length: number) => this.#write(from, length), 'ipi')
    module._pgl_set_rw_cbs(read, write)
  }

  /** A unit: until PostgreSQL is ready for the next. */
  run(bytes: Uint8Array): void {
    if (this.#isDead) throw new Dead('the engine has ended')
    this.#input = bytes
    this.#at = 0
    this.#isReady = false
    while (!this.#isReady) {
      while (this.#at < this.#input.length || this.#module._pq_buffer_remaining_data() > 0) this.#turn()
      this.#ear.settle(() => this.#module._PostgresSendReadyForQueryIfNecessary())
      this.#module._pgl_pq_flush()
      this.flush()
      if (!this.#isReady) this.#refill()
    }
  }

  /** What pgext asks by itself, in the session that runs now: rows as texts. */
  ask(sql: string): (string | null)[][] {
    return this.askBy(query(sql))
  }

  askBy(messages: Uint8Array): (string | null)[][] {
    const rows: (string | null)[][] = []
    let failure = ''
    const ear = this.#ear
    this.#ear = {
      hear: (bytes) => {
        for (let at = 0, next = nextMessage(bytes, 0); next; at = next.end, next = nextMessage(bytes, at)) {
          if (next.kind === 'D') rows.push(columns(bytes, at))
          if (next.kind === 'E') failure ||= fieldsOf(bytes.subarray(at, next.end)).get('M') ?? 'failed'
        }
      },
      want: () => undefined,
      settle: (end) => end(),
    }
    try {
      this.run(messages)
    } finally {
      this.#ear = ear
    }
    if (failure) throw new Error(failure)
    return rows
  }

  /** Hands on what has been said so far. */
  flush(): void {
    if (this.#length === 0 || this.#length < this.#due) return
    const all = Buffer.concat(this.#out)
    let at = 0
    for (let next = nextMessage(all, 0); next; next = nextMessage(all, at)) {
      if (next.kind === 'Z') {
        this.#isReady = true
        this.status = String.fromCharCode(all[at + 5]!) as Status
      }
      at = next.end
    }
    const rest = all.subarray(at)
    this.#out = [rest]
    this.#length = rest.length
    this.#due = rest.length >= 5 ? 1 + rest.readUInt32BE(1) : 0
    if (at > 0) this.#ear.hear(all.subarray(0, at))
  }

  #turn(): void {
    const stack = this.#module.stackSave()
    try {
      this.#module._PostgresMainLoopOnce()
    } catch (error) {
      if ((error as {status?: number}).status !== FAILED) {
        this.#isDead = true
        this.flush()
        throw new Dead(`the engine has ended: ${error instanceof Error ? error.message : JSON.stringify(error)}`, {cause: error})
      }
      this.#module.stackRestore(stack)
      this.#module._PostgresMainLongJmp()
    }
  }

  #refill(): void {
    this.#input = this.#ear.want() ?? GONE
    this.#at = 0
  }

  /** PostgreSQL asks for more than there is in the middle of a COPY alone: its messages come whole. */
  #read(to: number, most: number): number {
    if (this.#at >= this.#input.length) {
      this.flush()
      this.#input = this.#ear.want() ?? Buffer.concat([COPY_FAIL, SYNC])
      this.#at = 0
    }
    const part = this.#input.subarray(this.#at, this.#at + most)
    this.#module.HEAPU8.set(part, to)
    this.#at += part.length
    return part.length
  }

  #write(from: number, length: number): number {
    this.#out.push(Buffer.from(this.#module.HEAPU8.slice(from, from + length)))
    this.#length += length
    if (this.#out.length >= 16) this.flush()
    return length
  }
}

function columns(bytes: Buffer, start: number): (string | null)[] {
  let at = start + 7
  return Array.from({length: bytes.readUInt16BE(start + 5)}, () => {
    const length = bytes.readInt32BE(at)
    at += 4
    if (length < 0) return null
    at += length
    return bytes.toString('utf8', at - length, at)
  })
}

/** Of an error or a notice: its fields' letters and texts. */
export function fieldsOf(message: Buffer): Map<string, string> {
  const fields = new Map<string, string>()
  for (let at = 5; message[at]; ) {
    const end = message.indexOf(0, at)
    fields.set(String.fromCharCode(message[at]!), message.toString('utf8', at + 1, end))
    at = end + 1
  }
  return fields
}
