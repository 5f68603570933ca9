// A line of JSON in, the entry it means out: pgext's own, pg_events_ws's, journald's, and those of loggers with the usual names.
import {levelOf} from '../level.ts'
import {LEVELS, type LogEntry, type LogLevel, type LogSource} from '../model.ts'
import {isoOf} from '../time.ts'
import {objectIn} from './jsonlog.ts'

type Json = Record<string, any>

/** What stands in another program's line: the line of JSON or of text that a program wrote, and when. */
export interface Wrapped {
  readonly text: string
  readonly time: number
  readonly level?: LogLevel
}

export {objectIn}

/** Those of journald hold the program's own line. */
export function unwrap(line: Json): Wrapped | undefined {
  const {MESSAGE, __REALTIME_TIMESTAMP: microseconds, PRIORITY} = line
  if (MESSAGE === undefined || microseconds === undefined) return undefined
  // what is no UTF-8 comes as bytes
  const text = Array.isArray(MESSAGE) ? Buffer.from(MESSAGE).toString('utf8') : String(MESSAGE ?? '')
  const level = levelOf(PRIORITY)
  return {text, time: Math.round(Number(microseconds) / 1000), ...(level && {level})}
}

const TEXTS = ['code', 'detail', 'hint', 'statement', 'inside', 'context', 'where', 'database', 'role', 'application'] as const
const NUMBERS = ['duration', 'process'] as const
/** names that have been understood, or say nothing to a person */
const KNOWN: ReadonlySet<string> = new Set([
  ...[
    'time',
    'timestamp',
    'ts',
    '@timestamp',
    'level',
    'severity',
    'lvl',
    'message',
    'msg',
    'source',
    'pid',
    'hostname',
    'sqlstate',
    'v',
  ],
  ...TEXTS,
  ...NUMBERS,
])

/** Undefined: it says neither what nor when. */
export function jsonEntry(source: LogSource, line: Json, otherwise?: number): LogEntry | undefined {
  const message = line.message ?? line.msg
  const time = timeOf(line.time ?? line.timestamp ?? line.ts ?? line['@timestamp']) ?? otherwise
  if (typeof message !== 'string' || time === undefined) return undefined
  const level = LEVELS.find((one) => one === line.level) ?? levelOf(line.level ?? line.severity ?? line.lvl)
  const entry: Json = {
    time: isoOf(time),
    source,
    level: level ?? (line.code || line.error || line.err ? 'error' : 'info'),
    message,
  }
  for (const name of TEXTS) if (typeof line[name] === 'string' && line[name] !== '') entry[name] = line[name]
  for (const name of NUMBERS) if (typeof line[name] === 'number') entry[name] = line[name]
  if (typeof line.sqlstate === 'string') entry.code = line.sqlstate
  if (typeof line.pid === 'number') entry.process ??= line.pid
  const rest = Object.entries(line).filter(([name, value]) => !KNOWN.has(name) && value !== undefined && value !== null)
  if (rest.length > 0 && entry.detail === undefined)
    entry.detail = rest.map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`).join('\n')
  return entry as LogEntry
}

/** ISO, or a count from 1970 of seconds or milliseconds. */
function timeOf(given: unknown): number | undefined {
  if (typeof given === 'number') return given > 1e11 ? Math.round(given) : Math.round(given * 1000)
  const time = typeof given === 'string' ? Date.parse(given) : Number.NaN
  return Number.isFinite(time) ? time : undefined
}
