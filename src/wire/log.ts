// What happens in; lines of JSON on the standard error out, in the shape of the log entries of `pgext logs`.
import {writeSync} from 'node:fs'

type Level = 'debug' | 'info' | 'notice' | 'warning' | 'error' | 'fatal'

export interface Who {
  readonly process?: number
  readonly role?: string
  readonly database?: string
  readonly code?: string
}

const LEVELS: Readonly<Record<string, Level>> = {
  LOG: 'info',
  INFO: 'info',
  NOTICE: 'notice',
  WARNING: 'warning',
  ERROR: 'error',
  FATAL: 'fatal',
  PANIC: 'fatal',
}

export class Log {
  say(level: Level, message: string, who: Who = {}): void {
    const entry = {time: new Date().toISOString(), source: 'db', level, message, ...who}
    try {
      writeSync(2, `${JSON.stringify(entry)}\n`)
    } catch {
      // nobody reads it any more
    }
  }

  /** A line of PostgreSQL's own log. */
  tell(line: string): void {
    const at = line.search(/\b(DEBUG\d?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|STATEMENT|DETAIL|HINT|CONTEXT): {2}/)
    const word = at < 0 ? '' : line.slice(at, line.indexOf(':', at))
    this.say(LEVELS[word] ?? 'debug', at < 0 ? line : line.slice(line.indexOf(':', at) + 1).trim())
  }
}
