// A server's socket in, a port out that leads to it; what passes is counted, and held up at one place for a fault to happen there.
import {createConnection, createServer, type Server as Listener, type Socket} from 'node:net'

/** An exchange: what the client sends up to the server's ReadyForQuery. */
export interface Stop {
  /** from 1, where the session that holds the run's lock asks for it */
  readonly exchange: number
  /** the client has not been heard yet; the server works on it; it has ended, and nobody was told */
  readonly at: 'before' | 'during' | 'after'
  /** milliseconds; for 'during' */
  readonly delay: number
  readonly happens: (backend: number, sql: string) => Promise<void>
  /** for 'during': it is not sent before this is done */
  readonly prepare?: (sql: string) => Promise<void>
}

export class Wire {
  readonly #socket: string
  readonly #listener: Listener
  readonly #open = new Set<Socket>()
  /** what the applying session sent since `watch` */
  sent: string[] = []
  stop?: Stop
  happened?: Promise<void>

  constructor(socket: string) {
    this.#socket = socket
    this.#listener = createServer((client) => this.#join(client))
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#listener.listen(0, '127.0.0.1', resolve))
    return (this.#listener.address() as {port: number}).port
  }

  /** Before a run. */
  watch(stop?: Stop): void {
    this.sent = []
    this.stop = stop
    this.happened = undefined
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    await new Promise((resolve) => this.#listener.close(resolve))
  }

  #join(client: Socket): void {
    const server = createConnection(this.#socket)
    const both = [client, server]
    for (const socket of both) socket.setNoDelay()
    let isSession = false
    let isHeld = false
    let backend = 0
    let sql = ''
    let asked = 0
    let answered = 0
    const start = () => {
      isHeld = true
      this.happened = this.stop!.happens(backend, sql)
    }
    const isStop = (at: Stop['at'], count: number) =>
      isSession && !this.happened && this.stop?.at === at && this.stop.exchange === count

    const upward = reader(true, async (message, type) => {
      if (isHeld) return
      if (type === 'Q' || type === 'P') sql = textOf(message, type)
      if (!isSession && !this.sent.length && sql.includes('pg_try_advisory_lock')) isSession = true
      if (isSession && (type === 'Q' || type === 'S')) {
        asked++
        this.sent.push(sql)
        if (isStop('before', asked)) {
          isHeld = true
          if (answered === asked - 1) start()
          return
        }
        if (isStop('during', asked)) {
          await this.stop!.prepare?.(sql)
          server.write(message)
          setTimeout(() => !this.happened && start(), this.stop!.delay)
          return
        }
      }
      server.write(message)
    })
    const downward = reader(false, async (message, type) => {
      if (type === 'K') backend = message.readInt32BE(5)
      if (type === 'Z') {
        // the first says that the session stands
        if (isSession && isStop('after', answered + 1)) start()
        if (isSession) answered++
        if (isStop('before', answered + 1) && isHeld) start()
      }
      if (!this.happened || !isHeld || this.stop?.at === 'during') client.write(message)
    })
    client.on('data', upward)
    server.on('data', downward)
    for (const socket of both) {
      this.#open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#open.delete(socket)
        for (const other of both) other.destroySoon()
      })
    }
  }
}

/** Whole messages, one after the other, however the bytes arrive; the client's first has no type. */
function reader(isFirstUntyped: boolean, take: (message: Buffer, type: string) => Promise<void>): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0)
  let untyped = isFirstUntyped
  let turn = Promise.resolve()
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    for (;;) {
      const head = untyped ? 0 : 1
      if (rest.length < head + 4) return
      const length = head + rest.readInt32BE(head)
      if (rest.length < length) return
      const message = rest.subarray(0, length)
      const type = untyped ? '' : String.fromCharCode(message[0]!)
      rest = rest.subarray(length)
      untyped = false
      turn = turn.then(() => take(message, type)).catch(() => {})
    }
  }
}

/** Query: the text; Parse: after the statement's name. */
function textOf(message: Buffer, type: string): string {
  const from = type === 'Q' ? 5 : message.indexOf(0, 5) + 1
  return message.toString('utf8', from, message.indexOf(0, from))
}
