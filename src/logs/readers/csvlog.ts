// PostgreSQL's csvlog in, entries out: a record has as many lines as its texts, and ends where no quote is open.
import {parse} from 'csv-parse/sync'
import type {LogEntry, Reader, ReaderOptions} from '../model.ts'
import {Clock} from '../time.ts'
import {entryOf} from './statement.ts'

/** bytes of a record that is still read */
const LONGEST = 16 * 2 ** 20
const QUOTE = 34
const END = 10

/** How a record begins: its time, and behind it a comma. Nothing in it is longer than this. */
const BEGINS = /(?:^|\n)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? ?[^,\n"]{1,12},/
const BEGINNING = 48

export function csvlog(options: ReaderOptions): Reader {
  const records = new Records(options)
  return {
    read: (bytes) => records.read(bytes),
    rest: (isOver) => (isOver ? records.rest() : []),
  }
}

class Records {
  readonly #options: ReaderOptions
  readonly #clock: Clock
  #held: Buffer = Buffer.alloc(0)
  /** bytes of what is held that have been looked at, and whether a quote is open behind them */
  #seen = 0
  #isOpen = false
  /** what comes may stand in the middle of a record */
  #isLost: boolean

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#clock = new Clock(options.zone)
    this.#isLost = options.isCut === true
  }

  read(bytes: Buffer): LogEntry[] {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    if (this.#isLost && !this.#find()) return []
    const end = this.#lookOn()
    const whole = this.#held.subarray(0, end + 1)
    // a copy: what is left would keep the portion it came in
    this.#held = Buffer.from(this.#held.subarray(end + 1))
    this.#seen = this.#held.length
    if (this.#held.length > LONGEST) this.#lose(`a record of more than ${LONGEST / 2 ** 20} MB was skipped`)
    return end === -1 ? [] : this.#entries(whole)
  }

  rest(): LogEntry[] {
    const last = this.#held
    const isTorn = this.#isOpen
    this.#held = Buffer.alloc(0)
    this.#seen = 0
    this.#isOpen = false
    if (last.length === 0 || this.#isLost) return []
    if (!isTorn) return this.#entries(last)
    this.#options.tell('the last record has no end, and was skipped')
    return []
  }

  /** Where the last whole record ends; -1: none does. */
  #lookOn(): number {
    const held = this.#held
    let end = -1
    let isOpen = this.#isOpen
    for (let at = this.#seen; at < held.length; at++) {
      if (held[at] === QUOTE) isOpen = !isOpen
      else if (held[at] === END && !isOpen) end = at
    }
    this.#isOpen = isOpen
    return end
  }

  #find(): boolean {
    const found = BEGINS.exec(this.#held.toString('latin1'))
    const from = found ? found.index + (found[0].startsWith('\n') ? 1 : 0) : Math.max(0, this.#held.length - BEGINNING)
    this.#held = Buffer.from(this.#held.subarray(from))
    this.#seen = 0
    this.#isOpen = false
    this.#isLost = found === null
    return found !== null
  }

  #lose(why: string): void {
    this.#options.tell(why)
    this.#held = Buffer.alloc(0)
    this.#isLost = true
  }

  #entries(whole: Buffer): LogEntry[] {
    const skipped = (error?: {readonly message: string}): undefined => {
      this.#options.tell(`a record that is none of csvlog was skipped${error ? `: ${error.message}` : ''}`)
    }
    const records: string[][] = parse(whole, {
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      on_skip: skipped,
    })
    return records.flatMap((record) => {
      const entry = this.#entry(record)
      if (entry) return [entry]
      skipped()
      // texts may be taken for what is between them: the next beginning is looked for
      this.#isLost = true
      return []
    })
  }

  #entry(record: readonly string[]): LogEntry | undefined {
    const time = this.#clock.read(record[0] ?? '')
    if (time === undefined || record.length < 23 || !/^\d*$/.test(record[3]!)) return undefined
    const [, role, database, process, , , , , , , , severity, code, message, detail, hint, inside, , context, statement] = record
    return entryOf(this.#options.source, {
      time,
      severity: severity!,
      message: message!,
      ...{code, detail, hint, inside, context, statement, database, role},
      process: Number(process) || undefined,
      application: record[22],
    })
  }
}
