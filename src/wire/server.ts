// What is to be served in; a PostgreSQL on a port out: many connections, one engine.
import {createServer, type Server as Listener} from 'node:net'
import {Connection, type House, type Reason} from './connection.ts'
import {Debts} from './debts.ts'
import {Engine} from './engine.ts'
import type {Log} from './log.ts'
import {accessBy} from './login.ts'
import type {Answer, Setup} from './model.ts'
import {Turns} from './turns.ts'

export interface Wish {
  readonly host: string
  /** 0: any that is free */
  readonly port: number
  /** none: whoever can reach the port is let in */
  readonly password?: string
  /** milliseconds that somebody in a transaction may say nothing while others wait */
  readonly patience: number
  /** milliseconds that a client may leave its result unread while others wait */
  readonly unread: number
  readonly setup: Omit<Setup, 'port' | 'control'>
}

/** milliseconds for a client's first words, and for the engine's last */
const [GREETING, FAREWELL] = [10_000, 5000]

export class Server {
  port = 0
  readonly #wish: Wish
  readonly #log: Log
  readonly #engine: Engine
  readonly #turns: Turns
  readonly #debts: Debts<Connection>
  readonly #listener: Listener
  readonly #connections = new Map<number, Connection>()
  #count = 0
  #isClosing = false
  #isDead = false
  #ended?: () => void
  readonly #died: (message: string) => void

  constructor(wish: Wish, log: Log, died: (message: string) => void) {
    this.#wish = wish
    this.#log = log
    this.#died = died
    this.#engine = new Engine(wish.setup)
    this.#turns = new Turns(this.#engine, wish.patience)
    const ledger = {
      debtors: () => this.#connections.values(),
      owed: () => this.#engine.owed,
      isKeeping: (connection: Connection) => this.#turns.isWanted(connection),
    }
    this.#debts = new Debts(ledger, wish.unread)
    this.#listener = createServer({noDelay: true}, (socket) => {
      const id = ++this.#count
      this.#connections.set(id, new Connection(id, socket, house))
    })
    const house: House = {
      turns: this.#turns,
      access: accessBy(wish.password),
      patience: GREETING,
      refusal: () => this.#refusal(),
      cancel: (pid, key) => this.#cancel(pid, key),
      stop: (reason: Reason) => this.#engine.cancel(reason),
      more: (id, bytes) => this.#engine.call(bytes ? {kind: 'more', id, bytes} : {kind: 'stop', id}),
      taken: (bytes) => bytes > 0 && this.#engine.taken(bytes),
      log: (level, said, {login, pid}, code) =>
        this.#log.say(level, said, {
          process: pid,
          ...(login && {role: login.user, database: login.database}),
          ...(code && {code}),
        }),
      gone: ({id}) => this.#connections.delete(id),
    }
  }

  /** Resolves when clients may come. */
  async start(): Promise<Answer & {kind: 'up'}> {
    const up = await this.#engine.up
    this.#engine.onAnswer = (answer) => this.#hear(answer)
    await new Promise<void>((resolve, reject) => {
      this.#listener.once('error', reject)
      this.#listener.listen(this.#wish.port, this.#wish.host, resolve)
    })
    this.port = (this.#listener.address() as {port: number}).port
    return up
  }

  /** Everybody is told; what runs is cancelled; the folder is left as it should be. */
  async close(): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#listener.close()
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve
    })
    for (const connection of this.#connections.values())
      connection.refuse('57P01', 'terminating connection due to administrator command')
    this.#engine.call({kind: 'end'})
    // the dead say nothing any more
    const late = setTimeout(() => this.#ended?.(), this.#isDead ? 0 : FAREWELL)
    await ended
    clearTimeout(late)
    this.#debts.stop()
    await this.#engine.kill()
  }

  #hear(answer: Answer): void {
    if (answer.kind === 'ended') this.#ended?.()
    else if (answer.kind === 'died') {
      this.#isDead = true
      for (const connection of this.#connections.values()) connection.refuse('57P02', answer.message)
      this.#listener.close()
      this.#died(answer.message)
    } else if (answer.kind === 'log') this.#log.tell(answer.line)
    else if (answer.kind === 'data' || answer.kind === 'limit' || answer.kind === 'signal' || answer.kind === 'want') {
      const connection = this.#connections.get(answer.id)
      if (connection) connection.hear(answer)
      // a client that has gone meanwhile
      else if (answer.kind === 'want') this.#engine.call({kind: 'stop', id: answer.id})
      if (!connection && (answer.kind === 'want' || (answer.kind === 'data' && answer.owed)))
        this.#engine.taken(answer.bytes.length)
    } else if (answer.kind !== 'up') this.#turns.hear(answer)
    this.#debts.watch()
  }

  #refusal(): readonly [string, string] | undefined {
    if (this.#isClosing) return ['57P03', 'the database system is shutting down']
    return this.#connections.size > this.#wish.setup.most ? ['53300', 'sorry, too many clients already'] : undefined
  }

  #cancel(pid: number, key: number): void {
    for (const connection of this.#connections.values())
      if (connection.pid === pid && connection.key === key) connection.cancel('user request')
  }
}
