// A row as PostgreSQL writes it (`(1,"a ""b""",,)`) in, its columns' texts out, null for NULL.
import {PgextError} from '../../errors.ts'

const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const CLOSE = 41

/** A record without any column is written as one whose only column is NULL is: `()` is read as that. */
export function readRecord(text: string): (string | null)[] {
  const columns: (string | null)[] = []
  const last = text.length - 1
  if (text.charCodeAt(0) !== 40 || text.charCodeAt(last) !== CLOSE) throw unreadable('row')
  for (let at = 1; ; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = endOfQuoted(text, at)
      columns.push(unquoted(text, at + 1, end))
      at = end + 1
    } else {
      const start = at
      while (at < last && text.charCodeAt(at) !== COMMA) at++
      columns.push(at === start ? null : text.slice(start, at))
    }
    if (at === last) return columns
    if (text.charCodeAt(at) !== COMMA) throw unreadable('row')
  }
}

/** Where the quote stands that ends what begins with the quote at `start`: in between they are doubled, or behind a backslash. */
export function endOfQuoted(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) {
      if (text.charCodeAt(at + 1) !== QUOTE) return at
      at++
    }
  }
  throw unreadable('value')
}

/** What stands between two quotes: each backslash, and each further quote, makes way for what follows it. */
export function unquoted(text: string, start: number, end: number): string {
  let read = ''
  let from = start
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code !== BACKSLASH && code !== QUOTE) continue
    read += text.slice(from, at)
    from = ++at
  }
  return from === start ? text.slice(start, end) : read + text.slice(from, end)
}

export function unreadable(what: string): PgextError {
  return new PgextError('events-gone', `the text of a ${what} that was captured can't be read`, {
    hint: 'read the tables anew; what was captured has been changed by somebody',
  })
}
