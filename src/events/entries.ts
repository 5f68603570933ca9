// A source in, what it hands over as users see it out: each entry with a token of its own, of the tables that are wanted.
import {PgextError} from '../errors.ts'
import {eventJson} from './event.ts'
import {momentText, Writers} from './json.ts'
import type {Asking} from './link.ts'
import type {Batch, Change, Message, Source} from './model.ts'
import {Sieve} from './sieve.ts'
import {tokenAfter} from './token.ts'
import {Types} from './types.ts'
import type {Where} from './where.ts'

/** A change or a message as JSON text, of which nothing was parsed. */
export interface Entry {
  readonly kind: 'change' | 'message'
  readonly json: string
  readonly token: string
}

export interface Wanted {
  /** `task`, of schema public, or `sales.order`; absent: all that are realtime. */
  readonly tables?: ReadonlySet<string>
  /** Channels of messages; absent: all. */
  readonly channels?: ReadonlySet<string>
  /** Changes that meet it; absent: all. */
  readonly where?: Where
}

/** What becomes of batches that hold nothing for who reads, or are dealt with when the next one is asked for. */
export interface Manner {
  /** Nobody acknowledges: what was taken is done with. */
  readonly isTail: boolean
  /** All that was handed over so far is acknowledged. */
  readonly isDone: () => boolean
  /** What nobody could judge is to be acknowledged together with what came before it, as that is not acknowledged yet. */
  readonly leave: (token: string) => void
}

/** Milliseconds between two acknowledgements of batches that nobody was shown. */
const PASS_EVERY = 1000

/**
 * By the lists and filters of pg_events. Where nobody can tell whether a change is to be seen, `events-gone` is thrown: once, as it is
 * acknowledged with that, unless something before it is not.
 *
 * @param side a session in no transaction, for what is asked about changes
 */
export async function* entriesOf(source: Source, side: Asking, wanted: Wanted, manner: Manner): AsyncIterable<readonly Entry[]> {
  /** not to be shown, or dealt with when all that is shown is acknowledged */
  let passed: string | undefined
  const passing = setInterval(() => {
    if (passed === undefined || !manner.isDone()) return
    const token = passed
    passed = undefined
    // said by what is read next, if it is more than a moment's
    source.acknowledge(token).catch(() => {})
  }, PASS_EVERY)
  passing.unref()
  try {
    yield* entriesBy()
  } catch (error) {
    // closed meanwhile
    if ((error as PgextError).code !== 'stopped') throw error
  } finally {
    clearInterval(passing)
  }

  async function* entriesBy(): AsyncIterable<readonly Entry[]> {
    const types = new Types()
    const writers = new Writers(types)
    const sieve = new Sieve(types)
    for await (const batch of source.read()) {
      const chosen = [...batch.entries.entries()].filter(([, entry]) => isWanted(entry, wanted))
      const changes = chosen.flatMap(([, entry]) => (entry.kind === 'change' ? [entry] : []))
      const sifted = changes.length > 0 ? await sieve.sift(side, changes) : []
      // closed meanwhile
      if (!sifted) return
      const told = sifted.filter((one): one is Change => one !== undefined && !(one instanceof PgextError))
      const seen = await wanted.where?.met(side, types, told)
      // most shapes were seen before: then nothing is asked
      await types.know(side, new Set(changes.flatMap(({shape}) => shape.columns.map(({type}) => type))))
      const entries: Entry[] = []
      let next = 0
      for (const [at, entry] of chosen) {
        const token = tokenAfter(batch, at)
        const left = entry.kind === 'change' ? sifted[next++] : entry
        if (left instanceof PgextError) {
          if (entries.length > 0) yield entries
          if (manner.isTail || manner.isDone()) await source.acknowledge(token)
          else manner.leave(token)
          throw left
        }
        if (left?.kind === 'change' && seen && !seen.has(left)) continue
        if (left?.kind === 'change') entries.push({kind: 'change', token, json: eventJson(left, {...batch, token}, writers)})
        else if (left) entries.push({kind: 'message', token, json: messageJson(left, batch, token)})
      }
      if (entries.length > 0) yield entries
      // what is kept for a reader must not grow by what is not for it
      passed = batch.token
      if (manner.isTail) await source.acknowledge(batch.token)
    }
  }
}

function isWanted(entry: Change | Message, {tables, channels}: Wanted): boolean {
  if (entry.kind === 'message') return channels?.has(entry.channel) ?? tables === undefined
  const {schema, table} = entry.shape
  if (!tables) return channels === undefined
  return tables.has(`${schema}.${table}`) || (schema === 'public' && tables.has(table))
}

function messageJson({channel, payload}: Message, {xid, time}: Batch, token: string): string {
  const head = {token, channel}
  return `${JSON.stringify(head).slice(0, -1)},"payload":${payload},"time":${JSON.stringify(momentText(time))},"transaction":${JSON.stringify(xid)}}`
}
