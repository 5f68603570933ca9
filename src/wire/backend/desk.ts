// One call after the other in; each session's units run on the one backend, and what it says handed to those whom it concerns, out.
import {receiveMessageOnPort} from 'node:worker_threads'
import {message, text} from '../../postgres/describe.ts'
import {kindsOf, preparedIn, type Status} from '../message.ts'
import {type Answer, CALLED, CANCELLED, type Call, type Setup} from '../model.ts'
import {Activity} from './activity.ts'
import {Advisory} from './advisory.ts'
import {Channels, KEEPER} from './channels.ts'
import {Loop} from './loop.ts'
import {Memory} from './memory.ts'
import {findPlaces, type Places, PROBE} from './places.ts'
import {Processes, replaceProcesses} from './process.ts'
import {beginAnew, Roll, rootOf} from './roll.ts'
import type {Session} from './session.ts'
import {type Scene, Speech} from './speech.ts'
import {Stage} from './stage.ts'
import type {Engine} from './start.ts'

export class Desk {
  readonly #setup: Setup
  readonly #control: Int32Array
  readonly #memory: Memory
  readonly #loop: Loop
  readonly #places: Places
  readonly #stage: Stage
  readonly #processes: Processes
  readonly #advisory: Advisory
  readonly #channels: Channels
  readonly #roll: Roll
  readonly #lines: string[]
  readonly #speech = new Speech()
  readonly #scene: Scene
  /** the unit, or what came of it last */
  #part: Uint8Array = new Uint8Array(0)
  #units = 0
  /** what came while a unit wanted more of itself */
  readonly #later: Call[] = []

