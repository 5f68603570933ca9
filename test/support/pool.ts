// A server's socket in, a port out behind which all clients share one backend: by transactions, or each its own, as poolers give them.
import {createConnection, createServer, type Server as Listener, type Socket} from 'node:net'

type Mode = 'transaction' | 'session'

/** A number that no backend has. */
const KEY = 2_000_000_000
const READY = 90
const BACKEND_KEY = 75
const [QUERY, SYNC, TERMINATE] = [81, 83, 88]

/** One backend, lent to whoever asks until it is idle again; who comes first says who they are, and the others go by that. */
export class Pool {
  readonly #socket: string
  readonly #mode: Mode
  readonly #listener: Listener
  readonly #open = new Set<Socket>()
  #backend?: Promise<{socket: Socket; greeting: Buffer}>
  #turn: Promise<void> = Promise.resolve()

  constructor(socket: string, mode: Mode) {
    this.#socket = socket
    this.#mode = mode
    this.#listener = createServer((client) => this.#join(client))
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#listener.listen(0, '127.0.0.1', resolve))
    return (this.#listener.address() as {port: number}).port
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    await new Promise((resolve) => this.#listener.close(resolve))
  }

  #join(client: Socket): void {
    this.#open.add(client.setNoDelay())
    client.on('error', () => {})
    if (this.#mode === 'session' || !this.#backend) {
      const backend = this.#connect()
      if (this.#mode === 'transaction') this.#backend = backend.then(({server}) => this.#login(client, server))
      else backend.then(({server}) => this.#pass(client, server))
      return
    }
    client.once('data', async () => {
      const {greeting} = await this.#backend!
      client.write(greeting)
      this.#lend(client)
    })
  }

  async #connect(): Promise<{server: Socket}> {
    const server = createConnection(this.#socket)
    this.#open.add(server)
    server.on('error', () => {})
    await new Promise((resolve) => server.once('connect', resolve))
    return {server}
  }

  /** A backend of its own; only its number is another. */
  #pass(client: Socket, server: Socket): void {
    client.on('data', (bytes) => server.write(bytes))
    server.on('data', (bytes) => client.write(hidden(bytes)))
    client.on('close', () => server.destroy())
  }

  /** The first client's own way in; what the server says once it is in is said to all who come later. */
  #login(client: Socket, server: Socket): Promise<{socket: Socket; greeting: Buffer}> {
    return new Promise((resolve) => {
      const said: Buffer[] = []
      const hear = (bytes: Buffer) => client.write(hidden(bytes), () => {})
      const up = (bytes: Buffer) => server.write(bytes)
      client.on('data', up)
      server.on('data', function heard(bytes: Buffer) {
        said.push(hidden(bytes))
        hear(bytes)
        if (!ends(bytes)) return
        server.off('data', heard)
        client.off('data', up)
        const all = Buffer.concat(said)
        // AuthenticationOk and all behind it
        const ok = all.indexOf(Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 0]))
        resolve({socket: server, greeting: all.subarray(ok)})
      })
    }).then((backend) => {
      this.#lend(client)
      return backend as {socket: Socket; greeting: Buffer}
    })
  }

  /** What it asks goes to the backend in turn, up to its answer's end. */
  #lend(client: Socket): void {
    let asked: Buffer = Buffer.alloc(0)
    client.on('data', (bytes) => {
      asked = Buffer.concat([asked, bytes])
      if (asked[0] === TERMINATE) return void client.end()
      if (!isWhole(asked)) return
      const question = asked
      asked = Buffer.alloc(0)
      this.#turn = this.#turn.then(async () => {
        const {socket} = await this.#backend!
        await new Promise<void>((resolve) => {
          socket.on('data', function heard(bytes: Buffer) {
            client.write(bytes)
            if (!ends(bytes)) return
            socket.off('data', heard)
            resolve()
          })
          socket.write(question)
        })
      })
    })
  }
}

/** ReadyForQuery, of an idle session, is the last. */
const ends = (bytes: Buffer): boolean => bytes.length >= 6 && bytes.at(-6) === READY && bytes.at(-1) === 73

/** It ends with a simple query, or a Sync. */
function isWhole(bytes: Buffer): boolean {
  let last = 0
  let at = 0
  while (at + 5 <= bytes.length) {
    last = bytes[at]!
    at += 1 + bytes.readUInt32BE(at + 1)
  }
  return at === bytes.length && (last === QUERY || last === SYNC)
}

/** Without the backend's number. */
function hidden(bytes: Buffer): Buffer {
  const at = bytes.indexOf(Buffer.from([BACKEND_KEY, 0, 0, 0, 12]))
  if (at < 0) return bytes
  const other = Buffer.from(bytes)
  other.writeUInt32BE(KEY, at + 5)
  return other
}
