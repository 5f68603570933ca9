// A database and settings in, a server that answers sockets out: everything that they share, opened once and closed in order.
import type {ErrorCode, Json} from '../client/protocol.ts'
import {PgextError} from '../errors.ts'
import {momentText} from '../events/json.ts'
import {Link} from '../events/link.ts'
import type {Batch, Source} from '../events/model.ts'
import type {Db} from '../postgres/db.ts'
import type {Serve} from '../project/serve.ts'
import type {Figures} from './bus/figures.ts'
import {Channels, type Listener} from './channels.ts'
import {Ear} from './ear.ts'
import {Hub} from './hub.ts'
import {Live} from './live/live.ts'
import type {Named} from './live/named.ts'
import {type Renewal, renew} from './live/renewal.ts'
import {Missed} from './missed.ts'
import type {Sight} from './model.ts'
import {Post} from './post.ts'
import {loginWarnings, Roles} from './roles.ts'
import {Seats} from './seats.ts'
import type {Socket} from './socket.ts'
import {Tokens} from './token.ts'
import {Viewers} from './viewer.ts'

export interface ServerOptions {
  /** Opens a session as the server's own login. */
  readonly open: () => Promise<Db>
  /** Opens the source of changes: from a token, or from now on. */
  readonly source: (since?: string) => Promise<Source>
  readonly sight: (open: () => Promise<Db>) => Promise<Sight>
  readonly settings: Serve
  readonly secret?: string
  /** queries that clients may ask for, by name */
  readonly queries?: ReadonlyMap<string, Named>
  /** seconds for which changes are kept to resume from */
  readonly history: number
  readonly log: (what: string, details?: Readonly<Record<string, unknown>>) => void
  /** what clients are told that they speak to */
  readonly name: string
  /** where it reads by one */
  readonly bus?: Figures
}

/** Bytes of changes that are kept to resume from. */
const HISTORY_BYTES = 64 * 2 ** 20
/** Milliseconds between two notes of the same error of a query. */
const NOTE_EVERY = 60_000
/** Milliseconds that PostgreSQL has for what a client's filter says of what changed: meanwhile nobody is told anything. */
const FILTER = 1000

export class Server {
  readonly name: string
  readonly open: () => Promise<Db>
  readonly settings: Serve
  readonly viewers = new Viewers()
  readonly side: Link
  readonly filters: Link
  /** in which clients are shown rows, and in which is asked what they may: this waits for none of those */
  readonly seats: Seats
  readonly counter: Seats
  readonly missed: Missed
  readonly channels: Channels
  readonly roles: Roles
  readonly sockets = new Set<Socket>()
  readonly post = new Post()
  readonly bus?: Figures
  hub!: Hub
  sight!: Sight
  tokens!: Tokens
  live!: Live
  readonly counts = {frames: 0, bytes: 0, lagging: 0, bad: 0, refused: 0, opened: 0, errors: 0}
  readonly #options: ServerOptions
  readonly #ear: Ear
  readonly #users = new Map<string, number>()
  #queries: ReadonlyMap<string, Named>
  /** the last error of each query */
  readonly #noted = new Map<string, {readonly message: string; readonly at: number}>()

  private constructor(options: ServerOptions) {
    this.#options = options
    this.#queries = options.queries ?? new Map()
    this.name = options.name
    if (options.bus) this.bus = options.bus
    this.open = options.open
    this.settings = options.settings
    this.side = new Link(options.open)
    this.filters = new Link(options.open)
    this.filters.opened = async (db) => void (await db.script(`set statement_timeout = ${FILTER}`))
    this.seats = new Seats({open: options.open})
    this.counter = new Seats({open: options.open, most: 2})
    this.missed = new Missed(options.open)
    this.channels = new Channels(options.settings.channels, this.counter)
    this.roles = new Roles(this.side, options.settings.roles)
    this.#ear = new Ear(options.open, (channel, payload) => this.channels.send(channel, JSON.stringify(payload)))
  }

  static async open(options: ServerOptions): Promise<Server> {
    const server = new Server(options)
    try {
      await server.#begin()
      return server
    } catch (error) {
      await server.close()
      throw error
    }
  }

