// Logs in, one of them out: in order of time, and with what is new a moment after it is there.
import type {LogEntry, Told} from './model.ts'

/** milliseconds by which an entry of one source may come later than one of another that is younger */
const WINDOW = 250
/** entries of one source that wait for others */
const AHEAD = 500

interface Waiting {
  readonly entry: LogEntry
  readonly time: number
  readonly arrived: number
  readonly source: Source
}

class Source {
  /** of the last entry, wanted or not */
  last = Number.NEGATIVE_INFINITY
  /** it has given all that was there, and now gives what comes */
  isLive = false
  hasEnded = false
  waiting = 0
  resume = () => {}
}

/**
 * Each source is in order, or nearly; `idle` comes once, when all have given what was there.
 *
 * @param wanted what is not is read, and passed over
 */
export async function* merge(
  sources: readonly AsyncIterable<Told>[],
  wanted: (entry: LogEntry) => boolean = () => true,
): AsyncGenerator<Told> {
  const heap: Waiting[] = []
  const all = sources.map(() => new Source())
  let failure: {readonly error: unknown} | undefined
  let isOver = false
  let wake = () => {}

  const pump = async (source: Source, told: AsyncIterable<Told>): Promise<void> => {
    for await (const entry of told) {
      if (isOver) return
      if (entry === 'idle') source.isLive = true
      else {
        const time = Date.parse(entry.time)
        source.last = Math.max(source.last, time)
        if (wanted(entry)) {
          source.waiting++
          insert(heap, {entry, time, arrived: Date.now(), source})
        }
      }
      wake()
      if (source.waiting >= AHEAD)
        await new Promise<void>((resolve) => {
          source.resume = resolve
        })
    }
  }
  const pumps = sources.map((told, at) =>
    pump(all[at]!, told)
      .catch((error) => {
        failure ??= {error}
      })
      .finally(() => {
        all[at]!.hasEnded = true
        wake()
      }),
  )
  let hasCaughtUp = false
  try {
    for (;;) {
      if (failure) throw failure.error
      const now = Date.now()
      for (let first = heap[0]; first && isDue(first, all, now); first = heap[0]) {
        heap.shift()
        first.source.waiting--
        if (first.source.waiting < AHEAD / 2) first.source.resume()
        yield first.entry
      }
      if (
        !hasCaughtUp &&
        all.every(({isLive, hasEnded}) => isLive || hasEnded) &&
        (heap.length === 0 || heap[0]!.arrived <= now - WINDOW)
      ) {
        hasCaughtUp = true
        yield 'idle'
      }
      if (heap.length === 0 && all.every(({hasEnded}) => hasEnded)) return
      await new Promise<void>((resolve) => {
        const timer = heap.length > 0 || !hasCaughtUp ? setTimeout(resolve, WINDOW / 5) : undefined
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  } finally {
    isOver = true
    for (const source of all) source.resume()
    void pumps
  }
}

/** No source can give an older one any more; nor is one waited for whose clock is ahead. */
function isDue({time, arrived}: Waiting, all: readonly Source[], now: number): boolean {
  if (all.some(({isLive, hasEnded, last}) => !hasEnded && !isLive && last < time)) return false
  return (
    arrived <= now - 2 * WINDOW ||
    all.every(({isLive, hasEnded, last}) => hasEnded || last >= time || (isLive && time <= now - WINDOW))
  )
}

/** Equal times stay in the order in which they came. */
function insert(heap: Waiting[], one: Waiting): void {
  let low = 0
  let high = heap.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (heap[middle]!.time <= one.time) low = middle + 1
    else high = middle
  }
  heap.splice(low, 0, one)
}
