// A type in; how texts of its values are ordered as PostgreSQL orders the values out. undefined where only PostgreSQL knows.

/** Less than 0, 0, more than 0: of the value in a row and the constant that it was made for. */
export type Compare = (text: string) => number
/** Once for each constant, which is text as PostgreSQL writes it. */
export type Order = (constant: string) => Compare

/** Characters that a number has without being more than a double tells apart. */
const SHORT = 15

const integer: Order = (constant) => {
  const [wide, narrow] = [BigInt(constant), Number(constant)]
  if (constant.length > SHORT) return (text) => sign(BigInt(text), wide)
  return (text) => (text.length > SHORT ? sign(BigInt(text), wide) : Number(text) - narrow)
}

/** `NaN` is greater than all else, and equal to itself. */
const float: Order = (constant) => {
  const other = doubleOf(constant)
  return (text) => {
    const one = doubleOf(text)
    return Number.isNaN(one) || Number.isNaN(other) ? Number(Number.isNaN(one)) - Number(Number.isNaN(other)) : sign(one, other)
  }
}
const doubleOf = (text: string): number => Number(text)

/** Nothing is rounded: of each there is its rank (-Infinity, below zero, zero, above it, Infinity, NaN), then its digits. */
const numeric: Order = (constant) => {
  const other = decimalOf(constant)
  return (text) => {
    const one = readDecimal(text)
    if (one.rank !== other.rank) return one.rank - other.rank
    const found =
      one.whole.length - other.whole.length || bytewise(one.whole, other.whole) || bytewise(one.fraction, other.fraction)
    return one.rank < 0 ? -found : found
  }
}

interface Decimal {
  readonly rank: number
  readonly whole: string
  readonly fraction: string
}

/** What the last one was read as: thousands of filters ask the same of one row. */
function remembering<T>(read: (text: string) => T): (text: string) => T {
  let [last, known]: [string?, T?] = []
  return (text) => {
    if (text !== last) [last, known] = [text, read(text)]
    return known as T
  }
}

const RANKS: Readonly<Record<string, number>> = {'-Infinity': -2, Infinity: 2, NaN: 3}

function decimalOf(text: string): Decimal {
  const rank = RANKS[text]
  if (rank !== undefined) return {rank, whole: '', fraction: ''}
  const isBelow = text.startsWith('-')
  const [whole = '', fraction = ''] = (isBelow ? text.slice(1) : text).split('.')
  const [left, right] = [whole.replace(/^0+/, ''), fraction.replace(/0+$/, '')]
  return {rank: left === '' && right === '' ? 0 : isBelow ? -1 : 1, whole: left, fraction: right}
}

/** ISO and UTC, as sessions of readers have it: of years that have four digits texts are in order. */
const moment: Order = (constant) => {
  const other = momentOf(constant)
  return (text) => sign(readMoment(text), other)
}

/** `-infinity`, years before Christ (the higher the earlier), years after, `infinity`. */
function momentOf(text: string): string {
  if (text === 'infinity') return 'C'
  if (text === '-infinity') return ''
  const dash = text.indexOf('-')
  if (!text.endsWith(' BC')) return `B${text.slice(0, dash).padStart(7, '0')}${text.slice(dash)}`
  const year = String(9_999_999 - Number(text.slice(0, dash))).padStart(7, '0')
  return `A${year}${text.slice(dash, -3)}`
}

const readDecimal = remembering(decimalOf)
const readMoment = remembering(momentOf)
const readBytes = remembering((text: string) => Buffer.from(text))

/** Of characters that all have one byte: `f` before `t`, digits of a uuid. */
const plain: Order = (constant) => (text) => sign(text, constant)
/** By code points: UTF-16 puts some of those that take two of its units before others that take one. */
const points: Order = (constant) => {
  const other = Buffer.from(constant)
  return (text) => (text === constant ? 0 : Buffer.compare(readBytes(text), other))
}

const sign = <T extends string | number | bigint>(one: T, other: T): number => (one < other ? -1 : one > other ? 1 : 0)
const bytewise = (one: string, other: string): number => sign(one, other)

/** Oids that never change. */
const ORDERS: ReadonlyMap<number, Order> = new Map<number, Order>([
  [16, plain],
  [2950, plain],
  ...[20, 21, 23, 26].map((oid): [number, Order] => [oid, integer]),
  ...[700, 701].map((oid): [number, Order] => [oid, float]),
  [1700, numeric],
  ...[1082, 1114, 1184].map((oid): [number, Order] => [oid, moment]),
])
const TEXTS: ReadonlySet<number> = new Set([25, 1043])

/** @param isByPoints its collation goes by code points, in a database whose texts are UTF-8 */
export const orderOf = (type: number, isByPoints: boolean): Order | undefined =>
  TEXTS.has(type) ? (isByPoints ? points : undefined) : ORDERS.get(type)

export const isText = (type: number): boolean => TEXTS.has(type)
