// What PostgreSQL writes to stderr in, entries out: lines that begin with a tab belong to the one above, and so do those of DETAIL and its like.
import {isLevel} from '../level.ts'
import {Lines} from '../lines.ts'
import type {LogEntry, Reader, ReaderOptions} from '../model.ts'
import {Clock} from '../time.ts'
import {GUESSED, PREFIX, prefixPattern} from './prefix.ts'
import {entryOf, type Fields} from './statement.ts'

type Draft = {-readonly [Name in keyof Fields]: Fields[Name]}
type Part = 'message' | 'detail' | 'hint' | 'inside' | 'context' | 'statement'

/** By what PostgreSQL calls it. LOCATION and BACKTRACE are places in its own sources. */
const PARTS: Readonly<Record<string, Part | 'none'>> = {
  DETAIL: 'detail',
  HINT: 'hint',
  QUERY: 'inside',
  CONTEXT: 'context',
  STATEMENT: 'statement',
  LOCATION: 'none',
  BACKTRACE: 'none',
}

export function stderr(options: ReaderOptions): Reader {
  const {source, tell, isLive} = options
  const lines = new Lines(tell)
  const heads = new Heads(options)
  let draft: Draft | undefined
  let part: Part | 'none' = 'none'
  let mayBeCut = options.isCut === true
  let last = 0

  const flush = (): LogEntry[] => {
    const done = draft
    draft = undefined
    part = 'none'
    return done ? [entryOf(source, done)] : []
  }
  const add = (text: string): void => {
    if (draft && part !== 'none') draft[part] = draft[part] === undefined ? text : `${draft[part]}\n${text}`
  }
  const begin = (fields: Draft): LogEntry[] => {
    const before = flush()
    draft = fields
    part = 'message'
    last = fields.time
    mayBeCut = false
    return before
  }
  const take = (line: string): LogEntry[] => {
    if (line.startsWith('\t')) {
      add(line.slice(1))
      return []
    }
    const head = heads.read(line)
    const named = head && PARTS[head.severity]
    if (head && named) {
      if (!draft || (head.process !== undefined && head.process !== draft.process))
        return mayBeCut ? [] : begin({...head, time: head.time || last})
      part = named
      add(head.message)
      return []
    }
    if (head) return begin({...head, time: head.time || (isLive ? Date.now() : last)})
    if (mayBeCut || line === '') return []
    // the start of a server, or a library that writes by itself
    return begin({time: isLive ? Date.now() : last, severity: 'LOG', message: line})
  }
  return {
    read: (bytes) => lines.read(bytes).flatMap(take),
    rest: (isOver) => {
      const line = isOver ? lines.rest() : undefined
      return [...(line === undefined ? [] : take(line)), ...flush()]
    },
  }
}

/** Beginnings of lines, by the prefix that is set, else by what most have. */
class Heads {
  readonly #pattern: RegExp
  readonly #clock: Clock
  readonly #tell: (what: string) => void
  #hasTold = false

  constructor({prefix, zone, tell}: ReaderOptions) {
    this.#pattern = prefixPattern(prefix ?? PREFIX)
    this.#clock = new Clock(zone)
    this.#tell = tell
  }

  /** `time` 0: it says none. */
  read(line: string): Draft | undefined {
    const known = this.#pattern.exec(line)?.groups
    if (known && (PARTS[known.label!] || known.stamp || known.epoch)) {
      if (!PARTS[known.label!] && !isLevel(known.label!))
        this.#tellOnce(
          `"${known.label}" is no level in English: with lc_messages = 'C' it would be understood, as with log_destination = 'jsonlog'`,
        )
      return this.#draft(known)
    }
    const {before = '', label, text} = GUESSED.exec(line)?.groups ?? {}
    if (label === undefined) return undefined
    const at = /\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d/.exec(before)?.index
    const process = /\[(\d+)(?:-\d+)?\]/.exec(before)?.[1]
    if (at === undefined) this.#tellOnce('its lines say no time: log_line_prefix should begin with %m')
    return this.#draft({label, text: text!, ...(at !== undefined && {stamp: before.slice(at)}), ...(process && {process})})
  }

  #draft({label, text, stamp, epoch, process, role, database, application, code}: Record<string, string | undefined>): Draft {
    return {
      time: stamp ? (this.#clock.read(stamp) ?? 0) : epoch ? Math.round(Number(epoch) * 1000) : 0,
      severity: label!,
      message: text!,
      ...named({code, role, database, application}),
      ...(process && {process: Number(process)}),
    }
  }

  #tellOnce(what: string): void {
    if (this.#hasTold) return
    this.#hasTold = true
    this.#tell(what)
  }
}

/** What a prefix shows of a process that has none. */
const named = (fields: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter((field): field is [string, string] => !!field[1] && field[1] !== '[unknown]'))
