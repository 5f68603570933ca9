// An array as PostgreSQL writes it (`[0:1]={a,NULL}`) in, its elements' texts out, nested as its dimensions are; and the other way.
import {endOfQuoted, unquoted, unreadable} from './record.ts'

export type Elements = readonly (string | null | Elements)[]

const QUOTE = 34
const BRACKET = 91
const OPEN = 123
const CLOSE = 125

/** Lower bounds are left out. Boxes stand apart by `;`, elements of all other types that PostgreSQL has by `,`. */
export function readArray(text: string, delimiter = ','): Elements {
  // the dimensions, where they do not begin with 1, hold no brace
  const start = text.charCodeAt(0) === BRACKET ? text.indexOf('{') : 0
  if (text.charCodeAt(start) !== OPEN) throw unreadable('array')
  const reader = {text, at: start + 1, delimiter: delimiter.charCodeAt(0)}
  const elements = readElements(reader)
  if (reader.at !== text.length) throw unreadable('array')
  return elements
}

function readElements(reader: {readonly text: string; at: number; readonly delimiter: number}): Elements {
  const {text, delimiter} = reader
  const elements: (string | null | Elements)[] = []
  if (text.charCodeAt(reader.at) === CLOSE) {
    reader.at++
    return elements
  }
  for (;;) {
    const start = reader.at
    const code = text.charCodeAt(start)
    if (code === OPEN) {
      reader.at++
      elements.push(readElements(reader))
    } else if (code === QUOTE) {
      const end = endOfQuoted(text, start)
      elements.push(unquoted(text, start + 1, end))
      reader.at = end + 1
    } else {
      let at = start
      for (; at < text.length; at++) {
        const next = text.charCodeAt(at)
        if (next === delimiter || next === CLOSE) break
      }
      const element = text.slice(start, at)
      // the word itself, as a value, is quoted
      elements.push(element === 'NULL' ? null : element)
      reader.at = at
    }
    const next = text.charCodeAt(reader.at++)
    if (next === CLOSE) return elements
    if (next !== delimiter) throw unreadable('array')
  }
}

/** Of one dimension: what PostgreSQL reads these values from. */
export function writeArray(values: readonly (string | null)[], delimiter = ','): string {
  const elements = values.map((value) => (value === null ? 'NULL' : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`))
  return `{${elements.join(delimiter)}}`
}
