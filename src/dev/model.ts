// The words of the local stack: what runs in it, and what it says to whoever looks on.
import type {Written} from '../logs/log.ts'
import type {LogSource} from '../logs/model.ts'

/** `db` PostgreSQL · `rest` PostgREST · `events` pg_events_ws · `frontend` the page, by a program of its own or by pgext */
export type ServiceName = 'db' | 'rest' | 'events' | 'frontend'

export interface Service {
  readonly name: ServiceName
  /** absent: there is none here, and `note` says how to get one. back: it died, and is started again */
  readonly state: 'starting' | 'ready' | 'back' | 'absent' | 'ended'
  /** what a person opens or connects to; no password but that of a database of our own */
  readonly url?: string
  /** 'PostgreSQL 18.4', 'PostgREST 12.0.2', or why it is not ready */
  readonly note?: string
}

/** What was done to keep the stack in step with the files. */
export interface Deed {
  readonly what: string
  /** a line each */
  readonly lines: readonly string[]
  readonly milliseconds: number
}

/** Who looks on: a terminal, or a program that reads JSON. */
export interface Onlooker {
  service(service: Service): void
  did(deed: Deed): void
  note(text: string): void
  failed(what: string, error: unknown): void
  /** undefined: nobody is there to be asked */
  readonly ask?: (question: string) => Promise<boolean>
}

export type Log = (source: LogSource, entry: Written) => void
