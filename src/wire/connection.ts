// A socket in; a session of PostgreSQL's protocol on it out.
import {randomInt} from 'node:crypto'
import type {Socket} from 'node:net'
import {Backlog} from './backlog.ts'
import type {Debtor} from './debts.ts'
import {Intake, type Said} from './intake.ts'
import {type Access, type Door, Login} from './login.ts'
import {fatal, problem, ready, SPOKEN, type Status} from './message.ts'
import {type Answer, type Call, MOST_OWED} from './model.ts'
import {Outlet} from './outlet.ts'
import type {Party, Turns} from './turns.ts'

export type Reason = 'user request' | 'statement timeout'

/** The server that a connection came to. */
export interface House {
  readonly turns: Turns
  readonly access: Access
  /** milliseconds that a client may take over saying who it is */
  readonly patience: number
  /** why there is no room: a code, and words */
  refusal(): readonly [string, string] | undefined
  cancel(pid: number, key: number): void
  /** what runs now */
  stop(reason: Reason): void
  /** to the unit that runs; undefined: there is no more */
  more(id: number, bytes?: Uint8Array): void
  taken(bytes: number): void
  log(level: 'info' | 'warning', said: string, connection: Connection, code?: string): void
  gone(connection: Connection): void
}

/** What it waits for behind a call that it has made. */
type Phase = 'opening' | 'login' | 'session' | 'gone'

export class Connection implements Party, Door, Debtor {
  readonly id: number
  readonly pid: number
  readonly key = randomInt(1, 2 ** 31 - 1)
  login?: Login
  readonly #socket: Socket
  readonly #outlet: Outlet
  readonly #house: House
  #phase: Phase = 'opening'
  readonly #intake = new Intake()
  readonly #backlog = new Backlog()
  #isWanted = false
  /** the engine has a session of it */
  #isKept = false
  #status: Status = 'I'
  #timer?: NodeJS.Timeout

