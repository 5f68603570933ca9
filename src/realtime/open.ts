// A database, settings and a secret in; a running server out: what the command starts, and tests do.
import {PgextError} from '../errors.ts'
import {openSource} from '../events/events.ts'
import {readInstalled} from '../events/install.ts'
import type {Source} from '../events/model.ts'
import {connect} from '../postgres/native.ts'
import type {Serve} from '../project/serve.ts'
import {Http, type Page} from './http.ts'
import type {Named} from './live/named.ts'
import {Server} from './serve.ts'
import {openSight} from './sight/sight.ts'

export interface OpenOptions {
  readonly url: string
  readonly settings: Serve
  /** what tokens are signed with */
  readonly secret?: string
  /** seconds for which changes are kept to resume from */
  readonly history: number
  /** queries that clients may ask for, by name */
  readonly queries?: ReadonlyMap<string, Named>
  readonly pages?: ReadonlyMap<string, Page>
  readonly log?: (what: string, details?: Readonly<Record<string, unknown>>) => void
}

export interface Running {
  readonly server: Server
  readonly port: number
  /** @param drain milliseconds in which clients are sent away, one after the other */
  close(drain?: number): Promise<void>
}

/** @throws PgextError `events-missing` where pg_events is not installed, `bad-config`, `not-allowed` */
export async function openServer({
  url,
  settings,
  secret,
  history,
  queries,
  pages = new Map(),
  log = () => {},
}: OpenOptions): Promise<Running> {
  const open = () => connect(url)
  const server = await Server.open({
    open,
    source: (since) => (settings.bus === undefined ? sourceOf(url, since) : busOf(url, settings.bus, {history, log, since})),
    sight: async (open) => openSight(open),
    settings,
    history,
    log,
    name: 'pgext',
    ...(secret !== undefined && {secret}),
    ...(queries && {queries}),
  })
  try {
    const http = await Http.open(server, {pages})
    return {
      server,
      port: http.port,
      close: async (drain) => {
        await http.close(drain)
        await server.close()
      },
    }
  } catch (error) {
    await server.close()
    throw addressError(error, settings)
  }
}

interface Bus extends Pick<OpenOptions, 'history' | 'log'> {
  readonly since: string | undefined
}

/** What is wrong with its leader is said, and mended where that is possible. */
async function busOf(url: string, bus: string, {history, log = () => {}, since}: Bus): Promise<Source> {
  const {openBus} = await import('./bus/bus.ts')
  const complain = (error: unknown) => {
    const {code, message} = error as PgextError
    log(`leading the bus: ${message}`, {code})
  }
  return openBus({url, bus, history, complain, ...(since !== undefined && {since})})
}

/** From the WAL by a slot that goes with the session: what came while there was none nobody knows. */
async function sourceOf(url: string, since?: string): Promise<Source> {
  if (since !== undefined) {
    const db = await connect(url)
    const installed = await readInstalled(db).finally(() => db.close())
    if (installed?.engine === 'wal')
      throw new PgextError('events-gone', 'the connection was lost, and with it what has changed since')
  }
  const {source, side} = await openSource({url, ...(since !== undefined && {since})})
  await side.close()
  return source
}

function addressError(error: unknown, {host, port}: Serve): unknown {
  const {code} = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    return new PgextError('usage', `something else listens on ${host}:${port} already`, {hint: 'choose another one with --port'})
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
    return new PgextError('usage', `${host}:${port} can't be listened on (${code})`)
  return error
}
