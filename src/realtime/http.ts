// A server for sockets in; an HTTP server that lets them in, says how it is, and goes without hurting anybody, out.
import {createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse} from 'node:http'
import {type AddressInfo, isIPv6} from 'node:net'
import type {Duplex} from 'node:stream'
import {setTimeout as sleep} from 'node:timers/promises'
import {WebSocketServer} from 'ws'
import {CLOSE} from '../client/protocol.ts'
import {metricsOf} from './metrics.ts'
import type {Server} from './serve.ts'
import {Socket} from './socket.ts'

/** Milliseconds between two pings: who does not answer one is gone. */
const PING_EVERY = 30_000
/** How many times as large as it may be a message is read, so that it can be answered, and how many bytes of it; beyond that the connection ends. */
const [TOO_LARGE, MOST_READ] = [16, 2 ** 24]
/** Milliseconds after which an address is forgotten that has no connection: nobody gets a new second by hanging up. */
const FORGET_EVERY = 2000
/** Milliseconds in which sockets are closed when the server goes, one after the other, so that they don't come back all at once. */
const DRAIN = 3000
/** Milliseconds after which those that do not close are left alone. */
const LATE = 6000

export interface Page {
  readonly type: string
  readonly text: string
  /** pages of other places may import it */
  readonly isShared?: boolean
}

/** The test page has what is its own, and speaks to this server alone. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export interface HttpOptions {
  /** By path: what a browser is given. */
  readonly pages: ReadonlyMap<string, Page>
}

export class Http {
  readonly #server: Server
  readonly #http: HttpServer
  readonly #sockets: WebSocketServer
  readonly #pages: ReadonlyMap<string, Page>
  readonly #addresses = new Map<string, {count: number; second: number; opened: number}>()
  readonly #timers: NodeJS.Timeout[]
  #isLeaving = false

  private constructor(server: Server, {pages}: HttpOptions) {
    this.#server = server
    this.#pages = pages
    const {message} = server.settings.limits
    // who sends a request slowly gets no answer
    this.#http = createServer(
      {
        headersTimeout: 5000,
        requestTimeout: 5000,
        connectionsCheckingInterval: 1000,
        keepAliveTimeout: 5000,
        maxHeaderSize: 32_768,
      },
      (request, response) => this.#answer(request, response),
    )
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: Math.max(message, Math.min(TOO_LARGE * message, MOST_READ)),
      // one that came for itself and not for its token
      handleProtocols: (protocols) => (protocols.has('pgext') ? 'pgext' : false),
    })
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#timers = [
      setInterval(() => {
        for (const socket of server.sockets) socket.ping()
      }, PING_EVERY),
      setInterval(() => this.#forget(), FORGET_EVERY),
    ]
  }

  static async open(server: Server, options: HttpOptions): Promise<Http> {
    const http = new Http(server, options)
    const {port, host} = server.settings
    await new Promise<void>((resolve, reject) => {
      http.#http.once('error', reject)
      http.#http.listen(port, host, () => resolve())
    })
    return http
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port
  }

  /** Lets nobody in any more, sees all off, and closes. */
  async close(drain = DRAIN): Promise<void> {
    this.#isLeaving = true
    for (const timer of this.#timers) clearInterval(timer)
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()))
    const all = [...this.#server.sockets]
    for (const [n, socket] of all.entries()) {
      socket.close(CLOSE.draining, 'the server is going: connect anew')
      if (drain > 0 && n % Math.ceil(all.length / 20) === 0) await sleep(drain / 20)
    }
    this.#http.closeIdleConnections()
    const ending = new AbortController()
    const late = sleep(LATE, undefined, {signal: ending.signal}).catch(() => {})
    await Promise.race([closed, late])
    this.#http.closeAllConnections()
    ending.abort()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const {method} = request
    if (method === 'GET' || method === 'HEAD') send(response, ...this.#found(pathOf(request)))
    else send(response, 405, 'text/plain', 'GET only\n')
  }

  #found(path: string): [status: number, type: string, text: string, isShared?: boolean] {
    const page = this.#pages.get(path)
    if (page) return [200, page.type, page.text, page.isShared]
    if (path === '/health') return [200, 'application/json', '{"status":"ok"}\n']
    if (path === '/metrics') return [200, 'text/plain; version=0.0.4', metricsOf(this.#server)]
    if (path !== '/ready') return [404, 'text/plain', 'there is nothing here\n']
    const isReady = !this.#isLeaving && this.#server.hub.feed.isReading
    return [isReady ? 200 : 503, 'application/json', `{"ready":${isReady}}\n`]
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => {})
    const address = this.#addressOf(request)
    const why = this.#refuses(request, address)
    if (why) {
      turnAway(stream, why)
      return
    }
    const token = tokenOf(request)
    this.#sockets.handleUpgrade(request, stream, head, (ws) => {
      const own = this.#addresses.get(address)!
      own.count++
      ws.once('close', () => {
        own.count--
      })
      const socket = new Socket(ws, stream, this.#server)
      this.#server.sockets.add(socket)
      this.#server.counts.opened++
      socket.greet(token)
    })
  }

  #refuses(request: IncomingMessage, address: string): string | undefined {
    const {limits} = this.#server.settings
    if (this.#isLeaving) return '503 Service Unavailable'
    if (!['/', '/ws', '/realtime'].includes(pathOf(request))) return '404 Not Found'
    if (!this.#isWelcome(request)) return '403 Forbidden'
    const own = this.#addresses.get(address) ?? {count: 0, second: 0, opened: 0}
    this.#addresses.set(address, own)
    const second = Math.floor(performance.now() / 1000)
    if (own.second !== second) {
      own.second = second
      own.opened = 0
    }
    if (this.#server.sockets.size >= limits.sockets) return '503 Service Unavailable'
    return own.count >= limits.perAddress || ++own.opened > limits.connects ? '429 Too Many Requests' : undefined
  }

  #forget(): void {
    const second = Math.floor(performance.now() / 1000)
    for (const [address, own] of this.#addresses) if (own.count === 0 && own.second !== second) this.#addresses.delete(address)
  }

  /** The last one that is named is what the proxy itself has seen. */
  #addressOf({headers, socket}: IncomingMessage): string {
    const forwarded = this.#server.settings.trustProxy ? String(headers['x-forwarded-for'] ?? '') : ''
    return networkOf(forwarded.split(',').at(-1)!.trim() || (socket.remoteAddress ?? ''))
  }

  /** Browsers say which page connects; other programs may say what they like, or nothing. */
  #isWelcome({headers}: IncomingMessage): boolean {
    const {origin, host} = headers
    const {origins} = this.#server.settings
    if (origin === undefined || origins.includes('*') || origins.includes(origin)) return true
    if (!URL.canParse(origin)) return false
    return new URL(origin).host === host
  }
}

