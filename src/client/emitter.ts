// Listeners in; what happens told to each of them, or one after the other to `for await`, out.
import {ClientError} from './model.ts'

type Listener = (value: any) => void

/** What waits for a loop at most. */
const MOST = 10_000

/** Has its events by name, `error` among them. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<Listener>>()
  readonly #stops = new Set<(error?: unknown) => void>()
  #count = 0

  /** Calls the listener with all that happens from now on. */
  on<E extends keyof Events>(event: E, listener: (value: Events[E]) => void): this {
    const own = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, own)
    if (own.has(listener)) return this
    own.add(listener)
    if (event !== 'error' && this.#count++ === 0) this.begin()
    return this
  }

  off<E extends keyof Events>(event: E, listener: (value: Events[E]) => void): this {
    if (this.#listeners.get(event)?.delete(listener) && event !== 'error' && --this.#count === 0) this.end()
    return this
  }

  /** @returns whether anybody listened. What a listener throws is the page's, and hinders nobody else. */
  protected emit<E extends keyof Events>(event: E, value: Events[E]): boolean {
    const own = this.#listeners.get(event)
    for (const listener of [...(own ?? [])]) {
      try {
        listener(value)
      } catch (error) {
        raise(error)
      }
    }
    return !!own?.size
  }

  /** What these events tell, one after the other; `isLatest`: of what waits the last alone. */
  protected async *follow<E extends keyof Events>(
    events: readonly E[],
    {isLatest, first}: {isLatest?: boolean; first?: Events[E]} = {},
  ): AsyncGenerator<Events[E], void, undefined> {
    let waiting: Events[E][] = first === undefined ? [] : [first]
    let wake = () => {}
    let isOver = false
    let failure: unknown
    const push = (value: Events[E]) => {
      if (isLatest) waiting = []
      if (waiting.push(value) <= MOST) return wake()
      waiting = []
      stop(new ClientError('limit', 'it is read too slowly'))
    }
    const stop = (error?: unknown) => {
      isOver = true
      failure ??= error
      wake()
    }
    this.#stops.add(stop)
    for (const event of events) this.on(event, push)
    try {
      for (;;) {
        if (waiting.length > 0) yield waiting.shift()!
        else if (failure) throw failure
        else if (isOver) return
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    } finally {
      this.#stops.delete(stop)
      for (const event of events) this.off(event, push)
    }
  }

  /** Nothing comes any more, because of an error or for good. @returns whether anybody follows who is told so */
  protected stop(error?: unknown): boolean {
    const isFollowed = this.#stops.size > 0
    for (const stop of [...this.#stops]) stop(error)
    return isFollowed
  }

  /** Somebody listens, to more than errors. */
  protected begin(): void {}

  /** Nobody does any more. */
  protected end(): void {}
}

/** As a listener that throws does in browsers, and an `error` that nobody listens to in Node. */
export const raise = (error: unknown): void =>
  queueMicrotask(() => {
    throw error
  })
