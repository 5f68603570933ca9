// Lines of any program in, entries out: JSON where a line is that, PostgREST's, else text; indented lines belong to the one above.
import {stripVTControlCharacters} from 'node:util'
import {Lines} from '../lines.ts'
import type {LogEntry, LogFormat, Reader, ReaderOptions} from '../model.ts'
import {Clock, isoOf} from '../time.ts'
import {jsonEntry, objectIn, unwrap, type Wrapped} from './json.ts'
import {postgrestLine} from './postgrest.ts'

/** Undefined: each line tells by itself what it is. */
type Kind = Extract<LogFormat, 'ndjson' | 'lines' | 'postgrest'> | undefined

export function lines(options: ReaderOptions, kind: Kind): Reader {
  const {source, tell, isLive = false} = options
  const cut = new Lines(tell)
  const clock = new Clock()
  let draft: LogEntry | undefined
  let mayBeCut = options.isCut === true
  let last = 0
  const now = (): number => (isLive ? Date.now() : last)

  const flush = (): LogEntry[] => {
    const done = draft
    draft = undefined
    return done ? [done] : []
  }
  const begin = (entry: LogEntry): LogEntry[] => {
    const before = flush()
    draft = entry
    last = Date.parse(entry.time)
    mayBeCut = false
    return before
  }
  const take = (written: string): LogEntry[] => {
    const line = stripVTControlCharacters(written)
    const json = line.startsWith('{') && kind !== 'lines' ? objectIn(line) : undefined
    const wrapped = json && unwrap(json)
    if (wrapped) return takeText(wrapped.text, wrapped)
    const entry = json && jsonEntry(source, json, isLive ? Date.now() : last || undefined)
    if (entry) return begin(entry)
    if (kind !== 'ndjson') return takeText(line)
    if (!mayBeCut && line !== '') tell('a line that is none of JSON was skipped')
    mayBeCut = false
    return []
  }
  const takeText = (line: string, wrapped?: Wrapped): LogEntry[] => {
    const inner = wrapped && line.startsWith('{') ? objectIn(line) : undefined
    const entry = inner && jsonEntry(source, inner, wrapped!.time)
    if (entry) return begin(entry)
    const known = source === 'rest' || kind === 'postgrest' ? postgrestLine(line) : undefined
    if (known) return begin({...known, source, time: refined(known.time, wrapped?.time ?? (isLive ? Date.now() : undefined))})
    if (draft && /^\s+\S/.test(line) && !wrapped) {
      draft = {...draft, message: `${draft.message}\n${line}`}
      return []
    }
    const isCut = mayBeCut
    mayBeCut = false
    if (isCut || line.trim() === '') return []
    const at = clock.read(line)
    return begin({time: isoOf(wrapped?.time ?? at ?? now()), source, level: wrapped?.level ?? wordIn(line), message: line})
  }
  return {
    read: (bytes) => cut.read(bytes).flatMap(take),
    rest: (isOver) => {
      const line = isOver ? cut.rest() : undefined
      return [...(line === undefined ? [] : take(line)), ...flush()]
    },
  }
}

/** One that says no more than seconds, by the clock of whoever reads it the moment it is written. */
function refined(time: string, clock: number | undefined): string {
  const since = clock === undefined ? -1 : clock - Date.parse(time)
  return since >= 0 && since < 2000 ? isoOf(clock!) : time
}

function wordIn(line: string): LogEntry['level'] {
  const [word = ''] = /\b(debug|warn(?:ing)?|error|fatal|panic)\b(?=[\]:\s])/i.exec(line.slice(0, 80)) ?? []
  if (/^warn/i.test(word)) return 'warning'
  return /^error/i.test(word) ? 'error' : /^(fatal|panic)/i.test(word) ? 'fatal' : /^debug/i.test(word) ? 'debug' : 'info'
}
