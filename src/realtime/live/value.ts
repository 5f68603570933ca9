// What a live query is told in; its rows as they are now, and whoever waits for them, out.
import {applyDelta} from '../../client/delta.ts'
import type {Row} from '../../client/protocol.ts'
import {PgextError} from '../../errors.ts'
import {Viewers} from '../viewer.ts'
import type {LiveQuery, LiveQueryOptions} from './library.ts'
import type {Live} from './live.ts'
import type {Handle} from './model.ts'

const viewers = new Viewers()

export class Value implements LiveQuery<Row> {
  readonly id: string
  rows: readonly Row[] | undefined
  readonly warnings: string[] = []
  readonly #live: Live
  readonly #ended: () => void
  readonly #fallback?: (error: PgextError) => void
  #options: Omit<LiveQueryOptions, 'id'>
  #handle: Handle
  #key: readonly string[] = []
  #error?: PgextError
  #isOver = false
  /** another one whenever there is news */
  #turn = 0
  readonly #waiting = new Set<() => void>()
  readonly #heard = new Set<(rows: readonly Row[]) => void>()

  constructor(
    id: string,
    live: Live,
    options: Omit<LiveQueryOptions, 'id'>,
    fallback: ((error: PgextError) => void) | undefined,
    ended: () => void,
  ) {
    this.id = id
    this.#live = live
    this.#options = options
    this.#fallback = fallback
    this.#ended = ended
    this.#handle = this.#open()
  }

  /** Asked for once more: by a query that is another one, it is replaced. */
  use(options: Omit<LiveQueryOptions, 'id'>): void {
    if (options.sql === undefined && options.name === undefined) return
    const before = this.#options
    if (isSame(before, options)) return
    this.#options = options
    this.#error = undefined
    this.warnings.length = 0
    if (isSame({as: before.as}, {as: options.as})) this.#handle.replace(options)
    else {
      this.#handle.close()
      this.#handle = this.#open()
    }
  }

  async ready(): Promise<readonly Row[]> {
    while (!this.rows) {
      if (this.#isOver) throw new PgextError('stopped', `live query ${this.id} was ended`)
      if (this.#error) throw this.#error
      await this.#news()
    }
    return this.rows
  }

  on(heard: (rows: readonly Row[]) => void): () => void {
    this.#heard.add(heard)
    if (this.rows) heard(this.rows)
    return () => void this.#heard.delete(heard)
  }

  unsubscribe(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#handle.close()
    this.#heard.clear()
    this.#ended()
    this.#tell()
  }

  /** The rows as they are now, then whenever they have changed; who is slow gets the newest. */
  async *[Symbol.asyncIterator](): AsyncGenerator<readonly Row[]> {
    for (let [rows, turn] = [undefined as readonly Row[] | undefined, -1]; !this.#isOver; ) {
      if (this.rows && this.rows !== rows) {
        rows = this.rows
        yield rows
      } else if (this.#error && turn !== this.#turn && !this.#handles) throw this.#error
      else {
        turn = this.#turn
        await this.#news()
      }
    }
  }

  /** Somebody hears of errors. */
  get #handles(): boolean {
    return this.#options.onError !== undefined || this.#fallback !== undefined
  }

  #open(): Handle {
    const {as} = this.#options
    return this.#live.open({
      ...this.#options,
      id: this.id,
      ...(as && {viewer: viewers.of(as.role, as.claims ?? {})}),
      send: (message) => this.#take(JSON.parse(message)),
      onError: (error) => this.fail(error),
    })
  }

  #take(message: any): void {
    if (message.type === 'warning') {
      this.warnings.push(message.message)
      return
    }
    if (message.type === 'rows') this.#key = message.key
    this.rows = message.type === 'rows' ? message.rows : applyDelta(this.rows!, this.#key, message)
    this.#error = undefined
    this.#tell()
    for (const heard of this.#heard) this.#call(heard)
  }

  /** What a listener throws is its own: the others hear all the same. */
  #call(heard: (rows: readonly Row[]) => void): void {
    try {
      heard(this.rows!)
    } catch (error) {
      this.fail(
        new PgextError('usage', `a listener of live query ${this.id} failed: ${(error as Error).message}`, {cause: error}),
      )
    }
  }

  fail(error: PgextError): void {
    this.#error = error
    const hear = this.#options.onError ?? this.#fallback
    hear?.(error)
    this.#tell()
  }

  #news(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  #tell(): void {
    this.#turn++
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}

function isSame(a: object, b: object): boolean {
  const parts = ({onError: _, refresh, ...rest}: any) => [
    JSON.stringify(rest),
    typeof refresh === 'function' ? refresh : JSON.stringify(refresh),
  ]
  const [one, other] = [parts(a), parts(b)]
  return one[0] === other[0] && one[1] === other[1]
}
