// What was committed since a position in, batches out: small transactions read together, large ones in parts.

import type {Link} from '../link.ts'
import type {Batch, Change, Message} from '../model.ts'
import {changesOf, type Queued} from './change.ts'
import {gone, type Look, MOST, rowsOf, type Transaction} from './look.ts'
import {type Captured, unnest} from './nested.ts'
import {type Recorded, readShape} from './shape.ts'
import {type Position, writeToken} from './token.ts'

/** What triggers did inside one transaction is put in order in memory: more than this is not. */
const MOST_NESTED = 200_000

export class Batches {
  readonly #link: Link
  readonly #shapes = new Map<string, Recorded>()

  constructor(link: Link) {
    this.#link = link
  }

  async *of({transactions, until, isWhole, rows: read}: Look, position: Position): AsyncIterable<Batch> {
    const end = transactions.at(-1)
    const tokenAt = (one: Transaction, id: bigint) => {
      const {incarnation, seen} = position
      if (isWhole && one === end && id === one.last) return writeToken({incarnation, seen: until})
      return writeToken({incarnation, seen, within: {until, last: one.last, id}})
    }
    // pinned to what is looked at now: what is committed later may have a place between these
    const begun = position.within ?? {last: 0n, id: 0n}
    let before = writeToken({incarnation: position.incarnation, seen: position.seen, within: {...begun, until}})
    const emptied = new Set<number>()
    let last: Transaction | undefined
    for (const some of together(transactions, position)) {
      const begun = begunOf(some[0]!, position)
      for await (const {one, rows, entries} of this.#parts(some, begun, read)) {
        const id = BigInt(rows.at(-1)!.id)
        // of a part nobody knows how many they should be
        if (one !== last) emptied.clear()
        last = one
        if (begun > 0n && id === one.last) await this.#whole(position.seen)
        const token = tokenAt(one, id)
        yield {xid: one.xid, time: one.time, entries: withoutPartitions(entries, emptied), last: id === one.last, before, token}
        before = token
      }
    }
  }

  /** @param read rows that came with the look */
  async *#parts(some: readonly Transaction[], begun: bigint, read: readonly Queued[]): AsyncIterable<Part> {
    const [first] = some as [Transaction]
    if (begun === first.last && some.length === 1) return
    if (first.depth > 1) yield await this.#nested(first)
    else if (first.events > MOST || begun > 0n) yield* this.#large(first, begun)
    else yield* this.#small(some, read)
  }

  async *#small(some: readonly Transaction[], read: readonly Queued[]): AsyncIterable<Part> {
    const found = new Map<string, Queued[]>(some.map(({xid}) => [xid, []]))
    const isRead = read.some(({xid}) => xid === some[0]!.xid)
    for (const row of isRead ? read : await rowsOf(this.#link, some, 0n)) found.get(row.xid)?.push(row)
    for (const one of some) {
      const rows = found.get(one.xid)!
      // rows are large, and not all of them came
      if (rows.length < one.events) yield* this.#large(one, 0n)
      else yield {one, rows, entries: (await this.#captured(rows)).map(({entry}) => entry)}
    }
  }

  async *#large(one: Transaction, begun: bigint): AsyncIterable<Part> {
    let events = 0
    for (let after = begun; after < one.last; ) {
      const rows = await this.#next(one, after)
      events += rows.length
      after = BigInt(rows.at(-1)!.id)
      if (begun === 0n && after === one.last && events < one.events) throw gone('a part of it was thrown away while it was read')
      yield {one, rows, entries: (await this.#captured(rows)).map(({entry}) => entry)}
    }
  }

  async #nested(one: Transaction): Promise<Part> {
    if (one.events > MOST_NESTED)
      throw gone(`a transaction changed ${one.events} rows, some by triggers of others: too many to put in order`)
    const all: Queued[] = []
    const captured: Captured[] = []
    for (let after = 0n; after < one.last; after = BigInt(all.at(-1)!.id)) {
      const rows = await this.#next(one, after)
      all.push(...rows)
      captured.push(...(await this.#captured(rows)))
    }
    if (all.length < one.events) throw gone('a part of it was thrown away while it was read')
    return {one, rows: all, entries: unnest(captured).map(({entry}) => entry)}
  }

  /** One transaction may have written to two tables, of which the older is emptied. */
  async #whole(seen: string): Promise<void> {
    const [row] = await this.#link.query<{gone: boolean}>('select pgext.is_gone($1::text::pg_catalog.pg_snapshot) as gone', [
      seen,
    ])
    if (row?.gone) throw gone('a part of it was thrown away while it was read')
  }

  async #next(one: Transaction, after: bigint): Promise<Queued[]> {
    const rows = await rowsOf(this.#link, [one], after)
    if (rows.length === 0) throw gone('a part of it was thrown away while it was read')
    return rows
  }

  async #captured(rows: readonly Queued[]): Promise<Captured[]> {
    const captured: Captured[] = []
    for (const row of rows) {
      const recorded = row.shape === null ? undefined : (this.#shapes.get(row.shape) ?? (await this.#shape(row)))
      for (const entry of changesOf(row, recorded)) captured.push({entry, depth: row.depth, statement: row.written})
    }
    return captured
  }

  async #shape({shape, described}: Queued): Promise<Recorded> {
    const [found] = await this.#link.query<{shape: string}>(
      'select shape from pgext.shape where hash = $1::text::bigint limit 1',
      [shape],
    )
    const text = found?.shape ?? described
    if (!text) throw gone('what a table looked like when it was changed is recorded nowhere')
    // the next statement that is planned need not tell it any more
    if (!found) await this.#link.query('insert into pgext.shape (hash, shape) values ($1::text::bigint, $2::text)', [shape, text])
    const recorded = readShape(text)
    this.#shapes.set(shape!, recorded)
    return recorded
  }
}

interface Part {
  readonly one: Transaction
  readonly rows: readonly Queued[]
  readonly entries: readonly (Change | Message)[]
}

/** Of the first transaction events up to this id were handed over before. */
function begunOf(first: Transaction, {within}: Position): bigint {
  return within && first.last === within.last ? within.id : 0n
}

/** Small ones by as many as are read at once; large ones, and those whose triggers did something, each by itself. */
function together(transactions: readonly Transaction[], position: Position): Transaction[][] {
  const lists: Transaction[][] = []
  let events = MOST
  for (const one of transactions) {
    const isAlone = one.events > MOST || one.depth > 1 || begunOf(one, position) > 0n
    if (isAlone || events + one.events > MOST) {
      lists.push([one])
      events = isAlone ? MOST : one.events
    } else {
      lists.at(-1)!.push(one)
      events += one.events
    }
  }
  return lists
}

/** TRUNCATE of a partitioned table is one event, though each of its partitions has a trigger for it. Adds to what was emptied in the transaction. */
function withoutPartitions(entries: readonly (Change | Message)[], emptied: Set<number>): (Change | Message)[] {
  return entries.filter((entry) => {
    if (entry.kind === 'message') return true
    const {operation, partition, shape} = entry
    if (operation !== 'TRUNCATE') emptied.delete(shape.relid)
    else if (!partition) emptied.add(shape.relid)
    else return !emptied.has(shape.relid)
    return true
  })
}
