// A port in, what a client sees out: everything that a server says to one socket, in order, and what it makes of it.
import {SignJWT} from 'jose'
import {WebSocket} from 'ws'
import type {Answer, Request, Row} from '../../src/client/protocol.ts'

export const SECRET = 'a secret of more than thirty-two bytes, for tests'

export type Of<T extends Answer['type']> = Answer & {readonly type: T}

export const tokenOf = (claims: Record<string, unknown>, life = '1h'): Promise<string> =>
  new SignJWT(claims)
    .setProtectedHeader({alg: 'HS256'})
    .setIssuedAt()
    .setExpirationTime(life)
    .sign(new TextEncoder().encode(SECRET))

export class Client {
  readonly ws: WebSocket
  readonly answers: Answer[] = []
  closed?: {readonly code: number; readonly reason: string}
  #wake: (() => void)[] = []

  private constructor(ws: WebSocket) {
    this.ws = ws
    ws.on('message', (data: Buffer) => {
      this.answers.push(JSON.parse(data.toString()))
      this.#tell()
    })
    ws.on('close', (code, reason) => {
      this.closed = {code, reason: reason.toString()}
      this.#tell()
    })
  }

  static async open(
    port: number,
    token?: string,
    headers: Record<string, string> = {},
    path = '/',
    protocols: string[] = [],
  ): Promise<Client> {
    const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, {
      headers: {...(token !== undefined && {authorization: `Bearer ${token}`}), ...headers},
    })
    const client = new Client(ws)
    await new Promise<void>((resolve, reject) => {
      ws.once('open', () => resolve())
      ws.once('error', reject)
    })
    return client
  }

  say(request: Request | Record<string, unknown>): void {
    this.ws.send(JSON.stringify(request))
  }

  /** The first answer of this kind, from the `from`th answer on; it fails after a while. */
  async next<T extends Answer['type']>(type: T, isIt: (answer: Of<T>) => boolean = () => true, from = 0): Promise<Of<T>> {
    return this.until(() => this.answers.slice(from).find((one): one is Of<T> => one.type === type && isIt(one as Of<T>)), type)
  }

  async until<T>(look: () => T | undefined | false, what = 'it'): Promise<T> {
    const end = Date.now() + 10_000
    for (;;) {
      const found = look()
      if (found) return found
      if (Date.now() > end)
        throw new Error(
          `${what} did not come; last came ${JSON.stringify(this.answers.slice(-5))}, closed ${JSON.stringify(this.closed)}`,
        )
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve)
        setTimeout(resolve, 200)
      })
    }
  }

  async subscribe(request: Omit<Request & {type: 'subscribe'}, 'type'>): Promise<Of<'subscribed'>> {
    const from = this.answers.length
    this.say({type: 'subscribe', ...request})
    return this.next('subscribed', ({id}) => id === (request.id ?? request.table), from)
  }

  /** The error that a request is answered with. */
  async refused(request: Request | Record<string, unknown>): Promise<Of<'error'>> {
    const from = this.answers.length
    this.say(request)
    return this.next('error', () => true, from)
  }

  /** All changes of a subscription, as short lines: `INSERT 1`, `UPDATE 1 a,b`, `DELETE 1`. */
  lines(id?: string): string[] {
    return this.answers.flatMap((answer) =>
      answer.type === 'change' && (id === undefined || answer.id === id)
        ? answer.changes.map(({op, key, changed}) =>
            [op, ...(key ? Object.values(key) : []), ...(changed ? [changed.join(',')] : [])].join(' '),
          )
        : [],
    )
  }

  /** What it holds of a table: the snapshot, and what was changed since. */
  rows(id: string): Map<string, Row> {
    const rows = new Map<string, Row>()
    const [first] = this.answers.filter((answer) => answer.type === 'subscribed' && answer.id === id) as Of<'subscribed'>[]
    const keyOf = (row: Row) => JSON.stringify(first!.key.map((name) => row[name]))
    for (const answer of this.answers) {
      if (answer.type === 'snapshot' && answer.id === id) for (const row of answer.rows) rows.set(keyOf(row), row)
      if (answer.type !== 'change' || answer.id !== id) continue
      for (const {op, key, row} of answer.changes) {
        if (op === 'TRUNCATE') rows.clear()
        else if (op === 'DELETE') rows.delete(keyOf(key!))
        else rows.set(keyOf(key!), {...rows.get(keyOf(key!)), ...row})
      }
    }
    return rows
  }

  async close(): Promise<void> {
    this.ws.close()
    await this.until(() => this.closed, 'the end')
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}
