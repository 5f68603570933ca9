// A row's texts, their shape and its types in, JSON text out: what to_json(row) writes, but for bigint and numeric, which are strings.
import type {Row, Shape} from './model.ts'
import {type Elements, readArray} from './text/array.ts'
import {readRecord} from './text/record.ts'
import type {Shown, Types} from './types.ts'

/** A value's text in, JSON text out: nothing becomes a number on the way, and JSON stays as it was written. */
export type Write = (text: string) => string

/** A column of a shape: `"name":` and how its values are written. */
export interface Writer {
  readonly name: string
  readonly label: string
  readonly write: Write
}

/** JSON escapes of a string are PostgreSQL's own. */
const quoted: Write = JSON.stringify
const verbatim: Write = (text) => text
const digits: Write = (text) => `"${text}"`

/** The writers of a shape, made once for as long as its types stay what they are. */
export class Writers {
  readonly #types: Types
  #made = new WeakMap<Shape, readonly Writer[]>()
  #writes = new Map<number, Write>()
  #era: number

  constructor(types: Types) {
    this.#types = types
    this.#era = types.era
  }

  of(shape: Shape): readonly Writer[] {
    if (this.#era !== this.#types.era) {
      this.#made = new WeakMap()
      this.#writes = new Map()
      this.#era = this.#types.era
    }
    let writers = this.#made.get(shape)
    if (!writers) {
      writers = shape.columns.map(({name, type}) => ({name, label: `${quoted(name)}:`, write: this.#write(type)}))
      this.#made.set(shape, writers)
    }
    return writers
  }

  /** Types can be made of themselves (a table with a column of its own row's array): the inner ones are looked up when they are met. */
  #write(type: number): Write {
    const known = this.#writes.get(type)
    if (known) return known
    const write = writeAs(this.#types.shown(type), (inner) => this.#write(inner))
    this.#writes.set(type, write)
    return write
  }
}

/** Compact, columns in their order; those that were not sent are left out. */
export function rowJson(writers: readonly Writer[], row: Row): string {
  let text = ''
  for (let at = 0; at < writers.length; at++) {
    const value = row[at]
    if (value === undefined) continue
    const {label, write} = writers[at]!
    text += `${text === '' ? '{' : ','}${label}${value === null ? 'null' : write(value)}`
  }
  return text === '' ? '{}' : `${text}}`
}

function writeAs(shown: Shown, inner: (type: number) => Write): Write {
  switch (shown.as) {
    case 'bool':
      return (text) => (text === 't' ? 'true' : 'false')
    case 'number':
      return number
    case 'digits':
      return digits
    case 'json':
      return verbatim
    case 'timestamp':
      return (text) => quoted(text.replace(' ', 'T'))
    case 'timestamptz':
      return (text) => quoted(momentText(text))
    case 'array':
      return (text) => arrayJson(readArray(text, shown.delimiter), inner(shown.of))
    case 'vector':
      return (text) => arrayJson(text === '' ? [] : text.split(' '), inner(shown.of))
    case 'composite':
      return (text) => compositeJson(text, shown.fields, inner)
    default:
      return quoted
  }
}

/** Infinity, -Infinity and NaN are no numbers of JSON. */
const number: Write = (text) => {
  const last = text.charCodeAt(text.length - 1)
  return last >= 48 && last <= 57 ? text : `"${text}"`
}

/** `2026-11-22 03:27:43.12+00` as ISO 8601 has it; years before Christ keep their ` BC`. */
export function momentText(text: string): string {
  const start = text.indexOf(' ')
  // infinity
  if (start < 0) return text
  const end = text.endsWith(' BC') ? text.length - 3 : text.length
  const isWhole = text.charCodeAt(end - 3) === 58
  return `${text.slice(0, start)}T${text.slice(start + 1, end)}${isWhole ? '' : ':00'}${text.slice(end)}`
}

function arrayJson(elements: Elements, write: Write): string {
  let text = ''
  for (const element of elements) {
    const json = element === null ? 'null' : typeof element === 'string' ? write(element) : arrayJson(element, write)
    text = text === '' ? json : `${text},${json}`
  }
  return `[${text}]`
}

/** A value written before its type had other fields can't be told apart by names: it is shown as it was written. */
function compositeJson(text: string, fields: readonly {name: string; type: number}[], inner: (type: number) => Write): string {
  if (fields.length === 0) return text === '()' ? '{}' : quoted(text)
  const values = readRecord(text)
  if (values.length !== fields.length) return quoted(text)
  const parts = fields.map(({name, type}, at) => {
    const value = values[at]
    return `${quoted(name)}:${typeof value === 'string' ? inner(type)(value) : 'null'}`
  })
  return `{${parts.join(',')}}`
}
