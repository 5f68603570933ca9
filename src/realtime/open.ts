// A database, settings and a secret in; a running server out: what the command starts, and tests do.
import {PgextError} from '../errors.ts'
import type {Source} from '../events/model.ts'
import {connect} from '../postgres/native.ts'
import type {Serve} from '../project/serve.ts'
import {Figures} from './bus/figures.ts'
import {Http, type Page} from './http.ts'
import type {Named} from './live/named.ts'
import {Server} from './serve.ts'
import {openSight} from './sight/sight.ts'
import {busOf, nodeOf, noteOfNode, sourceOf} from './source.ts'

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

interface Asked extends Required<Pick<OpenOptions, 'url' | 'history' | 'log'>> {
  readonly since: string | undefined
  readonly figures: Figures
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
  const figures = new Figures()
  const server = await Server.open({
    open,
    source: (since) => openFor(settings, {url, history, log, since, figures}),
    sight: async (open) => openSight(open),
    settings,
    history,
    log,
    name: 'pgext',
    ...(settings.bus !== undefined && {bus: figures}),
    ...(secret !== undefined && {secret}),
    ...(queries && {queries}),
  })
  try {
    const note = await noteOfNode(url, settings)
    if (note !== undefined) log(note)
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

/** The changes that a server tells of: by a bus, by a slot of its own, or by what goes with its session. */
function openFor({bus, node}: Serve, {url, history, log, since, figures}: Asked): Promise<Source> {
  if (bus !== undefined) return busOf(url, bus, {history, log, since, figures})
  return node === undefined ? sourceOf(url, since) : nodeOf(url, node, {log, since})
}

function addressError(error: unknown, {host, port}: Serve): unknown {
  const {code} = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    return new PgextError('usage', `something else listens on ${host}:${port} already`, {hint: 'choose another one with --port'})
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
    return new PgextError('usage', `${host}:${port} can't be listened on (${code})`)
  return error
}