const pathOf = ({url = '/'}: IncomingMessage): string => url.split('?', 1)[0]!

/** Who leaves the connection open behind this has it closed. */
export function turnAway(stream: Duplex, why: string): void {
  stream.end(`HTTP/1.1 ${why}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => stream.destroy())
}

/** Of IPv6 the 64 bits that one has who has any: the rest is theirs to choose. */
function networkOf(address: string): string {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address.replace(/^\[|\].*$/g, '')
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('%')[0]!.split('::')
  const parts = head.split(':').filter(Boolean)
  const rest = (tail ?? '').split(':').filter(Boolean)
  const zeros = tail === undefined ? [] : Array<string>(Math.max(8 - parts.length - rest.length, 0)).fill('0')
  const groups = [...parts, ...zeros, ...rest].slice(0, 4)
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')
}

/** `Authorization: Bearer …`, `?token=…`, or behind sub-protocol `pgext`, the only place that a page can set one in but for the address. */
function tokenOf({url = '/', headers}: IncomingMessage): string | undefined {
  const bearer = /^Bearer(?: (.*))?$/i.exec(headers.authorization ?? '')
  if (bearer) return bearer[1] ?? ''
  const query = url.indexOf('?')
  const given = query < 0 ? null : new URLSearchParams(url.slice(query)).get('token')
  if (given !== null) return given
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim())
  return protocols[0] === 'pgext' ? protocols[1] : undefined
}

function send(response: ServerResponse, status: number, type: string, text: string, isShared = false): void {
  response.writeHead(status, {
    'content-type': type.startsWith('text/') && !type.includes(';') ? `${type}; charset=utf-8` : type,
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': POLICY,
    ...(isShared && {'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin'}),
    'cache-control': 'no-store',
  })
  response.end(response.req.method === 'HEAD' ? undefined : text)
}
