// A database in; what NOTIFY sends to channels out, on a websocket for each: as pg_eventserv has it, and nothing but that.
import {readFile} from 'node:fs/promises'
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import {createServer as createTlsServer} from 'node:https'
import type {AddressInfo} from 'node:net'
import type {Duplex} from 'node:stream'
import {fileURLToPath} from 'node:url'
import {type WebSocket, WebSocketServer} from 'ws'
import {CLOSE} from '../../client/protocol.ts'
import {PgextError} from '../../errors.ts'
import type {Db} from '../../postgres/db.ts'
import {Ear} from '../ear.ts'
import {turnAway} from '../http.ts'
import {frameOf, Parcel, Post} from '../post.ts'
import type {EventservSettings} from './settings.ts'

/** Bytes that wait for a slow client, which is closed beyond them. */
const MOST_WAITING = 1_048_576
const PING_EVERY = 30_000
const MOST_SOCKETS = 20_000

export interface Eventserv {
  readonly port: number
  readonly securePort?: number
  close(): Promise<void>
}

export async function openEventserv(
  open: () => Promise<Db>,
  settings: EventservSettings,
  log: (what: string) => void,
): Promise<Eventserv> {
  // one that can't be reached is said now
  await (await open()).close()
  const page = await readFile(fileURLToPath(new URL('../../../templates/realtime/viewer.html', import.meta.url)), 'utf8')
  const hub = new Relay(open, settings, log)
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const path = pathOf(request)
    const isPage = path === settings.basePath || path === `${settings.basePath}/` || path === join(settings.basePath, '')
    const [status, type, text] = isPage
      ? [200, 'text/html', page]
      : path === join(settings.basePath, 'health')
        ? [200, 'application/json', '{"status":"ok"}\n']
        : [404, 'text/plain', 'there is nothing here\n']
    response
      .writeHead(status as number, {'content-type': `${type}; charset=utf-8`, 'x-content-type-options': 'nosniff'})
      .end(text)
  }
  const limits = {headersTimeout: 5000, requestTimeout: 5000}
  const http = createServer(limits, answer)
  const {tlsServerCertificateFile: certificate, tlsServerPrivateKeyFile: key} = settings
  const https =
    certificate && key
      ? createTlsServer({...limits, cert: await readFile(certificate), key: await readFile(key)}, answer)
      : undefined
  try {
    for (const [server, port] of [[http, settings.httpPort] as const, ...(https ? [[https, settings.httpsPort] as const] : [])]) {
      server.on('upgrade', (request, socket, head) => hub.upgrade(request, socket, head))
      await listen(server, port, settings.httpHost)
    }
  } catch (error) {
    http.close()
    await hub.close()
    throw error
  }
  return {
    port: (http.address() as AddressInfo).port,
    ...(https && {securePort: (https.address() as AddressInfo).port}),
    close: async () => {
      await hub.close()
      for (const server of https ? [http, https] : [http]) {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        server.closeAllConnections()
        await closed
      }
    },
  }
}

class Relay {
  readonly #settings: EventservSettings
  readonly #log: (what: string) => void
  readonly #ear: Ear
  readonly #sockets = new WebSocketServer({noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: 1024})
  readonly #post = new Post()
  readonly #listeners = new Map<string, Map<WebSocket, Parcel>>()
  readonly #alive = new WeakSet<WebSocket>()
  readonly #pinging: NodeJS.Timeout
  #count = 0

  constructor(open: () => Promise<Db>, settings: EventservSettings, log: (what: string) => void) {
    this.#settings = settings
    this.#log = log
    this.#ear = new Ear(open, (channel, payload) => this.#send(channel, payload))
    this.#pinging = setInterval(() => this.#ping(), PING_EVERY)
  }

  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => {})
    const channel = channelOf(request, this.#settings)
    const why = channel === undefined ? '404 Not Found' : this.#count >= MOST_SOCKETS ? '503 Service Unavailable' : undefined
    if (why) turnAway(stream, why)
    else this.#sockets.handleUpgrade(request, stream, head, (ws) => this.#welcome(ws, stream, channel!))
  }

  async close(): Promise<void> {
    clearInterval(this.#pinging)
    for (const listeners of this.#listeners.values()) for (const ws of listeners.keys()) ws.close(1001, 'the server is going')
    await this.#ear.close()
  }

  #welcome(ws: WebSocket, stream: Duplex, channel: string): void {
    this.#count++
    this.#alive.add(ws)
    const listeners = this.#listeners.get(channel) ?? new Map<WebSocket, Parcel>()
    this.#listeners.set(channel, listeners.set(ws, new Parcel(this.#post, stream)))
    ws.on('pong', () => this.#alive.add(ws))
    ws.on('error', () => {})
    ws.on('close', () => {
      this.#count--
      listeners.delete(ws)
      if (listeners.size > 0 || this.#listeners.get(channel) !== listeners) return
      this.#listeners.delete(channel)
      this.#ear.unlisten(channel)
    })
    if (this.#settings.debug) this.#log(`somebody listens to ${JSON.stringify(channel)}`)
    this.#ear.listen(channel).catch((error) => {
      this.#log(`can't listen: ${(error as Error).message}`)
      ws.close(1011, 'the database can not be asked now')
    })
  }

  /** Whoever is slow is waited for by nobody. */
  #send(channel: string, payload: string): void {
    const frame = frameOf(payload)
    for (const [ws, parcel] of this.#listeners.get(channel) ?? []) {
      if (ws.readyState !== ws.OPEN) continue
      if (ws.bufferedAmount <= MOST_WAITING) parcel.add(frame)
      else {
        parcel.send()
        ws.close(CLOSE.lagging, 'the client does not keep up')
      }
    }
  }

  #ping(): void {
    for (const listeners of this.#listeners.values()) {
      for (const ws of listeners.keys()) {
        if (this.#alive.delete(ws)) ws.ping()
        else ws.terminate()
      }
    }
  }
}

const pathOf = ({url = '/'}: IncomingMessage): string => url.split('?', 1)[0]!

const join = (base: string, rest: string): string => `${base === '/' ? '' : base}/${rest}`

/** undefined: there is none, or it is not open. */
function channelOf(request: IncomingMessage, {basePath, channels}: EventservSettings): string | undefined {
  const path = pathOf(request)
  const prefix = join(basePath, 'listen/')
  if (!path.startsWith(prefix)) return undefined
  let channel: string
  try {
    channel = decodeURIComponent(path.slice(prefix.length))
  } catch {
    return undefined
  }
  if (channel === '' || Buffer.byteLength(channel) > 63 || channel.includes('\0')) return undefined
  return channels.some((pattern) => isLike(channel, pattern)) ? channel : undefined
}

/** `*` is any text, `?` any character. */
function isLike(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new PgextError('usage', `something else listens on ${host}:${port} already`, {
              hint: 'choose another one with --port, or ES_HTTPPORT',
            })
          : error,
      ),
    )
    server.listen(port, host, () => resolve())
  })
}
