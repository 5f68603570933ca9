// Advisory locks of sessions: taken in the name of a process of their own each, so that they exclude one another and pg_locks says whose they are.
import {type Native, nativeOf, replace} from './builtin.ts'
import type {Memory} from './memory.ts'
import type {Places} from './places.ts'
import type {Functions} from './wasm.ts'

/** bytes of LOCALLOCKTAG, and of LOCALLOCK at most */
const [KEY, ENTRY] = [20, 64]
/** HASH_ELEM | HASH_BLOBS */
const ELEMENTS_AND_BYTES = 0x0008 | 0x0020

/** Who runs now. */
export interface Holder {
  readonly pid: number
  readonly process: number
  locks: number
}

export class Advisory {
  /** a lock is another's: the statement was ended */
  isBlocked = false
  isReleased = false
  readonly #memory: Memory
  readonly #functions: Functions
  readonly #places: Places
  readonly #process: number
  readonly #holder: () => Holder
  readonly #all: Native

  constructor(memory: Memory, functions: Functions, places: Places, holder: () => Holder) {
    this.#memory = memory
    this.#functions = functions
    this.#places = places
    this.#holder = holder
    this.#process = memory.variable('MyProc')
    for (const key of ['int8', 'int4']) {
      for (const mode of ['', '_shared']) {
        const tries = this.#native(`pg_try_advisory_lock${mode}_${key}`)
        const triesHere = this.#native(`pg_try_advisory_xact_lock${mode}_${key}`)
        const unlock = this.#native(`pg_advisory_unlock${mode}_${key}`)
        const take = (call: number) => this.#apart(() => tries(call))
        // its own session may hold it already
        const takeHere = (call: number) => triesHere(call) || (take(call) && this.#apart(() => unlock(call)))
        this.#replace(`pg_try_advisory_lock${mode}_${key}`, () => take)
        this.#replace(`pg_advisory_lock${mode}_${key}`, () => (call) => take(call) || this.#wait())
        this.#replace(`pg_try_advisory_xact_lock${mode}_${key}`, () => takeHere)
        this.#replace(`pg_advisory_xact_lock${mode}_${key}`, () => (call) => takeHere(call) || this.#wait())
        this.#replace(`pg_advisory_unlock${mode}_${key}`, () => (call) => this.#release(() => unlock(call)))
      }
    }
    this.#all = this.#native('pg_advisory_unlock_all')
    this.#replace('pg_advisory_unlock_all', (native) => (call) => this.#release(() => native(call)))
  }

  /** Of a session that ends, or discards all. */
  releaseAll(holder: Holder): void {
    if (holder.locks !== 0) this.#apart(() => this.#all(0), holder)
    this.isReleased = true
  }

  /** In the name of the session's own process, with its own count of what it holds. */
  #apart(work: () => number, holder = this.#holder()): number {
    const memory = this.#memory
    const {locks} = this.#places
    if (holder.locks === 0) holder.locks = this.#makeTable()
    const [process, table] = [memory.get(this.#process), memory.get(locks)]
    memory.set(this.#process, holder.process)
    memory.set(locks, holder.locks)
    try {
      return work()
    } finally {
      memory.set(this.#process, process)
      memory.set(locks, table)
    }
  }

  #release(work: () => number): number {
    this.isReleased = true
    return this.#apart(work)
  }

  /** Nobody else can run while a statement does: it ends, and is tried again when locks have been let go. */
  #wait(): number {
    this.isBlocked = true
    this.#memory.set(this.#memory.variable('QueryCancelPending'), 1)
    this.#memory.set(this.#memory.variable('InterruptPending'), 1)
    this.#memory.module._ProcessInterrupts()
    return 0
  }

  #native(name: string): Native {
    return nativeOf(this.#memory, this.#functions, name)
  }

  #replace(name: string, make: (native: Native) => Native): void {
    replace(this.#memory, this.#functions, name, make)
  }

  #makeTable(): number {
    const {module} = this.#memory
    const control = Buffer.alloc(48)
    control.writeInt32LE(KEY, 16)
    control.writeInt32LE(ENTRY, 20)
    const [address, name] = [this.#memory.keep(control), this.#memory.keep(Buffer.from('pgext locks\0'))]
    const table: number = module._hash_create(name, 16, address, ELEMENTS_AND_BYTES)
    module._free(address)
    return table
  }
}
