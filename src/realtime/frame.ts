// A text frame of a client in, a request out whose every part is what it should be; what is wrong with it otherwise.
import type {Json, Operation, Request} from '../client/protocol.ts'

/** What a client said that can't be understood. */
export class BadMessage extends Error {
  readonly id?: string

  constructor(message: string, id?: string) {
    super(message)
    this.id = id
  }
}

const OPERATIONS: ReadonlySet<unknown> = new Set<Operation>(['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'])
/** Characters of an id, a table's name, a channel's. */
const LONGEST_NAME = 300
const LONGEST_FILTER = 8192
const DEEPEST = 64
const MOST_COLUMNS = 1600

type Given = Readonly<Record<string, unknown>>

/** @throws BadMessage */
export function readRequest(text: string): Request {
  if (isDeep(text)) throw new BadMessage(`brackets stand more than ${DEEPEST} deep in each other`)
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    throw new BadMessage('this is no JSON')
  }
  if (!isObject(given)) throw new BadMessage('a message is an object: {"type": …}')
  const id = given.id
  if (id !== undefined && (typeof id !== 'string' || id.length > LONGEST_NAME))
    throw new BadMessage(`"id" is a string of up to ${LONGEST_NAME} characters`)
  const {type} = given
  if (typeof type !== 'string' || !Object.hasOwn(READERS, type)) throw new BadMessage('"type" is none that this server knows', id)
  return {type, ...(id !== undefined && {id}), ...READERS[type as Request['type']]!(given, id)} as Request
}

/** Of a message that is not dealt with, what its answer bears. */
export function idIn(text: string): string | undefined {
  if (isDeep(text)) return undefined
  try {
    const id: unknown = JSON.parse(text)?.id
    return typeof id === 'string' && id.length <= LONGEST_NAME ? id : undefined
  } catch {
    return undefined
  }
}

const READERS: Record<Request['type'], (given: Given, id?: string) => object> = {
  auth: (given, id) => ({token: text(given, 'token', 16_384, id)}),
  subscribe: (given, id) => ({
    table: text(given, 'table', LONGEST_NAME, id),
    ...(given.events !== undefined && {events: operations(given.events, id)}),
    ...(given.filter !== undefined && given.filter !== '' && {filter: text(given, 'filter', LONGEST_FILTER, id)}),
    ...(given.columns !== undefined && {columns: names(given.columns, id)}),
    ...(given.since !== undefined && given.since !== null && {since: text(given, 'since', 65_536, id)}),
    ...(given.sight !== undefined && {sight: text(given, 'sight', LONGEST_NAME, id)}),
    ...(given.snapshot !== undefined && {snapshot: flag(given.snapshot, id)}),
  }),
  listen: (given, id) => ({channel: text(given, 'channel', LONGEST_NAME, id)}),
  publish: (given, id) => {
    if (given.payload === undefined) throw new BadMessage('"payload" is missing', id)
    return {channel: text(given, 'channel', LONGEST_NAME, id), payload: given.payload as Json}
  },
  query: (given, id) => {
    if (id === undefined) throw new BadMessage('"id" is missing')
    const {params} = given
    if (params !== undefined && !isObject(params)) throw new BadMessage('"params" is an object', id)
    return {name: text(given, 'name', LONGEST_NAME, id), ...(params && {params})}
  },
  unsubscribe: (_, id) => {
    if (id === undefined) throw new BadMessage('"id" is missing')
    return {}
  },
  ack: (given, id) => ({token: text(given, 'token', 65_536, id)}),
  ping: () => ({}),
}

function text(given: Given, name: string, longest: number, id?: string): string {
  const value = given[name]
  if (typeof value !== 'string' || value === '') throw new BadMessage(`${JSON.stringify(name)} is a string`, id)
  if (value.length > longest) throw new BadMessage(`${JSON.stringify(name)} has more than ${longest} characters`, id)
  if (value.includes('\0')) throw new BadMessage(`${JSON.stringify(name)} holds a NUL`, id)
  return value
}

function operations(value: unknown, id?: string): readonly Operation[] {
  if (Array.isArray(value) && value.length > 0 && value.every((one) => OPERATIONS.has(one))) return value
  throw new BadMessage('"events" is a list of INSERT, UPDATE, DELETE and TRUNCATE', id)
}

function names(value: unknown, id?: string): readonly string[] {
  const isList = Array.isArray(value) && value.length > 0 && value.length <= MOST_COLUMNS
  if (isList && value.every((one) => typeof one === 'string' && one.length <= LONGEST_NAME)) return value
  throw new BadMessage('"columns" is a list of names', id)
}

function flag(value: unknown, id?: string): boolean {
  if (typeof value === 'boolean') return value
  throw new BadMessage('"snapshot" is true or false', id)
}

const isObject = (value: unknown): value is Given => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Looked at before it is read: what reads and writes JSON would do so by calling itself. */
function isDeep(text: string): boolean {
  let depth = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (isQuoted) {
      if (code === 92) at++
      else if (code === 34) isQuoted = false
    } else if (code === 34) isQuoted = true
    else if (code === 123 || code === 91) {
      if (++depth > DEEPEST) return true
    } else if (code === 125 || code === 93) depth--
  }
  return false
}
