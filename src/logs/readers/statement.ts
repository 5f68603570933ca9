// What PostgreSQL wrote of one thing that happened in, as fields; the entry out: what took long is told apart from how long it took.
import {severityOf} from '../level.ts'
import type {LogEntry, LogSource} from '../model.ts'
import {isoOf} from '../time.ts'

/** As PostgreSQL's formats name them; empty ones are none. */
export interface Fields {
  readonly time: number
  readonly severity: string
  readonly message: string
  readonly code?: string
  readonly detail?: string
  readonly hint?: string
  readonly inside?: string
  readonly context?: string
  readonly statement?: string
  readonly database?: string
  readonly role?: string
  readonly process?: number
  readonly application?: string
}

const DURATION =
  /^duration: (\d+(?:\.\d+)?) ms(?: {2}(?:(?:statement|(?:parse|bind|execute) [^:]*): ([\s\S]*)|(plan:\n[\s\S]*)))?$/

export function entryOf(source: LogSource, {time, severity, message, code, ...rest}: Fields): LogEntry {
  const [, took, statement, plan] = DURATION.exec(message) ?? []
  const beside = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined && value !== ''))
  return {
    time: isoOf(time),
    source,
    level: severityOf(severity, code),
    message: took === undefined || plan !== undefined ? message : `took ${took} ms`,
    // what went well has one, too
    ...(code && code !== '00000' && {code}),
    ...(statement !== undefined && {statement}),
    ...beside,
    ...(took !== undefined && {duration: Number(took)}),
  }
}
