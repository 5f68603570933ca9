// A client's session as the engine has to find it again when its turn comes: what PostgreSQL would keep in a process of its own.
import type {Guest} from '../model.ts'
import type {Places} from './places.ts'

export const SLOTS = [
  'statements',
  'unnamed',
  'sequences',
  'lastSequence',
  'channels',
  'temporary',
  'temporaryToast',
] as const satisfies readonly (keyof Places)[]

export type Slot = (typeof SLOTS)[number]

export interface Identity {
  readonly user: string
  /** SET ROLE */
  readonly role?: string
}

export class Session {
  readonly id: number
  readonly pid: number
  readonly process: number
  /** among those that there can be at a time; 0: pgext's own */
  readonly place: number
  readonly guest: Guest
  readonly login: string
  /** what it begins with, and has again after RESET */
  readonly defaults: ReadonlyMap<string, string>
  settings: ReadonlyMap<string, string>
  identity: Identity
  readonly slots = new Map<Slot, number>(SLOTS.map((slot) => [slot, 0]))
  locks = 0
  channels: readonly string[] = []
  hasOwnTemporary = false

  constructor(
    at: {readonly id: number; readonly process: number; readonly place: number},
    login: string,
    guest: Guest,
    defaults: ReadonlyMap<string, string>,
  ) {
    this.id = at.id
    this.pid = pidOf(at.id)
    this.process = at.process
    this.place = at.place
    this.login = login
    this.guest = guest
    this.defaults = defaults
    this.settings = defaults
    this.identity = {user: login}
  }
}

/** Numbers as processes have them, and none that the engine has itself. */
export const pidOf = (id: number): number => 1000 + id
export const idOf = (pid: number): number => pid - 1000
