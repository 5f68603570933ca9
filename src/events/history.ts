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
  /** Of those kept: places in #kept, less those that were thrown away before it. */
  readonly #places = new Map<string, number>()
  #thrown = 0
  #bytes = 0
  /** Nothing came after this, whether what came before is kept or not. */
  #newest?: string

  constructor(bounds: Bounds, now: () => number = () => performance.now()) {
    this.#bounds = bounds
    this.#now = now
  }

  push(batch: Batch): void {
    const bytes = batch.entries.reduce((sum, entry) => sum + sizeOf(entry), 0)
    this.#places.set(batch.before, this.#thrown + this.#kept.length)
    this.#kept.push({batch, bytes, at: this.#now()})
    this.#bytes += bytes
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
    return skip === 0 ? [first!, ...rest] : [...after(first!, skip), ...rest]
  }

  #forget(): void {
    const oldest = this.#now() - this.#bounds.milliseconds
    let count = 0
    while (count < this.#kept.length && (this.#kept[count]!.at < oldest || this.#bytes > this.#bounds.bytes)) {
      this.#bytes -= this.#kept[count]!.bytes
      this.#places.delete(this.#kept[count]!.batch.before)
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
