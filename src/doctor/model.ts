// The words of the doctor: what a look at a database and a project finds, what mends it, and what a look is.

import type {ErrorDetails} from '../errors.ts'
import type {Server} from '../postgres/db.ts'
import type {FindingId} from './ids.ts'

export type {FindingId, Group} from './ids.ts'

/** error: something fails, is open to others or will stop · warning: to be mended · info: to be known */
export const LEVELS = ['error', 'warning', 'info'] as const
export type Level = (typeof LEVELS)[number]

/** A statement that mends, or a part of it. pgext never runs one. */
export interface Fix {
  readonly sql: string
  /** what it holds up meanwhile, in words */
  readonly locks: string
  /** why somebody has to decide whether this is the way: a script has it as a comment */
  readonly decide?: string
  /** it reads or writes rows, or runs outside transactions: no lock_timeout may end it halfway */
  readonly isLong?: boolean
}

export interface Finding {
  readonly id: FindingId
  readonly level: Level
  /** its name as "ignore" has it: `public.orders`; absent: the server's, or the project's */
  readonly object?: string
  readonly message: string
  /** what to do where no SQL does it */
  readonly hint?: string
  readonly fixes: readonly Fix[]
  readonly where?: ErrorDetails['where']
  /** the object and what it stands in, for patterns of "ignore" in pgext.json */
  readonly subject?: readonly Subject[]
}

/** A kind and a name as pgext has them. */
export interface Subject {
  readonly kind: string
  readonly name: readonly string[]
  readonly signature?: string
}

/** From where on something is told. */
export interface Limits {
  /** share of a sequence that is used up */
  readonly sequence: number
  /** transactions; PostgreSQL stops at about 2.1 billion */
  readonly age: number
  /** seconds that a session stands idle in its transaction */
  readonly idle: number
  /** seconds that a transaction works */
  readonly long: number
  /** seconds that a prepared transaction waits */
  readonly prepared: number
  /** bytes of WAL that a slot keeps while nobody reads it */
  readonly wal: number
  /** bytes of a table that was never analysed */
  readonly table: number
  /** milliseconds of a round trip */
  readonly trip: number
  /** seconds that a consumer has not been seen, and has something to read */
  readonly consumer: number
}

export const LIMITS: Limits = {
  sequence: 0.75,
  age: 1_000_000_000,
  idle: 300,
  long: 4 * 3600,
  prepared: 3600,
  wal: 1024 ** 3,
  table: 8 * 1024 ** 2,
  trip: 100,
  consumer: 3600,
}

/** What every look knows. */
export interface Context {
  readonly server: Server
  /** the server runs on this machine */
  readonly isHere: boolean
  /** as the server says it: 18.4 */
  readonly version: string
  /** of ours, as a list of oids in SQL */
  readonly schemas: string
  readonly limits: Limits
  /** publication pg_events is there, and so is what captures; the role may read it */
  readonly events: {readonly isDeclared: boolean; readonly isInstalled: boolean; readonly isOpen: boolean}
  /** extensions that others own */
  readonly external: readonly string[]
  /** extensions that the files create */
  readonly extensions: readonly string[]
}

/** One question to the catalogs: all of them travel in one round trip, and none stops another. */
export interface Look {
  /** what it looks at, in words: 'sessions of others' */
  readonly at: string
  /** one SELECT; undefined: nothing to ask this server */
  sql(context: Context): string | undefined
  /** @param rows all of them, this one among them */
  tell(row: any, context: Context, rows: readonly any[]): Finding | readonly Finding[] | undefined
}
