// Sessions that come, go and wait in; pg_stat_activity as it would be if each had a process of its own out.
import {type Memory, only} from './memory.ts'
import type {Session} from './session.ts'

/** Of PgBackendStatus: the process, what it is, the first and the last of what is the session's; its state, its name and its statement. */
const [PID, KIND, FIRST, DATABASE, USER, LAST, STATE, NAME, STATEMENT] = [4, 8, 16, 48, 52, 56, 208, 212, 216]
/** bytes of texts */
const [NAMES, STATEMENTS] = [64, 1024]
/** B_BACKEND, STATE_IDLE */
const [CLIENT, IDLE] = [1, 2]
const LARGEST = 2048

export class Activity {
  readonly #memory: Memory
  readonly #own: number
  readonly #size: number

  /** @param memory where application_name has been set in the session */
  constructor(memory: Memory, application: string) {
    this.#memory = memory
    const [pid, database] = [memory.get(memory.variable('MyProcPid')), memory.get(memory.variable('MyDatabaseId'))]
    const {words} = memory
    const isOwn = (status: number) =>
      words[(status + PID) >>> 2] === pid &&
      words[(status + DATABASE) >>> 2] === database &&
      memory.text(memory.get(status + NAME)) === application
    const found = new Set(memory.pointers(isOwn).map((address) => memory.get(address)))
    this.#own = only([...found], 'the status of the backend')
    let size = LAST
    while (memory.get(this.#own + size + NAME) !== memory.get(this.#own + NAME) + NAMES && size < LARGEST) size += 4
    this.#size = only(size < LARGEST ? [size] : [], 'the status of the next backend')
  }

  /** It runs: what PostgreSQL writes of itself is written of it. */
  enter(session: Session): void {
    const memory = this.#memory
    memory.set(this.#at(session) + PID, 0)
    memory.set(this.#own + PID, session.pid)
    memory.set(this.#own + KIND, CLIENT)
    memory.set(this.#own + USER, session.guest.oid)
  }

  /** It waits until somebody speaks to it. */
  leave(session: Session): void {
    if (session.place === 0) return
    const {HEAPU8: heap} = this.#memory.module
    const [own, slot] = [this.#own, this.#at(session)]
    heap.copyWithin(slot + FIRST, own + FIRST, own + LAST)
    for (const [text, bytes] of [
      [NAME, NAMES],
      [STATEMENT, STATEMENTS],
    ] as const) {
      const from = this.#memory.get(own + text)
      heap.copyWithin(this.#memory.get(slot + text), from, from + bytes)
    }
    this.#memory.set(slot + KIND, CLIENT)
    this.#memory.set(slot + STATE, IDLE)
    this.#memory.set(slot + PID, session.pid)
  }

  end(session: Session): void {
    if (session.place !== 0) this.#memory.set(this.#at(session) + PID, 0)
  }

  /** PostgreSQL keeps one for each connection it could have. */
  #at({place}: Session): number {
    return this.#own + place * this.#size
  }
}
