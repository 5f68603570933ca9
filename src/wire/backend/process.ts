// A session's place in, the process it has there out: PostgreSQL keeps a PGPROC for each connection it could have, and all but one are unused here.

import {argument, replace} from './builtin.ts'
import type {Memory} from './memory.ts'
import {only} from './memory.ts'
import {idOf} from './session.ts'
import {replaceSleep} from './sleep.ts'
import type {Scene} from './speech.ts'
import type {Functions} from './wasm.ts'

/** Of PGPROC: the process number, and the lists of locks, which begin as rings of themselves. */
const [PID, LISTS] = [44, 148]
const [COUNT, LARGEST] = [16, 4096]

export class Processes {
  readonly #memory: Memory
  readonly #own: number
  readonly #size: number

  constructor(memory: Memory) {
    this.#memory = memory
    this.#own = memory.get(memory.variable('MyProc'))
    const own = memory.get(this.#own + PID) === memory.get(memory.variable('MyProcPid')) ? [this.#own] : []
    only(own, 'the process')
    let next = this.#own + 4
    while (!this.#isProcess(next) && next < this.#own + LARGEST) next += 4
    only(this.#isProcess(next) && this.#isProcess(2 * next - this.#own) ? [next] : [], 'the next process')
    this.#size = next - this.#own
  }

  /** @param place from 1 */
  at(place: number): number {
    return this.#own + place * this.#size
  }

  name(process: number, pid: number): void {
    this.#memory.set(process + PID, pid)
  }

  /** What the one backend takes for itself, tables and transactions, is the running session's. */
  nameOwn(pid: number): void {
    this.name(this.#own, pid)
  }

  #isProcess(address: number): boolean {
    const {words} = this.#memory
    for (let list = address + LISTS; list < address + LISTS + COUNT * 8; list += 8)
      if (words[list >>> 2] !== list || words[(list >>> 2) + 1] !== list) return false
    return true
  }
}

/** What PostgreSQL would do by a process number, or to its process. */
export function replaceProcesses(memory: Memory, functions: Functions, {current, sessions, post}: Scene): void {
  replaceSleep(memory, functions)
  replace(memory, functions, 'pg_backend_pid', () => () => current().pid)
  const signals = [
    ['pg_terminate_backend', true],
    ['pg_cancel_backend', false],
  ] as const
  for (const [name, ends] of signals)
    replace(memory, functions, name, (native) => (call) => {
      const id = idOf(argument(memory, call, 0))
      if (!sessions.has(id) || !memory.module._superuser()) return native(call)
      post({kind: 'signal', id, ends})
      return 1
    })
}
