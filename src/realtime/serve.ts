// A database and settings in, a server that answers sockets out: everything that they share, opened once and closed in order.
import type {Json} from '../client/protocol.ts'
import {PgextError} from '../errors.ts'
import {momentText} from '../events/json.ts'
import {Link} from '../events/link.ts'
import type {Batch, Source} from '../events/model.ts'
import type {Db} from '../postgres/db.ts'
import type {Serve} from '../project/serve.ts'
import {Channels, type Listener} from './channels.ts'
import {Ear} from './ear.ts'
import {Hub} from './hub.ts'
import {Live} from './live/live.ts'
import type {Named} from './live/named.ts'
import type {Sight} from './model.ts'
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
}

/** Bytes of changes that are kept to resume from. */
const HISTORY_BYTES = 64 * 2 ** 20

export class Server {
  readonly name: string
  readonly open: () => Promise<Db>
  readonly settings: Serve
  readonly viewers = new Viewers()
  readonly side: Link
  readonly seats: Seats
  readonly channels: Channels
  readonly roles: Roles
  readonly sockets = new Set<Socket>()
  hub!: Hub
  sight!: Sight
  tokens!: Tokens
  live!: Live
  readonly counts = {frames: 0, bytes: 0, lagging: 0, bad: 0, refused: 0, opened: 0, errors: 0}
  readonly #options: ServerOptions
  readonly #ear: Ear
  readonly #users = new Map<string, number>()

  private constructor(options: ServerOptions) {
    this.#options = options
    this.name = options.name
    this.open = options.open
    this.settings = options.settings
    this.side = new Link(options.open)
    this.seats = new Seats({open: options.open})
    this.channels = new Channels(options.settings.channels, this.seats)
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
    this.live = new Live({open, ...(queries && {named: queries})})
    this.hub = await Hub.open({
      open: this.#options.source,
      side: this.side,
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
    return this.#options.queries?.has(query) ?? false
  }

  async listen(channel: string, listener: Listener): Promise<void> {
    this.channels.listen(channel, listener)
    await this.#ear.listen(channel)
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

  complain(error: unknown): void {
    this.counts.errors++
    const {code, message, sqlstate} = error as PgextError
    this.#options.log(error instanceof PgextError ? message : `an error of pgext's own: ${(error as Error).stack}`, {
      code,
      sqlstate,
    })
  }

  async close(): Promise<void> {
    await this.hub?.close().catch(() => {})
    await this.sight?.close().catch(() => {})
    await this.live?.close().catch(() => {})
    await Promise.all([this.#ear.close(), this.seats.close(), this.side.close()].map((closed) => closed.catch(() => {})))
  }
}
