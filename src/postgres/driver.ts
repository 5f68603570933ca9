// A URL in, the driver's pool of one connection to it out; it connects with the first query, and never again.
import type {Socket} from 'node:net'
import postgres from 'postgres'
import {goneError} from './error.ts'
import {openSocket} from './socket.ts'
import {PARSERS} from './types.ts'
import {readUrl} from './url.ts'

export interface ConnectOptions {
  /** shown in pg_stat_activity */
  readonly application?: string
  /** seconds */
  readonly timeout?: number
  /** SET SESSION AUTHORIZATION, or SET ROLE where only that is allowed: everything runs with this role's rights */
  readonly role?: string
  /** in force from the start, over what the database or the role begins with */
  readonly settings?: Readonly<Record<string, string>>
  /** gives up, as long as the session does not stand */
  readonly signal?: AbortSignal
}

export type Heard = (payload: string) => void

/** What the driver tells between queries. */
export interface Signals {
  lost: boolean
  /** the next socket is wanted: the first, and one for each cancellation */
  mayOpen: boolean
  readonly heard: Map<string, Set<Heard>>
  /** the session's own */
  socket?: Socket
  /** what else is to be done when it is lost */
  onLost?: () => void
}

/** Parameters are text already: the driver's own serializers would quote JSON twice and move dates to the local time zone. */
const TYPES = Object.fromEntries(
  Object.entries(PARSERS).map(([oid, parse]) => [
    oid,
    {to: Number(oid), from: [Number(oid)], serialize: (text: string) => text, parse},
  ]),
)

export function open(url: string, options: ConnectOptions): {sql: postgres.Sql; signals: Signals} {
  const address = readUrl(url)
  const {database, user, password, settings} = address
  const timeout = options.timeout ?? address.timeout ?? 10
  const signals: Signals = {lost: false, mayOpen: true, heard: new Map()}
  const lose = () => {
    signals.lost = true
  }
  const sql = postgres({
    host: address.host,
    port: address.port,
    database,
    user,
    password,
    ssl: false,
    // the driver connects again whenever it thinks fit: a second session, without the settings and locks of the first
    socket: async () => {
      if (!signals.mayOpen) throw goneError()
      signals.mayOpen = false
      const socket = await openSocket(address, timeout, signals.socket ? undefined : options.signal)
      if (!signals.socket) signals.socket = socket.once('error', lose)
      return socket
    },
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: timeout,
    target_session_attrs: undefined,
    types: TYPES,
    fetch_types: false,
    // of those that ask for it
    prepare: true,
    no_subscribe: true,
    backoff: () => 0,
    onnotice: () => {},
    onclose: () => {
      lose()
      signals.onLost?.()
    },
    onnotify: (channel: string, payload: string) => {
      for (const heard of signals.heard.get(channel) ?? []) heard(payload)
    },
    connection: {application_name: options.application ?? 'pgext', ...settings, ...options.settings},
  } as postgres.Options<Record<string, postgres.PostgresType>>)
  return {sql, signals}
}
