// Batches as they are handed over in; those after a token again out, as long as they are kept: for readers of the WAL, which can't be read twice.
import type {Batch, Change, Message} from './model.ts'
import {joinToken, splitToken} from './token.ts'

export interface Bounds {
  readonly milliseconds: number
  /** Of the texts of rows and messages. */
  readonly bytes: number
}

interface Kept {
  readonly batch: Batch
  readonly bytes: number
  readonly at: number
}

export class History {
  readonly #bounds: Bounds
  readonly #now: () => number
  #kept: Kept[] = []
  /** Of tokens: the place of what comes after them in #kept, less those that were thrown away before it. */
  readonly #places = new Map<string, number>()
  #thrown = 0
  #bytes = 0
  #pushed = 0
  /** leads to the first of those kept: it began there, or threw away what ended there */
  #edge: string
  /** Nothing came after this, whether what came before is kept or not. */
  #newest: string

  /** @param start the token after which nothing was pushed yet */
  constructor(bounds: Bounds, start: string, now: () => number = () => performance.now()) {
    this.#bounds = bounds
    this.#now = now
    this.#edge = start
    this.#newest = start
    this.#places.set(start, 0)
  }

  get newest(): string {
    return this.#newest
  }

  /** All that came after it is kept. */
  get edge(): string {
    this.#forget()
    return this.#edge
  }

  /** Bytes that were ever pushed. */
  get pushed(): number {
    return this.#pushed
  }

  push(batch: Batch): void {
    const bytes = batch.entries.reduce((sum, entry) => sum + sizeOf(entry), 0)
    const place = this.#thrown + this.#kept.length
    // an engine may know a place by two tokens: where one batch ends, and where the next one begins
    this.#places.set(batch.before, place).set(batch.token, place + 1)
    this.#kept.push({batch, bytes, at: this.#now()})
    this.#bytes += bytes
    this.#pushed += bytes
    this.#newest = batch.token
    this.#forget()
  }

  /** All after a token; undefined when something of it may be missing: it is gone, or was never known. */
  since(token: string): readonly Batch[] | undefined {
    this.#forget()
    if (token === this.#newest) return []
    const {base, skip} = splitToken(token)
    const place = this.#places.get(base)
    if (place === undefined) return undefined
    const [first, ...rest] = this.#kept.slice(place - this.#thrown).map(({batch}) => batch)
    if (!first) return skip === 0 ? [] : undefined
    return skip === 0 ? [first, ...rest] : [...after(first, skip), ...rest]
  }

  #forget(): void {
    const oldest = this.#now() - this.#bounds.milliseconds
    let count = 0
    while (count < this.#kept.length && (this.#kept[count]!.at < oldest || this.#bytes > this.#bounds.bytes)) {
      const {batch, bytes} = this.#kept[count]!
      this.#bytes -= bytes
      if (this.#edge !== batch.token) this.#places.delete(this.#edge)
      if (batch.before !== batch.token) this.#places.delete(batch.before)
      this.#edge = batch.token
      count++
    }
    if (count === 0) return
    this.#kept = this.#kept.slice(count)
    this.#thrown += count
  }
}

function after(batch: Batch, skip: number): Batch[] {
  if (skip >= batch.entries.length) return []
  return [{...batch, entries: batch.entries.slice(skip), before: joinToken(batch.before, skip)}]
}

function sizeOf(entry: Change | Message): number {
  if (entry.kind === 'message') return entry.payload.length
  let sum = 0
  for (const row of [entry.row, entry.old]) if (row) for (const value of row) sum += value?.length ?? 0
  return sum
}
