// The engine's memory in; what a session has set out, read from PostgreSQL's own list of settings that are not as they were at start.
import type {Memory} from './memory.ts'
import {only} from './memory.ts'

/** Of config_generic, in bytes. */
const [TYPE, SOURCE, LINK, VARIABLE, OPTIONS] = [24, 32, 64, 92, 100]
const [BOOL, INT, REAL, STRING] = [0, 1, 2, 3]
/** PGC_S_SESSION: by SET or set_config */
const SESSION = 13

/** kept by other means, or of one transaction */
const OTHERS = new Set([
  ...['role', 'session_authorization', 'seed', 'is_superuser'],
  ...['transaction_isolation', 'transaction_read_only', 'transaction_deferrable'],
])

export type Values = ReadonlyMap<string, string>

export class Settings {
  readonly #memory: Memory
  /** the head of the list, which is no setting */
  readonly #head: number
  readonly #names = new Map<number, string>()
  readonly #timeout: number
  readonly #idle: number
  readonly #role: number
  readonly #user: number

  /** @param memory where application_name has been set in the session */
  constructor(memory: Memory) {
    this.#memory = memory
    const first = this.#find('application_name')
    let node = memory.get(first + LINK + 4)
    // all settings but the head are structures that begin with a name
    while (node !== first + LINK && this.#isSetting(node - LINK)) node = memory.get(node + 4)
    this.#head = node
    this.#timeout = memory.get(this.#find('statement_timeout') + VARIABLE)
    this.#idle = memory.get(this.#find('idle_in_transaction_session_timeout') + VARIABLE)
    this.#role = memory.get(this.#find('role') + VARIABLE)
    this.#user = memory.get(this.#find('session_authorization') + VARIABLE)
  }

  /** milliseconds; 0: none */
  get timeout(): number {
    return this.#memory.get(this.#timeout)
  }

  get idle(): number {
    return this.#memory.get(this.#idle)
  }

  /** what SET ROLE was given; undefined: none */
  get role(): string | undefined {
    const role = this.#memory.text(this.#memory.get(this.#role))
    return role === 'none' ? undefined : role
  }

  /** what SET SESSION AUTHORIZATION was given; undefined: nothing, or it was taken back */
  get user(): string | undefined {
    return this.#memory.text(this.#memory.get(this.#user))
  }

  /** Of the session that runs now. */
  read(): Map<string, string> {
    const values = new Map<string, string>()
    const get = (address: number) => this.#memory.get(address)
    for (let node = get(this.#head + 4); node !== this.#head; node = get(node + 4)) {
      const setting = node - LINK
      if (get(setting + SOURCE) !== SESSION) continue
      const name = this.#name(setting)
      if (!OTHERS.has(name)) values.set(name, this.#value(setting))
    }
    return values
  }

  /** As set_config takes it. */
  #value(setting: number): string {
    const memory = this.#memory
    const variable = memory.get(setting + VARIABLE)
    const type = memory.get(setting + TYPE)
    if (type === BOOL) return memory.module.HEAPU8[variable] ? 'on' : 'off'
    if (type === INT) return String(memory.get(variable) | 0)
    if (type === REAL) return String(new DataView(memory.module.HEAPU8.buffer).getFloat64(variable, true))
    if (type === STRING) return memory.text(memory.get(variable)) ?? ''
    const value = memory.get(variable)
    for (let option = memory.get(setting + OPTIONS); memory.get(option) !== 0; option += 12)
      if (memory.get(option + 4) === value) return memory.text(memory.get(option))!
    return ''
  }

  /** A structure stays where it is, but for those that are made up by whoever sets them, which may go. */
  #name(setting: number): string {
    const address = this.#memory.get(setting)
    const known = this.#names.get(address)
    if (known) return known
    const name = this.#memory.text(address)!
    if (!name.includes('.')) this.#names.set(address, name)
    return name
  }

  #find(name: string): number {
    const {words} = this.#memory
    const named = this.#memory.strings(name).flatMap((text) => this.#memory.holding(text))
    return only(
      // context, group, type and sources are small numbers, and there is a description
      named.filter((place) => {
        const [, context, group, about, , , type, , source, reset] = words.subarray(place >>> 2, (place >>> 2) + 10)
        return context! <= 6 && group! < 100 && about! > 1024 && type! <= 4 && source! <= SESSION && reset! <= SESSION
      }),
      `setting ${name}`,
    )
  }

  #isSetting(address: number): boolean {
    const name = this.#memory.get(address)
    const isKind = this.#memory.get(address + TYPE) <= 4 && this.#memory.get(address + SOURCE) <= SESSION
    return isKind && name > 1024 && /^[a-z_]+(\.\w+)?$/i.test(this.#memory.text(name) ?? '')
  }
}
