// Who comes and goes in; the sessions that the one backend has, each with a process, a place and settings of its own, out.
import type {Call, Guest} from '../model.ts'
import type {Activity} from './activity.ts'
import type {Advisory} from './advisory.ts'
import type {Channels} from './channels.ts'
import {canonical, type Found, look} from './door.ts'
import type {Memory} from './memory.ts'
import type {Places} from './places.ts'
import type {Processes} from './process.ts'
import {REPORTS} from './reports.ts'
import {pidOf, Session} from './session.ts'
import type {Stage} from './stage.ts'
import {dropSchemas, sweep} from './temporary.ts'

export interface Parts {
  readonly memory: Memory
  readonly places: Places
  readonly processes: Processes
  readonly stage: Stage
  readonly activity: Activity
  readonly advisory: Advisory
  readonly channels: Channels
  readonly root: Session
  /** sessions at a time */
  readonly most: number
}

/** pgext's own: it lets others in, and stands there while nobody else does. */
export function rootOf(processes: Processes): Session {
  const guest: Guest = {oid: 10, login: true, superuser: true, password: null, expired: false, settings: []}
  return new Session({id: 0, process: processes.at(0), place: 0}, 'postgres', guest, new Map())
}

export class Roll {
  readonly sessions = new Map<number, Session>()
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  look(user: string, database: string): Found {
    const {stage, root} = this.#parts
    stage.enter(root)
    return look((sql) => stage.ask(sql), user, database)
  }

  /** What its client is told of the settings that it begins with. */
  open(call: Call & {kind: 'open'}): (readonly [string, string])[] {
    const {stage, processes, places, root, most} = this.#parts
    const used = new Set([...this.sessions.values()].map(({place}) => place))
    const place = Array.from({length: most + 1}, (_, at) => at + 1).find((at) => !used.has(at))!
    const process = processes.at(place)
    processes.name(process, pidOf(call.id))
    stage.enter(root)
    let session: Session | undefined
    try {
      const settings = canonical((sql) => stage.ask(sql), places.settings, call.settings)
      session = new Session({id: call.id, process, place}, call.user, call.guest, settings)
      this.sessions.set(call.id, session)
      stage.enter(session)
      return stage.ask(REPORTS).map(([name, value]) => [name!, value!] as const)
    } catch (error) {
      if (session) this.forget(session)
      else processes.name(process, 0)
      throw error
    }
  }

  /** @param isIdle nobody's transaction is open; else it is this session's */
  end(session: Session, isIdle: boolean): void {
    const {stage, channels, root} = this.#parts
    try {
      if (isIdle) stage.enter(session)
      else stage.ask('rollback')
      // with-hold cursors, statements, sequences, channels, what is temporary
      stage.ask('close all')
      stage.ask('discard all')
      channels.take()
    } catch {
      stage.clear(root)
    }
    stage.leave()
    this.forget(session)
  }

  forget(session: Session): void {
    const {stage, advisory, processes, activity, root} = this.#parts
    advisory.releaseAll(session)
    processes.name(session.process, 0)
    this.sessions.delete(session.id)
    stage.enter(root)
    activity.end(session)
    dropSchemas(stage, session)
  }

  /** Somebody listens, this one aside. */
  isHeard(but: Session): boolean {
    for (const session of this.sessions.values()) if (session !== but && session.channels.length > 0) return true
    return false
  }

  /** All that anybody listens to, and what the unit that runs has begun to. */
  get channels(): string[] {
    const all = new Set([...this.sessions.values()].flatMap(({channels}) => [...channels]))
    for (const channel of this.#parts.channels.read()) all.add(channel)
    return [...all]
  }
}

/** What a life before this one left behind. */
export function beginAnew(memory: Memory, places: Places, stage: Stage): void {
  stage.ask('unlisten *')
  stage.ask('discard all')
  sweep(memory, places, stage)
}
