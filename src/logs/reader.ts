// A format in, what reads it out; bytes or lines in, entries out.
import {extname} from 'node:path'
import type {LogEntry, LogFormat, LogPlace, LogSource, Piece, Reader, ReaderOptions, Told} from './model.ts'
import {csvlog} from './readers/csvlog.ts'
import {jsonlog} from './readers/jsonlog.ts'
import {lines} from './readers/lines.ts'
import {stderr} from './readers/stderr.ts'

/** `format` undefined: each line tells by itself what it is. */
export function readerOf(format: LogFormat | undefined, options: ReaderOptions): Reader {
  if (format === 'jsonlog') return jsonlog(options)
  if (format === 'csvlog') return csvlog(options)
  if (format === 'stderr') return stderr(options)
  return lines(options, format)
}

/** What is said of it, else what its name and its source tell. */
export function formatOf(source: LogSource, {format, file = ''}: LogPlace): LogFormat | undefined {
  if (format || source !== 'db') return format
  const ending = extname(file)
  return ending === '.json' ? 'jsonlog' : ending === '.csv' ? 'csvlog' : 'stderr'
}

/** @param reader of the file at hand: makes one for each that begins */
export async function* entriesOf(pieces: AsyncIterable<Piece>, open: (isFirst: boolean) => Reader): AsyncGenerator<Told> {
  let reader = open(true)
  for await (const piece of pieces) {
    if (piece === 'idle') {
      yield* reader.rest(false)
      yield 'idle'
    } else if (piece === 'over') {
      yield* reader.rest(true)
      reader = open(false)
    } else yield* reader.read(piece)
  }
  yield* reader.rest(true)
}

/** milliseconds after which what has been written is taken for all of an entry */
const QUIET = 100

/** Lines that a program of ours says, as it says them, into `write`. */
export function hear(reader: Reader, write: (entry: LogEntry) => void): (line: string) => void {
  let timer: NodeJS.Timeout | undefined
  const pass = (entries: readonly LogEntry[]) => entries.forEach(write)
  return (line) => {
    clearTimeout(timer)
    pass(reader.read(Buffer.from(`${line}\n`)))
    timer = setTimeout(() => pass(reader.rest(false)), QUIET)
  }
}
