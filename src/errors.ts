// What went wrong, as a value: a code for programs, a sentence and a hint for people, a place in a file.

export type ErrorCode =
  | 'bad-config'
  | 'bad-file'
  | 'bad-params'
  | 'bad-sql'
  | 'connection-failed'
  | 'connection-lost'
  | 'cycle'
  | 'data-loss'
  | 'engine-missing'
  | 'events-gone'
  | 'events-missing'
  | 'events-taken'
  | 'extension-missing'
  | 'journal'
  | 'migration-changed'
  | 'migration-name'
  | 'not-allowed'
  | 'not-realtime'
  | 'not-supported'
  | 'proof-failed'
  | 'query-missing'
  | 'role-missing'
  | 'rows'
  | 'sql'
  | 'stopped'
  | 'sum'
  | 'tablespace-missing'
  | 'target-moved'
  | 'too-large'
  | 'usage'

export interface Where {
  readonly file: string
  readonly line: number
  readonly column: number
  /** the source line itself, for the caret */
  readonly text?: string
}

export interface ErrorDetails {
  readonly hint?: string
  readonly where?: Where
  readonly cause?: unknown
  /** SQLSTATE, when PostgreSQL said it */
  readonly sqlstate?: string
}

/** The only error pgext throws on purpose. `message` says what happened, in lower case; `hint` says what to do. */
export class PgextError extends Error {
  readonly code: ErrorCode
  readonly hint?: string
  readonly where?: Where
  readonly sqlstate?: string

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, {cause: details.cause})
    this.name = 'PgextError'
    this.code = code
    this.hint = details.hint
    this.where = details.where
    this.sqlstate = details.sqlstate
  }
}
