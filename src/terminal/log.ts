// An entry of a log in, the lines that show it out: aligned, in local time, with nothing in them that a terminal would obey.
import {LEVELS, type LogEntry, type LogLevel, type LogSource} from '../logs/model.ts'
import {fold} from './fold.ts'
import type {Paint, Style} from './paint.ts'

const SOURCE_STYLES: Readonly<Record<LogSource, Style>> = {
  db: 'cyan',
  rest: 'magenta',
  events: 'blue',
  migrate: 'green',
  functions: 'green',
  frontend: 'yellow',
  dev: 'dim',
}
const LEVEL_STYLES: Readonly<Record<LogLevel, Style | undefined>> = {
  debug: 'dim',
  info: undefined,
  notice: undefined,
  warning: 'yellow',
  error: 'red',
  fatal: 'red',
}
const WIDTH = Math.max(...LEVELS.map((level) => level.length))

export interface LogLineOptions {
  readonly paint: Paint
  /** what the column of sources holds */
  readonly sources: readonly LogSource[]
  /** days stand in a line of their own, else before each time, with the zone */
  readonly isTerminal: boolean
  /** characters, asked at each entry: a window may change. Sentences are broken there; statements, which somebody may copy, never */
  readonly columns?: () => number | undefined
}

export class LogLines {
  readonly #options: LogLineOptions
  readonly #width: number
  #day = dayOf(new Date())

  constructor(options: LogLineOptions) {
    this.#options = options
    this.#width = Math.max(...options.sources.map((source) => source.length))
  }

  of(entry: LogEntry): string {
    const {paint, isTerminal} = this.#options
    const time = new Date(entry.time)
    const day = dayOf(time)
    const isOther = isTerminal && day !== this.#day
    this.#day = day
    const shown = isTerminal ? clockOf(time) : `${day}T${clockOf(time)}${zoneOf(time)}`
    const source = paint(SOURCE_STYLES[entry.source], entry.source.padEnd(this.#width))
    const style = LEVEL_STYLES[entry.level]
    const word = (entry.level === 'info' ? '' : entry.level).padEnd(WIDTH)
    const indent = ' '.repeat(shown.length + this.#width + WIDTH + 6)
    const columns = this.#options.columns?.()
    const room = columns === undefined ? undefined : columns - indent.length
    const [first = '', ...more] = bodyOf(entry, paint, room)
    const head = `${paint('dim', shown)}  ${source}  ${style ? paint(style, word) : word}  ${first}`.trimEnd()
    return [...(isOther ? [paint('dim', `── ${day}`)] : []), head, ...more.map((line) => `${indent}${line}`)].join('\n')
  }
}

/** The message, and beneath it what was said with it. */
function bodyOf(entry: LogEntry, paint: Paint, room: number | undefined): string[] {
  const broken = (line: string, taken = 0) => fold(line, room === undefined ? undefined : room - taken, 0).split('\n')
  const said = linesOf(entry.message).map((line) => broken(line))
  const [first = '', ...rest] = said.flat()
  const style = LEVEL_STYLES[entry.level]
  const who = [entry.role, entry.database].filter(Boolean).join('@')
  const beside = [
    ...(entry.duration !== undefined && !/\bms\b/.test(first) ? [`${Math.round(entry.duration)} ms`] : []),
    ...(entry.code ? [entry.code] : []),
    ...(who && entry.source === 'db' ? [printable(who)] : []),
  ].join(' · ')
  const isBeside = said[0]?.length === 1 && (room === undefined || first.length + 2 + beside.length <= Math.max(room, 20))
  const named = (name: string, text: string | undefined, isCopied = false): string[] => {
    if (text === undefined) return []
    const [head = '', ...more] = linesOf(text).flatMap((line) => (isCopied ? [line] : broken(line, name.length + 2)))
    return [`${paint('dim', `${name}: `)}${head}`, ...more.map((line) => `${' '.repeat(name.length + 2)}${line}`)]
  }
  return [
    `${style ? paint(style, first) : first}${beside && isBeside ? paint('dim', `  ${beside}`) : ''}`,
    ...rest.map((line) => (style ? paint(style, line) : line)),
    ...(beside && !isBeside ? [paint('dim', beside)] : []),
    ...(entry.where ? [`${paint('dim', 'at ')}${paint('bold', printable(entry.where))}`] : []),
    ...named('detail', entry.detail),
    ...named('hint', entry.hint),
    ...named('inside', entry.inside, true),
    ...named('context', entry.context),
    ...named('statement', entry.statement, true),
  ]
}

const linesOf = (text: string): string[] => text.trimEnd().split('\n').map(printable)

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g

/** Tabs stay, all else that moves the cursor or colours is shown as JSON has it. */
const printable = (text: string): string =>
  text.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

const two = (number: number): string => String(number).padStart(2, '0')

const dayOf = (time: Date): string => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`

const clockOf = (time: Date): string =>
  `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`

function zoneOf(time: Date): string {
  const east = -time.getTimezoneOffset()
  const minutes = Math.abs(east)
  return east === 0 ? 'Z' : `${east < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** When what was written has been read, or nobody reads on. */
export function drained(): Promise<void> {
  const {stdout} = process
  if (stdout.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      stdout.off('drain', done).off('close', done)
      resolve()
    }
    stdout.on('drain', done).on('close', done)
  })
}
