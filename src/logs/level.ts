// A word for how bad it is, as programs write it, in; one of ours out.
import {PgextError} from '../errors.ts'
import {LEVELS, type LogLevel} from './model.ts'

/** PostgreSQL's, syslog's and loggers' words. */
const WORDS: Readonly<Record<string, LogLevel>> = {
  ...{TRACE: 'debug', DEBUG: 'debug', DEBUG1: 'debug', DEBUG2: 'debug', DEBUG3: 'debug', DEBUG4: 'debug', DEBUG5: 'debug'},
  ...{LOG: 'info', INFO: 'info', NOTICE: 'notice', WARN: 'warning', WARNING: 'warning'},
  ...{
    ERR: 'error',
    ERROR: 'error',
    CRIT: 'fatal',
    CRITICAL: 'fatal',
    ALERT: 'fatal',
    EMERG: 'fatal',
    FATAL: 'fatal',
    PANIC: 'fatal',
  },
}

export const rankOf = (level: LogLevel): number => LEVELS.indexOf(level)

/** `--level` */
export function readLevel(text: string): LogLevel {
  const level = WORDS[text.toUpperCase()]
  if (level) return level
  throw new PgextError('usage', `"${text}" is no level`, {hint: `one of ${LEVELS.join(', ')}`})
}

export const isLevel = (word: string): boolean => Object.hasOwn(WORDS, word.toUpperCase())

/** PostgreSQL's word; in other languages than English its SQLSTATE has to tell. */
export function severityOf(word: string, sqlstate = ''): LogLevel {
  const known = WORDS[word.toUpperCase()]
  if (known) return known
  if (sqlstate === '' || sqlstate.startsWith('00')) return 'info'
  if (sqlstate.startsWith('01')) return 'warning'
  return /^(57P0|53300|28|3D)/.test(sqlstate) ? 'fatal' : 'error'
}

/** syslog's numbers, as journald has them */
const PRIORITIES: readonly LogLevel[] = ['fatal', 'fatal', 'fatal', 'error', 'warning', 'notice', 'info', 'debug']

/** Of a line of JSON: a word, syslog's number (0 to 7), or one of loggers that count in tens. */
export function levelOf(given: unknown): LogLevel | undefined {
  if (typeof given === 'string' && !/^\d+$/.test(given)) return WORDS[given.toUpperCase()]
  const number = given === undefined || given === null ? Number.NaN : Number(given)
  if (!Number.isInteger(number) || number < 0) return undefined
  if (number < 8) return PRIORITIES[number]
  return number >= 60 ? 'fatal' : number >= 50 ? 'error' : number >= 40 ? 'warning' : number >= 30 ? 'info' : 'debug'
}