  constructor(id: number, socket: Socket, house: House) {
    this.id = id
    this.pid = 1000 + id
    this.#socket = socket
    this.#house = house
    this.#outlet = new Outlet(socket, (bytes) => house.taken(bytes))
    socket.setNoDelay()
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('error', () => {})
    socket.on('close', () => this.#leave())
    this.#timer = setTimeout(() => this.refuse('08006', 'the client did not say who it is'), house.patience)
  }

  next(): Call | undefined {
    if (this.#phase === 'gone') {
      const call: Call | undefined = this.#isKept ? {kind: 'close', id: this.id} : undefined
      this.#isKept = false
      return call
    }
    if (this.#phase === 'login') {
      const call = this.login?.next()
      if (call?.kind === 'open') this.#isKept = true
      return call
    }
    const bytes = this.#backlog.next()
    return bytes && {kind: 'run', id: this.id, bytes}
  }

  heard(answer: Answer): boolean {
    this.#socket.resume()
    this.#isWanted = false
    if (answer.kind === 'refused') this.#isKept = false
    // the session that it left behind is to be closed
    if (this.#phase === 'gone') {
      if (answer.kind === 'done') this.#house.taken(answer.bytes.length)
      this.#house.turns.want(this)
      return answer.kind === 'done' && answer.status !== 'I' && this.#isKept
    }
    if (this.#phase === 'login') {
      if (this.login!.heard(answer)) this.#enter()
      return false
    }
    if (answer.kind === 'refused') this.refuse(answer.code, answer.message)
    if (answer.kind !== 'done') return false
    this.#status = answer.status
    if (answer.blocked) this.#backlog.running = Buffer.from(answer.blocked)
    if (answer.blocked) return false
    clearTimeout(this.#timer)
    this.#backlog.running = undefined
    this.write(answer.bytes, true)
    if (this.#backlog.isWaiting) this.#house.turns.want(this)
    return answer.status !== 'I'
  }

  /** What the engine says in the middle of a unit, or of others'. */
  hear(answer: Answer): void {
    if (answer.kind === 'data') this.write(answer.bytes, answer.owed)
    if (answer.kind === 'limit') this.#limitTo(answer.milliseconds)
    if (answer.kind === 'signal' && answer.ends) this.refuse('57P01', 'terminating connection due to administrator command')
    if (answer.kind === 'signal' && !answer.ends) this.cancel('user request')
    if (answer.kind !== 'want') return
    this.write(answer.bytes, true)
    this.#isWanted = true
    this.#socket.resume()
    this.#feed()
  }

  dawdles(): void {
    const hint = 'PGlite has one process for all sessions: whoever is in a transaction keeps all others waiting'
    this.refuse('25P03', 'terminating connection due to idle-in-transaction timeout', hint)
  }

  get owed(): number {
    return this.#outlet.owed
  }

  get took(): number {
    return this.#outlet.since
  }

  hoards(): void {
    const hint = 'PGlite has one process for all sessions: whoever leaves a large result unread keeps all others waiting'
    this.refuse('08006', 'terminating connection because its result is not read', hint, true)
  }

  cancel(reason: Reason): void {
    // nothing runs while it is asked for more
    if (this.#isWanted) return
    if (this.#house.turns.isSpeaking(this)) this.#house.stop(reason)
    else this.#drop(reason)
  }

  /** What has not begun, or waits for a lock. */
  #drop(reason: Reason): void {
    if (!this.#backlog.drop()) return
    clearTimeout(this.#timer)
    this.write(Buffer.concat([problem({code: '57014', message: `canceling statement due to ${reason}`}), ready(this.#status)]))
    this.#house.turns.unblock(this)
  }

  /** @param isOwed the engine counts it, and waits where there is too much; of what others make it hear there is a bound, too */
  write(bytes: Uint8Array, isOwed = false): void {
    this.#outlet.write(bytes, isOwed)
    if (this.#outlet.heard > MOST_OWED)
      this.refuse('08006', 'terminating connection because its notifications are not read', undefined, true)
  }

  want(): void {
    this.#house.turns.want(this)
  }

  /** @param isHoarding it does not read what it was told */
  refuse(code: string, said: string, hint?: string, isHoarding = false): void {
    if (this.#phase === 'gone') return
    this.#house.log('warning', said, this, code)
    this.#outlet.end(fatal(code, said, hint), isHoarding)
    setTimeout(() => this.#socket.destroy(), isHoarding ? 3000 : 1000).unref()
    this.#leave()
  }

  #leave(): void {
    if (this.#phase === 'gone') return
    const {turns} = this.#house
    this.#phase = 'gone'
    this.#outlet.end()
    clearTimeout(this.#timer)
    this.#backlog.clear()
    this.#intake.clear()
    this.#house.gone(this)
    if (turns.isSpeaking(this)) {
      if (this.#isWanted) this.#house.more(this.id)
      else this.#house.stop('user request')
      return
    }
    this.#backlog.running = undefined
    turns.unblock(this)
    turns.want(this)
  }

  #enter(): void {
    clearTimeout(this.#timer)
    this.#phase = 'session'
    this.#house.log('info', 'connected', this)
    this.#read(Buffer.alloc(0))
  }

  #read(chunk: Buffer): void {
    if (this.#phase === 'gone') return
    this.#backlog.came(chunk.length)
    if (this.#backlog.isFull && !this.#isWanted) this.#socket.pause()
    this.#intake.add(chunk)
    while (this.#phase === 'opening' && this.#open()) {}
    // who is let in without a password may say more at once
    if (this.#phase === 'session' || (this.#phase === 'login' && this.login!.isAsking)) this.#readMessages()
  }

  /** true: there may be another packet of this kind */
  #open(): boolean {
    const opening = this.#intake.opening()
    if (!opening) return false
    if (opening.kind === 'plain') this.write(Buffer.from('N'))
    if (opening.kind === 'wrong') this.refuse('0A000', opening.said)
    if (opening.kind === 'cancel') {
      this.#house.cancel(opening.pid, opening.key)
      this.#leave()
    }
    if (opening.kind !== 'start') return opening.kind === 'plain'
    const refusal = this.#house.refusal()
    if (refusal) {
      this.refuse(...refusal)
      return false
    }
    // from now on it may be the engine that takes its time
    clearTimeout(this.#timer)
    this.#phase = 'login'
    this.login = new Login(this, this.#house.access, opening)
    this.login.begin()
    return false
  }

  #readMessages(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      const {kind, message} = next
      if (this.#phase === 'login') this.login!.said(kind, message.subarray(5))
      else if (kind === 'X') this.#leave()
      else this.#take(kind, message)
      if (this.#phase === 'gone') return
      if (this.#phase === 'login' && !this.login!.isAsking) break
    }
    if (this.#isWanted) this.#feed()
  }

  #next(): Said | undefined {
    const next = this.#intake.message((kind) => (this.#phase === 'login' ? kind === 'p' : kind === 'X' || SPOKEN.has(kind)))
    if (typeof next !== 'string') return next
    this.refuse('08P01', next)
    return undefined
  }

  #take(kind: string, message: Buffer): void {
    if (!this.#backlog.add(kind, message, this.#isWanted)) return
    if (this.#isWanted) this.#feed()
    else if (!this.#backlog.running) this.want()
  }

  /** The unit that runs wants more of itself. */
  #feed(): void {
    const unit = this.#backlog.more()
    this.#house.turns.pause(!unit)
    if (!unit) return
    this.#isWanted = false
    this.#house.more(this.id, unit)
  }

  #limitTo(milliseconds: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.cancel('statement timeout'), milliseconds)
  }
}
