// A body in, the text that all bodies meaning the same share out, and its hash. What is compared; what is printed stays as PostgreSQL prints it.
import {hash} from 'node:crypto'

/** `(ARRAY['a'::character varying])::text[]`, which PostgreSQL reads as, and prints from then on, `ARRAY[('a'::character varying)::text]`. */
const CAST_ARRAY = '(ARRAY['

/** Lists whose order is left over from the past: ALTER … SET appends. */
const UNORDERED = new Set(['options', 'toastOptions'])

/** Source text, which PostgreSQL keeps as it was written. */
const VERBATIM = new Set(['function', 'procedure'])

export function alike(kind: string, body: unknown): string {
  const text = JSON.stringify(body)
  if (VERBATIM.has(kind) || (!text.includes(CAST_ARRAY) && !text.includes('ptions":['))) return text
  return JSON.stringify(body, (key, value) => {
    if (typeof value === 'string') return elementwise(value)
    return Array.isArray(value) && UNORDERED.has(key) ? [...value].sort() : value
  })
}

export function hashOf(kind: string, body: unknown): string {
  return hash('sha1', kind + alike(kind, body), 'base64url')
}

/** The cast of an array constructor, said of each of its elements. */
function elementwise(text: string): string {
  for (let at = text.indexOf(CAST_ARRAY); at >= 0; at = text.indexOf(CAST_ARRAY, at + 1)) {
    const {elements, end} = listFrom(text, at + CAST_ARRAY.length)
    const cast = /^\]\)::([^\]]+)\[\]/.exec(text.slice(end, end + 200))
    if (!cast) continue
    const list = elements.map((element) => `(${element.trim()})::${cast[1]}`).join(', ')
    return `${text.slice(0, at)}ARRAY[${elementwise(list)}]${elementwise(text.slice(end + cast[0].length))}`
  }
  return text
}

/** What stands between commas up to the bracket that closes the list. */
function listFrom(text: string, start: number): {elements: string[]; end: number} {
  const elements: string[] = []
  let depth = 0
  let from = start
  let at = start
  for (; at < text.length; at++) {
    const c = text[at]!
    if (c === "'" || c === '"') at = text.indexOf(c, at + 1)
    else if (c === '(' || c === '[') depth++
    else if (depth > 0 && (c === ')' || c === ']')) depth--
    else if (depth === 0 && (c === ',' || c === ']')) {
      elements.push(text.slice(from, at))
      from = at + 1
    }
    if (at < 0 || (depth === 0 && c === ']' && from === at + 1)) break
  }
  return {elements, end: at < 0 ? text.length : at}
}