  constructor(setup: Setup, {module, functions}: Engine, lines: string[]) {
    this.#setup = setup
    this.#lines = lines
    this.#control = new Int32Array(setup.control)
    this.#memory = new Memory(module)
    this.#loop = new Loop(module, {
      hear: (bytes) => this.#speech.hear(bytes, this.#scene),
      want: () => this.#want(),
      settle: (end) => this.#settle(end),
    })
    this.#processes = new Processes(this.#memory)
    const root = rootOf(this.#processes)
    this.#places = findPlaces(this.#memory, this.#loop)
    const activity = new Activity(this.#memory, PROBE)
    this.#stage = new Stage(this.#memory, this.#loop, this.#places, this.#processes, activity, root)
    beginAnew(this.#memory, this.#places, this.#stage)
    this.#channels = new Channels(this.#memory, this.#places)
    this.#advisory = new Advisory(this.#memory, functions, this.#places, () => this.#stage.current)
    this.#roll = new Roll({
      memory: this.#memory,
      places: this.#places,
      processes: this.#processes,
      stage: this.#stage,
      activity,
      advisory: this.#advisory,
      channels: this.#channels,
      root,
      most: setup.most,
    })
    this.#scene = {
      control: this.#control,
      sessions: this.#roll.sessions,
      channels: this.#channels,
      advisory: this.#advisory,
      current: () => this.#stage.current,
      post: (answer) => this.#post(answer),
    }
    replaceProcesses(this.#memory, functions, this.#scene)
    this.#post({
      kind: 'up',
      memory: module.HEAPU8.buffer as unknown as SharedArrayBuffer,
      cancel: [this.#memory.variable('QueryCancelPending'), this.#memory.variable('InterruptPending')],
      extensions: this.#stage.ask('select name from pg_catalog.pg_available_extensions order by 1').map(([name]) => name!),
      version: this.#stage.ask('show server_version')[0]![0]!,
    })
  }

  serve(): void {
    for (;;) {
      const call = this.#next()
      if (call.kind === 'end') return
      this.#answer(call)
    }
  }

  #answer(call: Call): void {
    this.#tellLog()
    if (call.kind === 'look') this.#post({kind: 'looked', id: call.id, ...this.#roll.look(call.user, call.database)})
    if (call.kind === 'open') this.#open(call)
    if (call.kind === 'run') this.#run(call.id, call.bytes)
    if (call.kind === 'close') this.#close(call.id)
  }

  #next(): Call {
    const later = this.#later.shift()
    if (later) return later
    for (;;) {
      const called = Atomics.load(this.#control, CALLED)
      const received = receiveMessageOnPort(this.#setup.port)
      if (received) return received.message as Call
      Atomics.wait(this.#control, CALLED, called)
    }
  }

  #open(call: Call & {kind: 'open'}): void {
    try {
      this.#post({kind: 'opened', id: call.id, statuses: this.#roll.open(call)})
    } catch (error) {
      this.#post({kind: 'refused', id: call.id, code: '22023', message: (error as Error).message})
    }
  }

  #run(id: number, bytes: Uint8Array): void {
    const session = this.#roll.sessions.get(id)!
    this.#units++
    this.#begin()
    const before = this.#loop.status
    try {
      if (before === 'I') this.#stage.enter(session)
    } catch (error) {
      this.#roll.forget(session)
      this.#post({kind: 'refused', id, code: '57P01', message: `the session can not be as it was: ${(error as Error).message}`})
      return
    }
    const {timeout} = this.#places.settings
    if (timeout > 0) this.#post({kind: 'limit', id, milliseconds: timeout})
    if (this.#roll.isHeard(session)) this.#channels.lend(() => this.#stage.ask(`listen "${KEEPER}"`))
    this.#part = bytes
    this.#cancelIfTold()
    this.#loop.run(bytes)
    this.#finish(session, before)
  }

  #begin(): void {
    this.#speech.begin()
    this.#advisory.isBlocked = false
    this.#advisory.isReleased = false
    this.#forgive()
  }

  /** A cancellation that came too late for what it was meant for. */
  #forgive(): void {
    this.#memory.set(this.#memory.variable('QueryCancelPending'), 0)
  }

  /** Behind all that pgext itself asks for the unit. */
  #cancelIfTold(): void {
    if (Atomics.load(this.#control, CANCELLED) !== this.#units) return
    this.#memory.set(this.#memory.variable('QueryCancelPending'), 1)
    this.#memory.set(this.#memory.variable('InterruptPending'), 1)
  }

  #finish(session: Session, before: Status): void {
    const {status} = this.#loop
    const {isBlocked} = this.#advisory
    if (status === 'I') {
      this.#channels.take()
      session.channels = this.#channels.read()
      if (this.#speech.tags.has('DISCARD ALL')) this.#advisory.releaseAll(session)
    }
    // nothing of it has been done, and nothing was said: it may begin anew
    const again = isBlocked && before === 'I' && status === 'I' && !this.#speech.isSent && !this.#speech.tags.has('COMMIT')
    if (again) this.#unprepare()
    this.#post({
      kind: 'done',
      id: session.id,
      bytes: again ? new Uint8Array(0) : this.#speech.take(this.#scene),
      status,
      ...(again && {blocked: this.#part}),
      released: this.#advisory.isReleased,
    })
    if (this.#speech.isBroken) this.#check()
  }

  /** Named statements stay when the unit that made them fails, and could not be made again. */
  #unprepare(): void {
    const names = preparedIn(this.#part)
    if (names.length > 0)
      this.#loop.askBy(Buffer.concat([...names.map((name) => message('C', Buffer.from('S'), text(name))), message('S')]))
  }

  #close(id: number): void {
    const session = this.#roll.sessions.get(id)
    if (session) {
      this.#begin()
      this.#roll.end(session, this.#loop.status === 'I')
    }
    this.#post({kind: 'done', id, bytes: new Uint8Array(0), status: 'I', released: true})
  }

  /** In the order of the protocol: what others are to hear of it is sent before the unit's own end. */
  #settle(end: () => void): void {
    const all = this.#roll.channels
    if (all.length === 0) end()
    else this.#channels.during(all, end)
  }

  #want(): Uint8Array | undefined {
    const {id} = this.#stage.current
    // what was only prepared stays so: the rest can be run by itself
    this.#speech.isSent ||= kindsOf(this.#part).some((kind) => kind === 'E' || kind === 'Q')
    this.#post({kind: 'want', id, bytes: this.#speech.take(this.#scene)})
    for (;;) {
      const call = this.#next()
      if (call.kind === 'more' && call.id === id) {
        this.#part = call.bytes
        this.#forgive()
        return call.bytes
      }
      if (call.kind === 'end') this.#later.push(call)
      if (call.kind === 'end' || (call.kind === 'stop' && call.id === id)) return undefined
    }
  }

  /** After errors that nobody foresaw: a backend that has ended answers nothing, without an error. */
  #check(): void {
    if (this.#loop.status !== 'I') return
    const [row] = this.#stage.ask('select 1')
    if (row?.[0] !== '1') throw new Error('the engine has ended: it does not answer any more')
  }

  #tellLog(): void {
    for (const line of this.#lines.splice(0)) this.#post({kind: 'log', line})
  }

  #post(answer: Answer): void {
    this.#setup.port.postMessage(answer)
  }
}
