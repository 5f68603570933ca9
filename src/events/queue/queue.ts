// The queue of a database in, a source out: batches from wherever a token stands, in an order that keeps each row's own.
import {PgextError} from '../../errors.ts'
import type {Db} from '../../postgres/db.ts'
import {cover} from '../install.ts'
import {Link, stopped} from '../link.ts'
import type {Batch, Reader, Source} from '../model.ts'
import {asInstalled} from '../rights.ts'
import {skipping} from '../token.ts'
import type {Opening} from '../watched.ts'
import {Batches} from './batches.ts'
import {Consumer} from './consumer.ts'
import {Horizon} from './horizon.ts'
import {type Look, look} from './look.ts'
import {comparePositions, type Position, readToken, writeToken} from './token.ts'

export interface QueueOptions extends Reader {
  /** Milliseconds between two looks while something comes; 2 to 5, by how long a look takes. */
  readonly busy?: number
  /** The most after a while without; 50. */
  readonly idle?: number
  /** Ends when all that was there at its first look is handed over. */
  readonly once?: boolean
  /** Between two looks for what can be emptied, and for partitions that are new; 10,000. */
  readonly tend?: number
}

/** Milliseconds between two looks at the queue itself. */
const TEND_EVERY = 10_000

/** Milliseconds between two looks while something comes: the less a look takes, the sooner the next one. */
const BUSY = 5
const BUSIEST = 2
/** So many times what it takes. */
const SHARE = 3

interface State {
  readonly incarnation: string
  readonly engine: string
  readonly snapshot: string
}

/**
 * @param open makes the one session that this source reads with; asked again when its connection is lost
 * @throws PgextError `events-missing` where pg_events is not installed or captures otherwise, `events-gone` as in `Source.read`
 */
export async function openQueue(open: Opening, options: QueueOptions = {}): Promise<Source> {
  const {signal} = options
  if (signal?.aborted) throw stopped()
  const link = new Link(open)
  const end = () => void link.close()
  signal?.addEventListener('abort', end, {once: true})
  link.closed = () => signal?.removeEventListener('abort', end)
  try {
    const state = await stateOf(await link.db())
    const now: Position = {incarnation: state.incarnation, seen: state.snapshot}
    const consumer = options.name ? await Consumer.take(link, options.name, now) : undefined
    const position = await begin(link, now, options.since ?? consumer?.token).catch(async (error) => {
      if (error.code === 'events-gone') await consumer?.restart(now)
      throw error
    })
    return new Queue(link, position, consumer, options)
  } catch (error) {
    await link.close()
    throw signal?.aborted ? stopped() : error
  }
}

/** Everything that was looked at is handed over. */
function after({transactions, until, isWhole}: Look, {incarnation, seen}: Position): Position {
  if (isWhole) return {incarnation, seen: until}
  const {last} = transactions.at(-1)!
  return {incarnation, seen, within: {until, last, id: last}}
}

/** Says at once what reading would say. */
async function begin(link: Link, now: Position, token: string | undefined): Promise<Position> {
  if (!token) return reach(link, now)
  const position = readToken(token)
  try {
    await look(link, position, new Horizon(link))
  } catch (error) {
    // digits that make no snapshot
    if (!(error instanceof PgextError) || !['22P02', '22003'].includes(error.sqlstate ?? '')) throw error
    throw new PgextError('usage', 'this is no token of an event', {
      hint: 'give one as it came with an event, unchanged',
      cause: error,
    })
  }
  return position
}

/** Nothing that stands in a position may be undone by a crash: a commit writes to disk what was before it. A consumer's own does that too. */
async function reach(link: Link, now: Position): Promise<Position> {
  await link.query(`select pg_catalog.pg_logical_emit_message(true, 'pgext.tail', '')`).catch((error: PgextError) => {
    // some hosts have it with wal_level = logical alone
    if (!['55000', '0A000', '42501', '42883'].includes(error.sqlstate ?? '')) throw error
  })
  return now
}

async function stateOf(db: Db): Promise<State> {
  await asInstalled(db.query('select pgext.settle_events()'))
  const [state] = await db.query<State & Record<string, unknown>>(
    'select incarnation::text as incarnation, engine, pg_catalog.pg_current_snapshot()::text as snapshot from pgext.events',
  )
  if (state?.engine === 'queue') return state
  throw new PgextError('events-missing', `the queue captures nothing in this database: its engine is ${state?.engine ?? 'none'}`)
}

class Queue implements Source {
  readonly engine = 'queue'
  readonly start: string
  readonly #link: Link
  readonly #consumer?: Consumer
  readonly #options: QueueOptions
  #position: Position
  #tended = performance.now()
  #handed: Position
  #acknowledged: Position

  constructor(link: Link, position: Position, consumer: Consumer | undefined, options: QueueOptions) {
    this.#link = link
    this.start = writeToken(position)
    this.#position = position
    this.#handed = position
    this.#acknowledged = position
    this.#consumer = consumer
    this.#options = options
  }

  async *read(): AsyncIterable<Batch> {
    try {
      yield* this.#batches()
    } catch (error) {
      if (!this.#link.isClosed) throw error
    }
  }

  async *#batches(): AsyncIterable<Batch> {
    const {busy, idle = 50} = this.#options
    const batches = new Batches(this.#link)
    const horizon = new Horizon(this.#link)
    for (let wait = busy ?? BUSIEST; ; ) {
      const began = performance.now()
      const isBegun = this.#position.within !== undefined
      const found = await look(this.#link, this.#position, horizon)
      const next = busy ?? Math.min(BUSY, Math.max(BUSIEST, SHARE * (performance.now() - began)))
      for await (const batch of skipping(batches.of(found, this.#position), () => this.#position.skip ?? 0)) {
        this.#handed = readToken(batch.token)
        yield batch
      }
      if (this.#link.isClosed) return
      this.#position = after(found, this.#position)
      // what came after a look that was gone on with is found by another one
      if (!found.isWhole || isBegun) continue
      if (this.#options.once) return
      // all that came before is acknowledged: what this reader has seen must not hold the queue
      const isDone = comparePositions(this.#handed, this.#acknowledged) <= 0
      if (found.transactions.length === 0 && isDone) await this.#consumer?.advance(this.#position)
      await this.#tend()
      wait = found.transactions.length === 0 ? Math.min(idle, Math.max(next, wait * 1.3)) : next
      // from look to look, whatever one takes
      await this.#link.sleep(Math.max(1, wait - (performance.now() - began)))
    }
  }

  async acknowledge(token: string): Promise<void> {
    const position = readToken(token)
    if (position.incarnation !== this.#position.incarnation || comparePositions(position, this.#handed) > 0)
      throw new PgextError('usage', 'this token was not handed over', {hint: 'acknowledge tokens of events that were read'})
    // what was acknowledged does not come again
    if (comparePositions(position, this.#acknowledged) <= 0) return
    await this.#consumer?.note(position)
    this.#acknowledged = position
  }

  async close(): Promise<void> {
    await this.#link.close()
  }

  /** Whoever reads empties what is done with, and finds partitions that are new. */
  async #tend(): Promise<void> {
    if (performance.now() - this.#tended < (this.#options.tend ?? TEND_EVERY)) return
    this.#tended = performance.now()
    await this.#link.query('select pgext.empty_events()')
    await cover(this.#link)
  }
}
