// What a stack begins in; all of it ended, the last first, out: also what was only just beginning.
import {PgextError} from '../errors.ts'

export type Ending = () => unknown

type Kept = {close(): Promise<unknown>} | {stop(): Promise<unknown>} | undefined

export interface Keeping {
  /** aborted once all is to end, by whoever runs the stack or by `close` */
  readonly over: AbortSignal
  add(end: Ending): void
  /** begins it, unless all is over; it is ended with the others, or at once where it comes up too late */
  keep<T extends Kept>(begin: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

export function openKeeping(signal: AbortSignal): Keeping {
  const endings: Ending[] = []
  const ending = new AbortController()
  const opening = new Set<Promise<unknown>>()
  let isClosed = false
  return {
    over: AbortSignal.any([signal, ending.signal]),
    add: (end) => void endings.push(end),
    async keep(begin) {
      if (isClosed) throw new PgextError('stopped', 'it was ended before it had begun')
      const kept = begin().then(async (one) => {
        const end = () => one && ('close' in one ? one.close() : one.stop())
        if (isClosed) await end()
        else endings.push(end)
        return one
      })
      opening.add(kept)
      const one = await kept.finally(() => opening.delete(kept))
      signal.throwIfAborted()
      return one
    },
    async close() {
      isClosed = true
      // what is only starting ends while that on which it stands is there
      ending.abort()
      await Promise.allSettled(opening)
      // what fails must not keep the others
      for (const end of endings.splice(0).reverse())
        await Promise.resolve()
          .then(end)
          .catch(() => {})
    },
  }
}
