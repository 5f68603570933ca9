// What the two halves say to each other: the half with the sockets (this process's main thread), and the half with the engine (a worker's thread).
import type {MessagePort} from 'node:worker_threads'
import type {Status} from './message.ts'

export interface Setup {
  /** none: in memory */
  readonly folder?: string
  /** an empty database, where the folder has none yet */
  readonly dump?: Uint8Array
  readonly extensions: readonly string[]
  /** 0–5: what the engine logs */
  readonly debug: number
  /** sessions at a time */
  readonly most: number
  readonly port: MessagePort
  /** words shared by both threads: see CALLED and OWED */
  readonly control: SharedArrayBuffer
}

/** raised whenever something is sent to the engine, which sleeps on it */
export const CALLED = 0
/** bytes that clients have not taken yet: the engine waits when there are too many */
export const OWED = 1
/** so many are too many */
export const MOST_OWED = 16 * 1024 * 1024
/** why a statement is cancelled: one of REASONS' places */
export const REASON = 2
/** which unit is cancelled, both threads counting those that run: it may not have begun */
export const CANCELLED = 3
export const REASONS = ['', 'user request', 'statement timeout'] as const

/** Of a role that wants to be let in. */
export interface Guest {
  readonly oid: number
  readonly login: boolean
  readonly superuser: boolean
  /** pg_authid.rolpassword */
  readonly password: string | null
  readonly expired: boolean
  /** what ALTER ROLE and ALTER DATABASE … SET say of its sessions */
  readonly settings: readonly (readonly [string, string])[]
}

/** To the engine. */
export type Call =
  | {readonly kind: 'look'; readonly id: number; readonly user: string; readonly database: string}
  | {
      readonly kind: 'open'
      readonly id: number
      readonly user: string
      readonly guest: Guest
      readonly settings: readonly (readonly [string, string])[]
    }
  /** a unit of work: messages up to one that is answered */
  | {readonly kind: 'run'; readonly id: number; readonly bytes: Uint8Array}
  /** what the unit that runs has asked for */
  | {readonly kind: 'more'; readonly id: number; readonly bytes: Uint8Array}
  /** the unit that runs gets no more of it: its client is gone */
  | {readonly kind: 'stop'; readonly id: number}
  /** what it left open is rolled back */
  | {readonly kind: 'close'; readonly id: number}
  | {readonly kind: 'end'}

/** From the engine. */
export type Answer =
  | {
      readonly kind: 'up'
      /** the engine's memory, and where in it a running statement is cancelled: from outside, as PostgreSQL's signals do */
      readonly memory: SharedArrayBuffer
      readonly cancel: readonly number[]
      readonly extensions: readonly string[]
      readonly version: string
    }
  | {readonly kind: 'looked'; readonly id: number; readonly guest?: Guest; readonly database: 'here' | 'elsewhere' | 'unknown'}
  | {readonly kind: 'opened'; readonly id: number; readonly statuses: readonly (readonly [string, string])[]}
  | {readonly kind: 'refused'; readonly id: number; readonly code: string; readonly message: string}
  /** the statement that runs now may take so long */
  | {readonly kind: 'limit'; readonly id: number; readonly milliseconds: number}
  /** `owed`: the engine counts what is not taken yet */
  | {readonly kind: 'data'; readonly id: number; readonly bytes: Uint8Array; readonly owed: boolean}
  /** the unit goes on when there is more of it */
  | {readonly kind: 'want'; readonly id: number; readonly bytes: Uint8Array}
  | {
      readonly kind: 'done'
      readonly id: number
      readonly bytes: Uint8Array
      readonly status: Status
      /** an advisory lock is another's: nothing of this has been done, and it is to be run again */
      readonly blocked?: Uint8Array
      /** an advisory lock was let go of: those who wait may try again */
      readonly released: boolean
    }
  /** sessions that were ended by pg_terminate_backend, statements by pg_cancel_backend */
  | {readonly kind: 'signal'; readonly id: number; readonly ends: boolean}
  | {readonly kind: 'log'; readonly line: string}
  | {readonly kind: 'ended'}
  | {readonly kind: 'died'; readonly message: string}
