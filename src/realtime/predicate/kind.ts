// Types in; how texts of their values are made ones that are equal exactly where PostgreSQL says that the values are, out.
import {readArray} from '../../events/text/array.ts'

/** Oids that never change. */
export const TYPE: Readonly<Record<string, number>> = {
  bool: 16,
  name: 19,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  oid: 26,
  json: 114,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
}

const ELEMENTS: Readonly<Record<number, number>> = {
  1000: 16,
  1003: 19,
  1016: 20,
  1005: 21,
  1007: 23,
  1009: 25,
  1028: 26,
  1014: 1042,
  1015: 1043,
  1231: 1700,
  2951: 2950,
}

/** Of arrays whose elements can be told from another. */
export const elementOf = (array: number): number | undefined => ELEMENTS[array]

const INTEGERS = new Set([20, 21, 23])
const COMPARED = new Set([16, 19, 25, 26, 1042, 1082, 1114, 1184, 1700, 2950])
/** as text, whatever settings a session has */
const PRINTED = new Set([16, 19, 20, 21, 23, 25, 26, 1042, 1043, 1700, 2950])
/** what may stand between a claim and what it is compared with: nothing whose text or meaning settings decide */
const PLAIN = new Set([16, 19, 20, 21, 23, 25, 26, 114, 1042, 1043, 1700, 2950, 3802])
const MOMENTS = new Set([1082, 1114, 1184])

export const isInteger = (type: number): boolean => INTEGERS.has(type)
export const isPlain = (type: number): boolean => PLAIN.has(type) || (ELEMENTS[type] !== undefined && PLAIN.has(ELEMENTS[type]))
export const isMoment = (type: number): boolean => MOMENTS.has(type)

/** Values of equal classes are compared by an operator of their own, and none is converted to another's type. */
export function classOf(type: number, enums: ReadonlySet<number>): string | undefined {
  if (INTEGERS.has(type)) return 'integer'
  return COMPARED.has(type) || enums.has(type) ? String(type) : undefined
}

type Read = (text: string) => string
const same: Read = (text) => text
/** `1.00` is 1, `-0.0` is 0 */
const numeric: Read = (text) => {
  const dot = text.indexOf('.')
  if (dot < 0) return text
  let end = text.length
  while (text.charCodeAt(end - 1) === 48) end--
  const short = text.slice(0, end === dot + 1 ? dot : end)
  return short === '-0' ? '0' : short
}
/** what pads it is no part of it */
const padded: Read = (text) => {
  let end = text.length
  while (text.charCodeAt(end - 1) === 32) end--
  return text.slice(0, end)
}
const bool: Read = (text) => (text === 't' || text === 'true' ? 'true' : 'false')

export const readerOf = (type: number): Read => (type === 1700 ? numeric : type === 1042 ? padded : type === 16 ? bool : same)

/** A column's text as that of another type: only what can't fail, and goes by no settings. */
export function castReader(from: number, to: number, enums: ReadonlySet<number>): Read | undefined {
  if (from === to) return readerOf(to)
  // digits stay as they are written
  if (to === 25 && (PRINTED.has(from) || enums.has(from))) return from === 1700 ? same : readerOf(from)
  if (INTEGERS.has(from) && (to === 1700 || isWider(from, to))) return same
  return to === 1043 && from === 25 ? same : undefined
}

const WIDTH: Readonly<Record<number, number>> = {21: 2, 23: 4, 20: 8}
const isWider = (from: number, to: number): boolean => (WIDTH[to] ?? 0) >= (WIDTH[from] ?? 9)

/** An array's text, as its elements; how many dimensions it has does not matter to ANY. */
export function elementsReader(element: number): (text: string) => readonly (string | null)[] {
  const read = readerOf(element)
  return (text) => flat(readArray(text)).map((one) => (one === null ? null : read(one)))
}

type Nested = string | null | readonly Nested[]
const flat = (elements: readonly Nested[]): (string | null)[] =>
  elements.flatMap((one) => (one === null || typeof one === 'string' ? [one] : flat(one)))
