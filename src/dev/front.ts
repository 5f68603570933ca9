// Where the services of a stack are in, one origin in front of them out: the page, /rest, /events and /graphql, on this machine alone.
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import type {AddressInfo, Socket} from 'node:net'
import {setTimeout as sleep} from 'node:timers/promises'
import {createProxyServer} from 'httpxy'
import {PgextError} from '../errors.ts'
import type {GraphqlRoute} from './graphql.ts'
import {openPage, type Page} from './page.ts'

export interface Behind {
  /** addresses; undefined: it is not there, and `/rest` says why */
  readonly rest?: string
  readonly events?: string
  /** the front end's own program, in place of files */
  readonly frontend?: string
  /** settled when the API has been started: requests for it wait until then */
  readonly coming?: Promise<unknown>
  readonly graphql?: GraphqlRoute
}

export interface FrontOptions {
  readonly port: number
  /** the page's files; asked at each request */
  readonly folder: () => string
  /** asked at each request */
  readonly behind: () => Behind
}

export interface Front {
  readonly port: number
  /** pages that are open look again */
  reload(): void
  close(): Promise<void>
}

const RELOAD = '/_pgext/reload'
const SCRIPT = `new EventSource('${RELOAD}').addEventListener('change', () => location.reload())\n`
/** milliseconds within which a page is told that it should try again */
const RETRY = 500
/** milliseconds for which a request waits for what is being started */
const PATIENCE = 15_000

export async function openFront({port, folder, behind}: FrontOptions): Promise<Front> {
  const proxy = createProxyServer({xfwd: true})
  const readers = new Set<ServerResponse>()
  const page: Page = openPage(folder, `${RELOAD}.js`)
  const sockets = new Set<Socket>()

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const place = await placeOf(request, behind)
    if (!isLocal(request)) return say(response, 403, 'this server is for this machine alone')
    if (place.kind === 'reload') return subscribe(request, response, readers)
    if (place.kind === 'script') return script(response)
    if (place.kind === 'page') return page.serve(request, response)
    if (!('path' in place)) return
    if (place.missing) return say(response, 503, place.missing)
    if (!place.target) return say(response, 503, `${place.kind} is not there: the terminal of pgext dev says why`)
    request.url = place.path
    Object.assign(request.headers, place.headers)
    await proxy.web(request, response, {target: place.target})
  }
  const server = createServer((request, response) => {
    serve(request, response).catch((error: Error) => {
      if (response.headersSent) response.destroy()
      else say(response, 502, error.message)
    })
  })
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const place = routeOf(request.url ?? '/', behind())
    socket.on('error', () => socket.destroy())
    if (!isLocal(request) || !('target' in place) || !place.target)
      return void socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n')
    request.url = place.path
    proxy.ws(request, socket, {target: place.target}, head).catch(() => socket.destroy())
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await listen(server, port)
  return {
    port: (server.address() as AddressInfo).port,
    reload() {
      for (const reader of readers) reader.write('event: change\ndata: \n\n')
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** What is just being started is waited for. */
async function placeOf({url = '/'}: IncomingMessage, behind: () => Behind): Promise<Route> {
  const place = routeOf(url, behind())
  const {coming} = behind()
  if (!coming || !(place.kind === 'rest' || place.kind === 'graphql') || place.target) return place
  await Promise.race([coming, sleep(PATIENCE, undefined, {ref: false})])
  return routeOf(url, behind())
}

type Route =
  | {readonly kind: 'page' | 'reload' | 'script'}
  | {
      readonly kind: 'rest' | 'events' | 'graphql' | 'frontend'
      readonly target?: string
      readonly path: string
      readonly headers?: Readonly<Record<string, string>>
      readonly missing?: string
    }

function routeOf(url: string, {rest, events, frontend, graphql}: Behind): Route {
  const below = (prefix: string) =>
    url === prefix || url.startsWith(`${prefix}/`) || url.startsWith(`${prefix}?`) ? url.slice(prefix.length) : undefined
  const rooted = (path: string) => (path.startsWith('/') ? path : `/${path}`)
  if (url === RELOAD) return {kind: 'reload'}
  if (url === `${RELOAD}.js`) return {kind: 'script'}
  const toRest = below('/rest')
  if (toRest !== undefined) return {kind: 'rest', target: rest, path: rooted(toRest)}
  const toEvents = below('/events')
  if (toEvents !== undefined) return {kind: 'events', target: events, path: rooted(toEvents)}
  const toGraphql = graphql && below('/graphql')
  if (graphql && toGraphql !== undefined) {
    const {profile, missing} = graphql
    // clients that ask for GraphQL's own media type alone are answered in JSON, which it is
    const headers = {'accept-profile': profile, 'content-profile': profile, accept: 'application/json'}
    return {
      kind: 'graphql',
      target: rest,
      path: `/rpc/graphql${toGraphql.replace(/^\/+/, '')}`,
      headers,
      ...(missing && {missing}),
    }
  }
  return frontend ? {kind: 'frontend', target: frontend, path: url} : {kind: 'page'}
}

/** A page of another place, whose name was made to lead here, is sent away. */
function isLocal({headers}: IncomingMessage): boolean {
  const host = (headers.host ?? '').replace(/:\d+$/, '')
  return ['localhost', '127.0.0.1', '[::1]'].includes(host) || host.endsWith('.localhost')
}

function subscribe(request: IncomingMessage, response: ServerResponse, readers: Set<ServerResponse>): void {
  response.writeHead(200, {'content-type': 'text/event-stream', 'cache-control': 'no-store'})
  response.write(`retry: ${RETRY}\n\n`)
  readers.add(response)
  request.on('close', () => readers.delete(response))
}

function script(response: ServerResponse): void {
  response.writeHead(200, {'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-store'})
  response.end(SCRIPT)
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store'})
  response.end(`${JSON.stringify({message: text})}\n`)
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new PgextError('connection-failed', `can't listen on port ${port}: ${error.message}`, {hint: 'name another with --port'}),
      ),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
}