  async #begin(): Promise<void> {
    const {settings, secret, log, history, open, queries} = this.#options
    this.tokens = await Tokens.open({...settings, ...(secret !== undefined && {secret})})
    for (const warning of await loginWarnings(this.side)) log(warning)
    if (settings.anonymous !== undefined) await this.roles.enter(settings.anonymous)
    this.sight = await this.#options.sight(open)
    const {rows, result: bytes} = settings.limits
    this.live = new Live({open, limits: {rows, bytes}, ...(queries && {named: queries})})
    this.hub = await Hub.open({
      open: this.#options.source,
      side: this.side,
      filters: this.filters,
      sight: this.sight,
      history: {milliseconds: history * 1000, bytes: HISTORY_BYTES},
      changed: (batch) => this.live.changed(batch),
      lost: () => this.live.missed(),
      sent: ({channel, payload}, {token, time}: Batch) => this.channels.send(channel, payload, token, momentText(time)),
      log: (what, details) => {
        this.counts.errors++
        log(what, details)
      },
    })
    await this.hub.sieve.refresh(this.side)
  }

  /** Whether a table is one of those that settings say. Whether it is there and realtime is asked elsewhere. */
  serves({schema, table}: {readonly schema: string; readonly table: string}): boolean {
    const {tables} = this.settings
    if (!tables) return true
    const names = [`${schema}.${table}`, ...(schema === 'public' ? [table] : [])]
    return tables.some((pattern) =>
      names.some((name) => name === pattern || (pattern.endsWith('.*') && name === `${pattern.slice(0, -1)}${table}`)),
    )
  }

  /** Whether clients may ask for a query by this name. */
  knows(query: string): boolean {
    return this.#queries.has(query)
  }

  /** Files that were read again: who has one that is another now is told its rows, or that it is gone. */
  async reload(folder: string, shown: string): Promise<Renewal> {
    const renewal = await renew(folder, shown, this.#queries, this.live)
    this.#queries = renewal.queries
    this.live.reload(renewal.queries)
    return renewal
  }

  /** What is wrong with those that are served. */
  async check(): Promise<PgextError[]> {
    return [...(await this.live.check(this.#queries)).values()]
  }

  /** What a client is told of its query's error: what PostgreSQL says may speak of what its role can't see, and is for the log. */
  answerTo(query: string, error: PgextError): readonly [code: ErrorCode, message: string, hint?: string] {
    const {code, message, hint} = error
    if (code === 'bad-params') return [code, message, hint]
    if (code === 'query-missing') return ['not-found', 'there is no such query any more']
    if (code === 'usage' || code === 'too-large') return ['failed', message, hint]
    this.#note(query, error)
    return ['failed', 'the query failed']
  }

  /** Thousands may have the same one. */
  #note(query: string, error: PgextError): void {
    const {message, at} = this.#noted.get(query) ?? {}
    if (message === error.message && performance.now() - at! < NOTE_EVERY) return
    this.#noted.set(query, {message: error.message, at: performance.now()})
    this.complain(error, `query ${query}: `)
  }

  async listen(channel: string, listener: Listener): Promise<void> {
    this.channels.listen(channel, listener)
    try {
      await this.#ear.listen(channel)
    } catch (error) {
      this.unlisten(channel, listener)
      throw error
    }
  }

  unlisten(channel: string, listener: Listener): void {
    this.channels.unlisten(channel, listener)
    if (!this.channels.has(channel)) this.#ear.unlisten(channel)
  }

  async publish(channel: string, payload: Json): Promise<void> {
    await this.side.query('select pgext.emit($1, $2::pg_catalog.text::pg_catalog.jsonb)', [channel, JSON.stringify(payload)])
  }

  /** A place for one more socket of this user. */
  seat(user: string): boolean {
    const count = this.#users.get(user) ?? 0
    if (count >= this.settings.limits.perUser) return false
    this.#users.set(user, count + 1)
    return true
  }

  left(socket: Socket, user?: string): void {
    this.sockets.delete(socket)
    if (user === undefined) return
    const count = this.#users.get(user)! - 1
    if (count === 0) this.#users.delete(user)
    else this.#users.set(user, count)
  }

  complain(error: unknown, what = ''): void {
    this.counts.errors++
    const {code, message, sqlstate} = error as PgextError
    this.#options.log(error instanceof PgextError ? what + message : `an error of pgext's own: ${(error as Error).stack}`, {
      code,
      sqlstate,
    })
  }

  async close(): Promise<void> {
    await this.hub?.close().catch(() => {})
    await this.sight?.close().catch(() => {})
    await this.live?.close().catch(() => {})
    const all = [this.#ear, this.seats, this.counter, this.missed, this.side, this.filters]
    await Promise.all(all.map((one) => one.close().catch(() => {})))
  }
}
