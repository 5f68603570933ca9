// What somebody wants to see in; whether an entry is that out.
import {PgextError} from '../errors.ts'
import {rankOf} from './level.ts'
import type {LogEntry, LogLevel} from './model.ts'

export interface Choice {
  /** milliseconds */
  readonly since?: number
  /** this, and what is worse */
  readonly level?: LogLevel
  readonly grep?: RegExp
}

export function readPattern(text: string): RegExp {
  try {
    return new RegExp(text, 'm')
  } catch (error) {
    const why = (error as Error).message.replace(/^Invalid regular expression: /, '')
    throw new PgextError('usage', `--grep can't be read: ${why}`, {
      hint: 'it is a regular expression of JavaScript; a backslash before ( ) [ ] { } . * + ? ^ $ | makes a plain character of it',
    })
  }
}

export function wanted({since, level, grep}: Choice): (entry: LogEntry) => boolean {
  const least = level === undefined ? 0 : rankOf(level)
  return (entry) =>
    rankOf(entry.level) >= least &&
    (since === undefined || Date.parse(entry.time) >= since) &&
    (grep === undefined ||
      [entry.message, entry.detail, entry.statement, entry.inside].some((text) => text !== undefined && grep.test(text)))
}
