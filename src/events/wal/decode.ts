// One message of pgoutput (protocol 1, values as text) in, what it says out. Relations are remembered, as later messages name them by oid.
import {PgextError} from '../../errors.ts'
import type {Row, Shape} from '../model.ts'

/** A table as pgoutput describes it before its first change in a session, and again whenever its shape has changed. */
export interface Relation {
  readonly relid: number
  readonly schema: string
  readonly table: string
  /** d: the primary key, i: an index, f: the whole row, n: nothing */
  readonly identity: string
  readonly columns: readonly {readonly name: string; readonly type: number; readonly isIdentity: boolean}[]
  /** set by whoever has looked up what pgoutput leaves out */
  shape?: Shape
}

/** Of a row before its change there is all of it, or what tells rows from one another alone. */
export interface Before {
  readonly row: Row
  readonly isKey: boolean
}

export type Message =
  | {readonly tag: 'begin'; readonly lsn: bigint; readonly time: bigint; readonly xid: number}
  | {readonly tag: 'commit'; readonly end: bigint}
  | {readonly tag: 'relation'; readonly relation: Relation}
  | {readonly tag: 'insert'; readonly relation: Relation; readonly row: Row; readonly bytes: number}
  | {readonly tag: 'update'; readonly relation: Relation; readonly row: Row; readonly before?: Before; readonly bytes: number}
  | {readonly tag: 'delete'; readonly relation: Relation; readonly before: Before; readonly bytes: number}
  | {readonly tag: 'truncate'; readonly relations: readonly Relation[]}
  | {
      readonly tag: 'message'
      readonly isTransactional: boolean
      readonly prefix: string
      readonly content: string
      readonly bytes: number
    }
  /** all of the log up to here was sent */
  | {readonly tag: 'idle'; readonly lsn: bigint}
  | {readonly tag: 'failure'; readonly error: Error}
  | {readonly tag: 'nothing'}

const code = (letter: string): number => letter.charCodeAt(0)
const [BEGIN, COMMIT, RELATION, INSERT, UPDATE, DELETE, TRUNCATE, MESSAGE] = [...'BCRIUDTM'].map(code)
const [KEY, OLD, NULL, TEXT, UNCHANGED] = [...'KOntu'].map(code)
const NOTHING: Message = {tag: 'nothing'}

export class Decoder {
  readonly relations = new Map<number, Relation>()
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0

  /** Never throws, as nobody could catch it: what can't be read is a message too. */
  decode(bytes: Buffer): Message {
    this.#bytes = bytes
    this.#at = 1
    try {
      return this.#message(bytes[0]!)
    } catch (cause) {
      return {tag: 'failure', error: this.#failure(cause)}
    } finally {
      this.#bytes = Buffer.alloc(0)
    }
  }

  #message(tag: number): Message {
    const bytes = this.#bytes.length
    switch (tag) {
      case INSERT: {
        const relation = this.#relation()
        this.#at++
        return {tag: 'insert', relation, row: this.#row(relation), bytes}
      }
      case UPDATE: {
        const relation = this.#relation()
        const before = this.#before(relation)
        if (before) this.#at++
        return {tag: 'update', relation, row: this.#row(relation, before?.row), bytes, ...(before && {before})}
      }
      case DELETE: {
        const relation = this.#relation()
        return {tag: 'delete', relation, before: this.#before(relation)!, bytes}
      }
      case BEGIN:
        return {tag: 'begin', lsn: this.#int64(), time: this.#int64(), xid: this.#int32()}
      case COMMIT:
        this.#at += 9
        return {tag: 'commit', end: this.#int64()}
      case RELATION:
        return {tag: 'relation', relation: this.#describe()}
      case TRUNCATE: {
        const count = this.#int32()
        this.#at++
        return {tag: 'truncate', relations: Array.from({length: count}, () => this.#relation())}
      }
      case MESSAGE: {
        const isTransactional = (this.#byte() & 1) === 1
        this.#at += 8
        return {tag: 'message', isTransactional, prefix: this.#name(), content: this.#text(this.#int32()), bytes}
      }
      default:
        // types and origins
        return NOTHING
    }
  }

  #describe(): Relation {
    const relid = this.#int32()
    const schema = this.#name() || 'pg_catalog'
    const table = this.#name()
    const identity = String.fromCharCode(this.#byte())
    const columns = Array.from({length: this.#int16()}, () => {
      const isIdentity = (this.#byte() & 1) === 1
      const column = {name: this.#name(), type: this.#int32(), isIdentity}
      this.#at += 4
      return column
    })
    const relation: Relation = {relid, schema, table, identity, columns}
    this.relations.set(relid, relation)
    return relation
  }

  #relation(): Relation {
    const relation = this.relations.get(this.#int32())
    if (!relation) throw new Error('a table that was not described')
    return relation
  }

  /** Of an UPDATE there may be none: then the letter is the new row's. */
  #before(relation: Relation): Before | undefined {
    const letter = this.#byte()
    if (letter === KEY) {
      const row = this.#row(relation)
      // what is no part of the key comes as NULL
      return {row: row.map((value, at) => (relation.columns[at]!.isIdentity ? value : undefined)), isKey: true}
    }
    return letter === OLD ? {row: this.#row(relation), isKey: false} : undefined
  }

  /** @param before whose values stand for those that did not change and were not sent */
  #row(relation: Relation, before?: Row): Row {
    const count = this.#int16()
    const row = new Array<string | null | undefined>(count)
    for (let at = 0; at < count; at++) {
      const kind = this.#byte()
      if (kind === TEXT) row[at] = this.#text(this.#int32())
      else if (kind === NULL) row[at] = null
      else if (kind === UNCHANGED) row[at] = before?.[at]
      else throw new Error(`a value of kind ${kind} in ${relation.table}`)
    }
    return row
  }

  #byte(): number {
    return this.#bytes[this.#at++]!
  }

  #int16(): number {
    this.#at += 2
    return this.#bytes.readUInt16BE(this.#at - 2)
  }

  #int32(): number {
    this.#at += 4
    return this.#bytes.readUInt32BE(this.#at - 4)
  }

  #int64(): bigint {
    this.#at += 8
    return this.#bytes.readBigUInt64BE(this.#at - 8)
  }

  #name(): string {
    const end = this.#bytes.indexOf(0, this.#at)
    const name = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end + 1
    return name
  }

  /** Not by a TextDecoder: it takes a byte order mark that a value begins with away. */
  #text(length: number): string {
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  #failure(cause: unknown): Error {
    const table = this.#bytes.length > 5 ? this.relations.get(this.#bytes.readUInt32BE(1)) : undefined
    const name = table ? ` of ${table.schema}.${table.table}` : ''
    if ((cause as {code?: string}).code === 'ERR_STRING_TOO_LONG') {
      return new PgextError('not-supported', `a row${name} has a value that is too large to be an event`, {
        hint: 'a value may have at most 512 MB; take the table out of pg_events, or keep such values elsewhere',
        cause,
      })
    }
    return new PgextError('not-supported', `a change${name} can't be read: ${(cause as Error).message}`, {cause})
  }
}

const EPOCH = 946_684_800_000n

/** Microseconds since 2000 in, the text that PostgreSQL writes for that timestamptz in UTC out. */
export function showTime(micros: bigint): string {
  const [date, time] = new Date(Number(micros / 1000n + EPOCH)).toISOString().split(/T|\./) as [string, string]
  const fraction = String(micros % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '')
  return `${date} ${time}${fraction && `.${fraction}`}+00`
}
