// A source of the log in, one that goes on from the middle of a batch, too, out: its own positions are between messages.
import type {Asking} from '../link.ts'
import type {Batch, Source} from '../model.ts'
import {skipping, splitToken} from '../token.ts'

export class Parts implements Source {
  readonly engine = 'wal'
  readonly start: string
  readonly #source: Source
  readonly #db: Asking
  readonly #name?: string
  readonly #begun?: string
  /** acknowledged last */
  #base = ''
  #skip = 0

  /**
   * @param db where a consumer of this name is remembered
   * @param begun the token that it was opened with, or that the consumer acknowledged last
   */
  constructor(source: Source, db: Asking, {name, begun}: {readonly name?: string; readonly begun?: string}) {
    this.#source = source
    this.#db = db
    this.#name = name
    this.#begun = begun
    this.start = begun ?? source.start
  }

  async *read(): AsyncIterable<Batch> {
    const {base, skip} = splitToken(this.#begun ?? '')
    // whole batches may have been acknowledged since: then it begins with another one
    yield* skipping(this.#source.read(), (first) => (first.before === base ? skip : 0))
  }

  async acknowledge(token: string): Promise<void> {
    const {base, skip} = splitToken(token)
    await this.#source.acknowledge(base)
    // an earlier one of the same batch
    if (base === this.#base && skip <= this.#skip) return
    this.#base = base
    this.#skip = skip
    if (skip > 0 && this.#name) await this.#db.query('update pgext.consumer set token = $2 where name = $1', [this.#name, token])
  }

  close(): Promise<void> {
    return this.#source.close()
  }
}

/** The part of a batch that a consumer acknowledged last, if it was one. */
export async function partOf(db: Asking, name: string): Promise<string | undefined> {
  const [row] = await db.query<{token: string | null}>(`select token from pgext.consumer where name = $1 and engine = 'wal'`, [
    name,
  ])
  return row?.token ?? undefined
}
