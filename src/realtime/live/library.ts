// A database in; queries whose rows stay up to date out: the library's face of live queries.
import {PgextError} from '../../errors.ts'
import type {Values} from '../../events/event.ts'
import type {Host} from '../../postgres/guest.ts'
import {connect} from '../../postgres/native.ts'
import type {Claims} from '../model.ts'
import {openFeed} from './feed.ts'
import {Live} from './live.ts'
import type {Limits, Query} from './model.ts'
import {readQueries} from './named.ts'
import {visit} from './pool.ts'
import {Value} from './value.ts'

export interface LiveQueriesOptions {
  /** The database, as a postgres:// URL, on which pg_events is installed; or `pglite`. */
  readonly url?: string
  /** A PGlite of yours, captured by the queue: queries run between your transactions, and leave nothing in it. No query is cut off there. */
  readonly pglite?: Host
  /** A folder of queries, one SELECT a file, that can be asked for by `name`. */
  readonly queries?: string
  /** Errors that no query's own `onError` takes, and those of reading changes. */
  readonly onError?: (error: PgextError, id?: string) => void
  readonly limits?: Partial<Limits>
}

export interface LiveQueryOptions extends Query {
  /** The same id is the same live query: another statement or other parameters replace it in place. Say whose it is, where rows are somebody's. */
  readonly id?: string
  /** A role of the database, and claims for `request.jwt.claims`, that it runs with; absent: the url's own role. */
  readonly as?: {readonly role: string; readonly claims?: Claims}
  /** A run has failed; the next change runs it again. */
  readonly onError?: (error: PgextError) => void
}

export interface LiveQuery<R = Values> extends AsyncIterable<readonly R[]> {
  readonly id: string
  /** As they are now; undefined until they are known for the first time. Never changed in place. */
  readonly rows: readonly R[] | undefined
  /** What it can't promise, for people. */
  readonly warnings: readonly string[]
  /** The rows as soon as they are known. */
  ready(): Promise<readonly R[]>
  /** Called with the rows as they are (if they are known), and whenever they have changed. What it returns ends that. */
  on(heard: (rows: readonly R[]) => void): () => void
  unsubscribe(): void
}

/** Where it asks. */
export type Place = {readonly url: string; readonly live?: undefined} | {readonly live: LiveQueries; readonly url?: undefined}

export interface LiveQueries {
  query<R = Values>(options: LiveQueryOptions): LiveQuery<R>
  unsubscribe(id: string): void
  close(): Promise<void>
}

/**
 * Opens a database for live queries: one reader of its changes, and a few sessions that run queries.
 *
 * @throws PgextError `events-missing` where pg_events is not installed
 *
 * @example
 * const live = await liveQueries({url, onError: (error) => log(error)})
 * const tasks = live.query({id: 'open-tasks', sql: `select id, title from task where status = $1`, params: ['open']})
 * for await (const rows of tasks) show(rows)
 */
export function liveQueries(options: LiveQueriesOptions): Promise<LiveQueries> {
  return openAll(options, () => {})
}

async function openAll({url, pglite, queries, onError, limits}: LiveQueriesOptions, emptied: () => void): Promise<LiveQueries> {
  if (!url && !pglite) throw new PgextError('usage', 'live queries need a url, or a PGlite')
  const all = new Map<string, Value>()
  const failed = (thrown: unknown) => {
    const error = thrown instanceof PgextError ? thrown : new PgextError('sql', String(thrown), {cause: thrown})
    if (onError) onError(error)
    else for (const value of all.values()) value.fail(error)
  }
  const {named, errors} = queries === undefined ? {named: new Map(), errors: new Map()} : await readQueries(queries)
  for (const error of errors.values()) throw error
  const open = () => (pglite ? visit(pglite) : connect(url!, {application: 'pgext live'}))
  const live = new Live({open, named, ...(limits && {limits})})
  const feed = await openFeed({...(url && {url}), ...(pglite && {pglite})}, live, failed)
  const end = (id: string) => {
    all.delete(id)
    if (all.size === 0) emptied()
  }
  let made = 0
  return {
    query<R>({id = `query ${++made}`, ...options}: LiveQueryOptions): LiveQuery<R> {
      const known = all.get(id)
      if (known) known.use(options)
      else {
        if (options.sql === undefined && options.name === undefined) throw new PgextError('usage', `there is no live query ${id}`)
        all.set(id, new Value(id, live, options, onError && ((error) => onError(error, id)), () => end(id)))
      }
      return all.get(id)! as unknown as LiveQuery<R>
    },
    unsubscribe: (id) => all.get(id)?.unsubscribe(),
    async close() {
      for (const value of all.values()) value.unsubscribe()
      await live.close()
      await feed.close()
    },
  }
}

/** Those that were opened by their url, until the last of their queries ends; `coming`: queries that wait until it is open. */
const shared = new Map<string, {readonly opening: Promise<LiveQueries>; coming: number}>()

/**
 * One query that stays up to date. With a `url`, all queries of a program share one reader of its changes, which ends with the last of them.
 *
 * @example
 * const tasks = await liveQuery({url, sql: 'select id, title from task order by id', onError: console.error})
 * tasks.on((rows) => render(rows))
 */
export async function liveQuery<R = Values>({url, live, ...options}: LiveQueryOptions & Place): Promise<LiveQuery<R>> {
  if (live) return live.query<R>(options)
  const known = shared.get(url) ?? {opening: openAll({url}, () => leave(url)), coming: 0}
  shared.set(url, known)
  known.coming++
  try {
    return (await known.opening).query<R>(options)
  } catch (error) {
    if (known.coming === 1) shared.delete(url)
    throw error
  } finally {
    known.coming--
  }
}

function leave(url: string): void {
  const known = shared.get(url)
  if (!known || known.coming > 0) return
  shared.delete(url)
  void known.opening.then((live) => live.close())
}
