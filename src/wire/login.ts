// What a client says of itself in; whether it is let in, and as whom, out.
import {createHash, timingSafeEqual} from 'node:crypto'
import {message, text} from '../postgres/describe.ts'
import {authentication, keyData, parameter, ready, words} from './message.ts'
import type {Answer, Call, Guest} from './model.ts'
import {makeVerifier, readVerifier, Scram, type Verifier} from './scram.ts'
import {settingsIn} from './startup.ts'

/** How one gets in. */
export interface Access {
  /** of every role without a password of its own; none: nobody is asked for one */
  readonly verifier?: Verifier
}

export const accessBy = (password: string | undefined): Access => (password ? {verifier: makeVerifier(password)} : {})

export interface Door {
  readonly id: number
  readonly pid: number
  readonly key: number
  write(bytes: Uint8Array): void
  refuse(code: string, said: string, hint?: string): void
  /** there is something to ask of the engine */
  want(): void
}

/** a code, words, a hint */
type Refusal = readonly [string, string, string?]

const MECHANISM = 'SCRAM-SHA-256'

export class Login {
  /** the client has the word */
  isAsking = false
  readonly user: string
  readonly database: string
  readonly #door: Door
  readonly #access: Access
  readonly #words: ReadonlyMap<string, string>
  #call?: Call
  #guest?: Guest
  #scram?: Scram
  #isBegun = false
  #cleartext?: (password: string) => boolean

  constructor(door: Door, access: Access, said: {readonly minor: number; readonly words: ReadonlyMap<string, string>}) {
    this.#door = door
    this.#access = access
    this.#words = said.words
    this.user = said.words.get('user') ?? ''
    this.database = said.words.get('database') ?? this.user
    const unknown = [...said.words.keys()].filter((name) => name.startsWith('_pq_.'))
    if (said.minor > 0 || unknown.length > 0) door.write(message('v', words(0x30000, unknown.length), ...unknown.map(text)))
  }

  /** Asks the engine who that is. */
  begin(): void {
    const refusal = this.#refusal()
    if (refusal) {
      this.#door.refuse(...refusal)
      return
    }
    this.#call = {kind: 'look', id: this.#door.id, user: this.user, database: this.database}
    this.#door.want()
  }

  next(): Call | undefined {
    const call = this.#call
    this.#call = undefined
    return call
  }

  /** true: it is let in */
  heard(answer: Answer): boolean {
    if (answer.kind === 'looked') this.#meet(answer)
    if (answer.kind === 'refused') this.#door.refuse(answer.code, answer.message)
    if (answer.kind !== 'opened') return false
    const {pid, key} = this.#door
    const statuses = answer.statuses.map(([name, value]) => parameter(name, value))
    this.#door.write(Buffer.concat([authentication(0), ...statuses, keyData(pid, key), ready('I')]))
    return true
  }

  /** A message of the client, before it is let in. */
  said(kind: string, body: Buffer): void {
    this.isAsking = false
    if (kind !== 'p' || !(this.#cleartext || this.#scram)) this.#door.refuse('08P01', 'a password was not asked for')
    else if (this.#cleartext) this.#settle(this.#cleartext(body.toString('utf8', 0, body.indexOf(0))))
    else if (!this.#isBegun) this.#challenge(this.#scram!, body)
    else this.#prove(this.#scram!.finish(body.toString('utf8')))
  }

  #refusal(): Refusal | undefined {
    if (this.user === '') return ['28000', 'no PostgreSQL user name specified in startup packet']
    if (['', 'off', 'false', 'no', '0'].includes(this.#words.get('replication') ?? '')) return undefined
    const hint = 'use the queue engine of pg_events, or a native PostgreSQL'
    return ['0A000', 'PGlite can not replicate: it has no logical decoding', hint]
  }

  #meet({guest, database}: Answer & {kind: 'looked'}): void {
    const refusal = this.#unwanted(guest, database)
    if (refusal) this.#door.refuse(...refusal)
    else this.#ask(guest!)
  }

  #unwanted(guest: Guest | undefined, database: (Answer & {kind: 'looked'})['database']): Refusal | undefined {
    if (!guest) return ['28000', `role "${this.user}" does not exist`]
    if (!guest.login) return ['28000', `role "${this.user}" is not permitted to log in`]
    if (database === 'unknown') return ['3D000', `database "${this.database}" does not exist`]
    if (database === 'here') return undefined
    const said = `database "${this.database}" can not be connected to here: PGlite serves one database at a time`
    return ['0A000', said, 'connect to database postgres, or use the native engine']
  }

  #ask(guest: Guest): void {
    this.#guest = guest
    const {verifier} = this.#access
    const {password} = guest
    if (!verifier) this.#open()
    else if (password?.startsWith('md5')) {
      this.#cleartext = (given) =>
        isSame(
          `md5${createHash('md5')
            .update(given + this.user)
            .digest('hex')}`,
          password,
        )
      this.#asks(authentication(3))
    } else {
      this.#scram = new Scram((password && readVerifier(password)) || verifier)
      this.#asks(authentication(10, text(MECHANISM), Buffer.from([0])))
    }
  }

  #asks(question: Buffer): void {
    this.isAsking = true
    this.#door.write(question)
  }

  #challenge(scram: Scram, body: Buffer): void {
    this.#isBegun = true
    const end = body.indexOf(0)
    const challenge = body.toString('utf8', 0, end) === MECHANISM ? scram.begin(body.toString('utf8', end + 5)) : undefined
    if (challenge === undefined) this.#door.refuse('08P01', 'the client selected another way to authenticate than SCRAM-SHA-256')
    else this.#asks(authentication(11, Buffer.from(challenge)))
  }

  #prove(proof: string | undefined): void {
    if (proof !== undefined) this.#door.write(authentication(12, Buffer.from(proof)))
    this.#settle(proof !== undefined)
  }

  #settle(isRight: boolean): void {
    if (isRight && !this.#guest!.expired) this.#open()
    else this.#door.refuse('28P01', `password authentication failed for user "${this.user}"`)
  }

  #open(): void {
    const guest = this.#guest!
    const settings = [...guest.settings, ...settingsIn(this.#words)]
    this.#call = {kind: 'open', id: this.#door.id, user: this.user, guest, settings}
    this.#door.want()
  }
}

const isSame = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
