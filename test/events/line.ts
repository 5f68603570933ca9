// A server's socket in, a port out that leads to it; on some or all of its lines nothing passes any more, and nobody is told.
import {type AddressInfo, createConnection, createServer, type Server as Listener, type Socket} from 'node:net'

/** What a line is for, as its first message says. */
export type Use = 'log' | 'session'

interface Pair {
  readonly ends: readonly [client: Socket, server: Socket]
  use?: Use
  isStill: boolean
}

export class Lines {
  readonly #listener: Listener
  readonly #pairs = new Set<Pair>()
  /** new ones become still when the server has greeted */
  areStill = false

  constructor(socket: string) {
    this.#listener = createServer((client) => this.#join(client, createConnection(socket)))
  }

  /** A URL with so many seconds to connect in. */
  async url(database: string): Promise<string> {
    if (!this.#listener.listening) await new Promise<void>((done) => this.#listener.listen(0, '127.0.0.1', done))
    const {port} = this.#listener.address() as AddressInfo
    return `postgresql://postgres@127.0.0.1:${port}/${database}?sslmode=disable&connect_timeout=1`
  }

  /** Those that stand. */
  still(use: Use): number {
    const found = [...this.#pairs].filter((pair) => pair.use === use && !pair.isStill && !pair.ends[0].destroyed)
    for (const pair of found) pair.isStill = true
    return found.length
  }

  /** The server's side ends, as it would by its own timers. */
  cut(): void {
    for (const {isStill, ends} of this.#pairs) if (isStill) ends[1].destroy()
  }

  async close(): Promise<void> {
    for (const {ends} of this.#pairs) for (const end of ends) end.destroy()
    await new Promise((done) => this.#listener.close(done))
  }

  #join(client: Socket, server: Socket): void {
    const pair: Pair = {ends: [client, server], isStill: false}
    this.#pairs.add(pair)
    for (const [from, to] of [pair.ends, [...pair.ends].reverse() as [Socket, Socket]]) {
      from.on('data', (bytes) => {
        if (from === client) pair.use ??= bytes.includes('replication\0') ? 'log' : 'session'
        if (!pair.isStill) to.write(bytes)
        if (from === server && this.areStill) pair.isStill = true
      })
      from.on('error', () => {})
      from.on('close', () => pair.isStill || to.destroy())
    }
  }
}
