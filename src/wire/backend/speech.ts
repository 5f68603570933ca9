// What PostgreSQL says while a unit runs in; what its client, and others who listen, are to hear out.
import {PGLITE_EXTENSIONS} from '../../shadow/pglite.ts'
import {nextMessage, notification, problem} from '../message.ts'
import {type Answer, MOST_OWED, OWED, REASON} from '../model.ts'
import type {Advisory} from './advisory.ts'
import type {Channels} from './channels.ts'
import {fieldsOf} from './loop.ts'
import type {Session} from './session.ts'

/** bytes that are said at once */
const LARGE = 32 * 1024
/** of a command's tag that matters here */
const SHORT = 24

/** What is going on. */
export interface Scene {
  readonly control: Int32Array
  readonly sessions: ReadonlyMap<number, Session>
  readonly channels: Channels
  readonly advisory: Advisory
  current(): Session
  post(answer: Answer): void
}

export class Speech {
  /** of commands that were carried out */
  readonly tags = new Set<string>()
  /** some of it has left: the unit can't begin anew */
  isSent = false
  /** there was an error that nobody foresaw */
  isBroken = false
  #said: Buffer[] = []
  #length = 0

  begin(): void {
    this.tags.clear()
    this.isSent = false
    this.isBroken = false
    this.#said = []
    this.#length = 0
  }

  /** Whole messages. */
  hear(bytes: Buffer, scene: Scene): void {
    let from = 0
    for (let at = 0, next = nextMessage(bytes, 0); next; at = next.end, next = nextMessage(bytes, at)) {
      const {kind, end} = next
      if (kind === 'C' && end - at < SHORT) this.tags.add(bytes.toString('latin1', at + 5, end - 1))
      if (kind !== 'A' && kind !== 'E') continue
      this.#say(bytes.subarray(from, at))
      from = end
      if (kind === 'A') this.#notify(bytes.subarray(at, end), scene)
      else this.#say(this.#explain(bytes.subarray(at, end), scene))
    }
    this.#say(bytes.subarray(from))
    if (this.#length <= LARGE) return
    this.isSent = true
    scene.post({kind: 'data', id: scene.current().id, bytes: this.take(scene), owed: true})
    waitForTakers(scene)
  }

  take({control}: Pick<Scene, 'control'>): Uint8Array {
    const all = Buffer.concat(this.#said)
    this.#said = []
    this.#length = 0
    Atomics.add(control, OWED, all.length)
    return all
  }

  #say(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#said.push(bytes)
    this.#length += bytes.length
  }

  /** Others hear it before the unit's own client hears that it has ended. */
  #notify(said: Buffer, {sessions, channels, current, post}: Scene): void {
    const channel = said.toString('utf8', 9, said.indexOf(0, 9))
    const sender = current()
    const bytes = notification(sender.pid, said.subarray(9))
    if (channels.read().includes(channel)) this.#say(bytes)
    for (const session of sessions.values())
      if (session !== sender && session.channels.includes(channel)) post({kind: 'data', id: session.id, bytes, owed: false})
  }

  /** Errors that are ours, in our words. */
  #explain(said: Buffer, {advisory, control}: Scene): Buffer {
    const code = fieldsOf(said).get('C') ?? ''
    if (code.startsWith('XX') || code.startsWith('58')) this.isBroken = true
    if (code === '0A000') return explainExtension(said)
    if (code !== '57014') return said
    if (advisory.isBlocked)
      return problem({
        code: '55P03',
        message: 'could not obtain advisory lock: another session has it',
        hint: 'nobody can wait for it inside a transaction, as PGlite has one process for all sessions: take the lock before the transaction',
      })
    return Atomics.load(control, REASON) === 2 ? problem({code, message: 'canceling statement due to statement timeout'}) : said
  }
}

/** A client that takes too long is told to go, by the other thread. */
function waitForTakers({control}: Scene): void {
  for (let owed = Atomics.load(control, OWED); owed > MOST_OWED; owed = Atomics.load(control, OWED))
    Atomics.wait(control, OWED, owed, 1000)
}

/** PostgreSQL would send whoever reads it to a folder of the server. */
function explainExtension(said: Buffer): Buffer {
  const fields = fieldsOf(said)
  const [, name] = /^extension "(.+)" is not available$/.exec(fields.get('M') ?? '') ?? []
  if (!name) return said
  const hint = PGLITE_EXTENSIONS.has(name)
    ? 'it comes with PGlite, but has to be named when the engine starts: pgext does where schema.sql has CREATE EXTENSION; start it again'
    : `PGlite comes with these: ${[...PGLITE_EXTENSIONS].sort().join(', ')}`
  return problem({code: '0A000', message: fields.get('M')!, hint})
}
