// What logs are made of: entries of the sources that a project has, local or on a server; and how they travel.
import type {LogSource} from '../project/logs.ts'

export {type LogFormat, type LogPlace, type LogSource, SOURCES} from '../project/logs.ts'

/** From the least to the most; PostgreSQL's LOG is `info`, PANIC is `fatal`. */
export const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'fatal'] as const
export type LogLevel = (typeof LEVELS)[number]

export interface LogEntry {
  /** ISO 8601 in UTC, with milliseconds */
  readonly time: string
  readonly source: LogSource
  readonly level: LogLevel
  /** of one line or more; no secret */
  readonly message: string
  /** PostgreSQL's SQLSTATE, and what it said beside the message */
  readonly code?: string
  readonly detail?: string
  readonly hint?: string
  readonly statement?: string
  /** the statement inside a function, where that is what failed */
  readonly inside?: string
  /** PostgreSQL's CONTEXT, or where in a file of the project it came from: file:line */
  readonly context?: string
  readonly where?: string
  /** milliseconds, of what took long */
  readonly duration?: number
  /** who: database, role, process, application, as far as it is said */
  readonly database?: string
  readonly role?: string
  readonly process?: number
  readonly application?: string
}

/** Bytes of a log; `idle`: all that was there has been read, and nothing more came for a moment; `over`: another file begins. */
export type Piece = Buffer | 'idle' | 'over'

/** An entry, or word that all that was there has been read: whoever merges sources need not wait for this one. */
export type Told = LogEntry | 'idle'

/** Bytes in, in any portions; entries out. */
export interface Reader {
  read(bytes: Buffer): LogEntry[]
  /** What is there, now that no more belongs to it. `isOver`: nor to a line that has no end yet. */
  rest(isOver: boolean): LogEntry[]
}

export interface ReaderOptions {
  readonly source: LogSource
  /** says what could not be read */
  readonly tell: (what: string) => void
  /** what is read is written at this moment: entries without a time, or with none but seconds, get that of the clock */
  readonly isLive?: boolean
  /** the first bytes may stand in the middle of an entry */
  readonly isCut?: boolean
  /** log_timezone */
  readonly zone?: string
  /** log_line_prefix */
  readonly prefix?: string
}
