// A database in, its changes out as they are committed: the library's face of this room.
import {PgextError} from '../errors.ts'
import type {Host} from '../postgres/guest.ts'
import {connect} from '../postgres/native.ts'
import {entriesOf, type Manner} from './entries.ts'
import type {Event, Value} from './event.ts'
import {readInstalled} from './install.ts'
import {Link} from './link.ts'
import type {Source} from './model.ts'
import {withNotices} from './notice.ts'
import {openQueue} from './queue/queue.ts'
import {asAllowed} from './rights.ts'
import {splitToken} from './token.ts'
import {Parts, partOf} from './wal/parts.ts'

export interface EventsOptions {
  /** The database, as a postgres:// URL; or `pglite`. */
  readonly url?: string
  /**
   * A PGlite of yours, which is captured by the queue. It is read between your transactions, and neither your settings nor your role are
   * touched.
   */
  readonly pglite?: Host
  /** `task` (of schema public) or `sales.order`; absent: every realtime table. */
  readonly tables?: readonly string[]
  /**
   * Channels of `pgext.emit`; absent: all, unless `tables` are named. To those named here plain NOTIFY is carried too, to who listens
   * at that moment.
   */
  readonly channels?: readonly string[]
  /** A consumer that the database remembers: it goes on where it acknowledged last. One process at a time reads by a name. */
  readonly name?: string
  /** The token of what was dealt with last; absent: where the consumer acknowledged, or now. */
  readonly since?: string
  readonly signal?: AbortSignal
}

/** What `pgext.emit(channel, payload)` sent, or NOTIFY. */
export interface Sent {
  readonly token: string
  readonly channel: string
  readonly payload: Value
  /** Of pgext.emit: when it was committed, and by which transaction. */
  readonly time?: string
  readonly transaction?: string
}

export interface Events extends AsyncIterable<Event | Sent> {
  readonly engine: 'wal' | 'queue'
  /**
   * Everything up to this one is dealt with, and never comes again to this consumer. What was not acknowledged comes again when
   * the consumer is opened the next time.
   */
  acknowledge(dealtWith: {readonly token: string}): Promise<void>
  close(): Promise<void>
}

/**
 * Changes of realtime tables, and messages, in the order in which they were committed; within a row always in its own.
 *
 * @throws PgextError `events-missing` where pg_events is not installed; `events-gone` (here, or while reading) where what came since the
 * token is no longer known: read the tables anew, and open it without a token. Also where nobody can tell whether pg_events' filters let a
 * change be seen: acknowledge what came before it, or that comes again together with the error
 *
 * @example
 * const stream = await events({url, tables: ['task'], name: 'mailer'})
 * for await (const event of stream) {
 *   await send(event)
 *   await stream.acknowledge(event)
 * }
 */
export async function events(options: EventsOptions): Promise<Events> {
  const {source, side} = await openSource(options)
  const {tables, channels} = options
  const wanted = {...(tables && {tables: new Set(tables)}), ...(channels && {channels: new Set(channels)})}
  /** handed over last, and not acknowledged */
  let outstanding: string | undefined
  /** behind it, and done with as soon as that is */
  let left: string | undefined
  const manner: Manner = {
    isTail: options.name === undefined,
    isDone: () => outstanding === undefined,
    leave: (token) => {
      left = token
    },
  }
  async function* read(): AsyncGenerator<Event | Sent> {
    const committed = entriesOf(source, side, wanted, manner)
    const all = channels ? withNotices(committed, side, channels) : committed
    for await (const entries of all) {
      for (const {json, token} of entries) {
        if (token !== '') outstanding = token
        yield JSON.parse(json)
      }
    }
  }
  // one for all loops: what a loop that ended had not taken yet is the next one's
  const reading = read()
  const close = async () => {
    options.signal?.removeEventListener('abort', end)
    await source.close()
    await side.close()
  }
  const end = () => void close()
  options.signal?.addEventListener('abort', end, {once: true})
  return {
    engine: source.engine,
    [Symbol.asyncIterator]: () => ({next: () => reading.next()}),
    // what NOTIFY sent before anything was committed has no place to go on from
    acknowledge: async ({token}) => {
      if (token === '') return
      const isAll = token === outstanding
      await source.acknowledge((isAll && left) || token)
      if (isAll && token === outstanding) outstanding = undefined
    },
    close,
  }
}

/** The engine that the database captures with, read from where the options say. `side` asks beside it. */
export async function openSource({url, pglite, ...reader}: EventsOptions): Promise<{source: Source; side: Link}> {
  if (!url && !pglite) throw new PgextError('usage', 'events() needs a url, or a PGlite')
  const opening = pglite
    ? async () => (await import('../postgres/guest.ts')).visitPglite(pglite)
    : (signal?: AbortSignal) => connect(url!, {...(signal && {signal})})
  const side = new Link(opening)
  try {
    return await asAllowed(await side.db(), openIt)
  } catch (error) {
    await side.close()
    throw error
  }

  async function openIt(): Promise<{source: Source; side: Link}> {
    const installed = await readInstalled(await side.db())
    if (!installed)
      throw new PgextError('events-missing', 'pg_events is not installed in this database', {hint: 'pgext events:install'})
    if (installed.engine !== 'wal') return {source: await openQueue(opening, reader), side}
    if (!url) throw new PgextError('usage', 'changes are read from the WAL here, which takes a url')
    const begun = reader.since ?? (reader.name && (await partOf(side, reader.name)))
    // its client of replication is loaded where there is a log to read
    const {openWal} = await import('./wal/source.ts')
    const wal = await openWal(url, {...reader, ...(reader.since && {since: splitToken(reader.since).base})})
    return {source: new Parts(wal, side, {name: reader.name, begun}), side}
  }
}

/** The first of these tables that nobody declared. */
export async function notRealtime(side: Link, tables: ReadonlySet<string>): Promise<string | undefined> {
  const rows = await side.query<{schema: string; table: string}>(
    `select distinct n.nspname as schema, c.relname as "table" from pgext.realtime_tables() t
     join pg_catalog.pg_class c on c.oid = t.root join pg_catalog.pg_namespace n on n.oid = c.relnamespace`,
  )
  const known = new Set(rows.flatMap(({schema, table}) => [`${schema}.${table}`, ...(schema === 'public' ? [table] : [])]))
  return [...tables].find((table) => !known.has(table))
}
