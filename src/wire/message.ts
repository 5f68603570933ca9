// PostgreSQL's protocol as a server speaks it: bytes in, whole messages out; and the messages that a server says by itself.
import {message, text} from '../postgres/describe.ts'

/** What a client may send once it is let in; anything else would end the only backend there is. */
export const SPOKEN = new Set('QPBDECSHFdcf')

/** Those after which the backend has something to say. */
export const CALLS = new Set('QSHF')

/** what a message may be at most; PostgreSQL's own limit is 1 GB, which would not fit into the engine's memory twice */
export const LARGEST = 256 * 1024 * 1024

export interface Problem {
  readonly code: string
  readonly message: string
  readonly detail?: string
  readonly hint?: string
  readonly severity?: 'ERROR' | 'FATAL'
}

export function problem({code, message: said, detail, hint, severity = 'ERROR'}: Problem): Buffer {
  const fields = [`S${severity}`, `V${severity}`, `C${code}`, `M${said}`, detail && `D${detail}`, hint && `H${hint}`]
  return message(
    'E',
    ...fields.filter((field) => field !== undefined && field !== '').map((field) => text(field!)),
    Buffer.from([0]),
  )
}

export const fatal = (code: string, said: string, hint?: string): Buffer =>
  problem({code, message: said, severity: 'FATAL', ...(hint && {hint})})

/** I: idle, T: in a transaction, E: in one that failed */
export type Status = 'I' | 'T' | 'E'

export const ready = (status: Status): Buffer => message('Z', Buffer.from(status))

export const parameter = (name: string, value: string): Buffer => message('S', text(name), text(value))

export function words(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length)
  values.forEach((value, at) => {
    buffer.writeInt32BE(value, 4 * at)
  })
  return buffer
}

/** kind 0: let in; 10, 11, 12: the steps of SCRAM */
export const authentication = (kind: number, ...body: readonly Buffer[]): Buffer => message('R', words(kind), ...body)

export const keyData = (pid: number, key: number): Buffer => message('K', words(pid, key))

/** a notification, under the process number of whoever sent it */
export const notification = (pid: number, rest: Buffer): Buffer => message('A', words(pid), rest)

export const query = (sql: string): Buffer => message('Q', text(sql))

/** One message as it came: where it begins and ends. `undefined`: there is not yet a whole one. */
export function nextMessage(buffer: Buffer, at: number): {kind: string; end: number} | undefined {
  if (buffer.length - at < 5) return undefined
  const end = at + 1 + buffer.readUInt32BE(at + 1)
  return end <= buffer.length ? {kind: String.fromCharCode(buffer[at]!), end} : undefined
}

/** Of whole messages. */
export function kindsOf(bytes: Uint8Array): string[] {
  return split(bytes).map(({kind}) => kind)
}

/** Names of statements that are prepared in there. */
export function preparedIn(bytes: Uint8Array): string[] {
  return split(bytes)
    .filter(({kind}) => kind === 'P')
    .map(({body}) => body.toString('utf8', 0, body.indexOf(0)))
    .filter((name) => name !== '')
}

function split(bytes: Uint8Array): {kind: string; body: Buffer}[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const all: {kind: string; body: Buffer}[] = []
  for (let at = 0, next = nextMessage(buffer, 0); next; at = next.end, next = nextMessage(buffer, at))
    all.push({kind: next.kind, body: buffer.subarray(at + 5, next.end)})
  return all
}
