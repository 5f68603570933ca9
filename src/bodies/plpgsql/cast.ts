// Two types in; whether no value of the one ever becomes one of the other out. PL/pgSQL casts by way of text where there is no cast, so nearly
// everything may become nearly everything: what is said here is what the text of a value can never be.
import {RECORD, type Type, UNKNOWN, VOID} from '../kind.ts'

const BUILT_IN = 16384
const UUID = 2950
const INTERVAL = 1186
const BIT = new Set([1560, 1562])
const MONEY = 790
/** date and time without clock and interval */
const DATES = new Set([1082, 1114, 1184])
const FLOATS = new Set([700, 701])

export function isImpossible(from: Type, to: Type): boolean {
  if (from.base === to.base || to.base === RECORD || from.base === UNKNOWN || from.base === VOID) return false
  if (from.sort === 'p' || to.sort === 'p') return false
  // somebody may have made a cast
  if (from.base >= BUILT_IN && !from.fields && from.element === 0) return false
  if (to.base >= BUILT_IN && !to.fields && to.element === 0) return false
  const [a, b] = [sortOf(from), sortOf(to)]
  return a !== undefined && b !== undefined && NEVER.has(`${a} ${b}`)
}

function sortOf(type: Type): string | undefined {
  if (type.fields) return 'row'
  if (type.element !== 0 && type.category === 'A') return 'array'
  if (type.base === UUID) return 'uuid'
  if (type.base === INTERVAL) return 'interval'
  if (BIT.has(type.base) || type.base === MONEY) return undefined
  if (type.category === 'B') return 'boolean'
  if (type.category === 'N' && !type.isName) return FLOATS.has(type.base) ? 'float' : 'number'
  if (DATES.has(type.base)) return 'date'
  if (type.category === 'G') return 'shape'
  return undefined
}

/** What is not here may be: 20260131 is a date, 1 is true, 5 is an interval. */
const NEVER = new Set([
  ...pairs('boolean', 'number float date interval uuid array row shape'),
  ...pairs('date', 'boolean number interval uuid array row shape'),
  ...pairs('interval', 'boolean number float date uuid array row shape'),
  ...pairs('uuid', 'boolean date interval array row shape number float'),
  ...pairs('number', 'uuid array row shape'),
  ...pairs('float', 'uuid array row shape'),
  ...pairs('array', 'boolean number float date interval uuid row shape'),
  ...pairs('row', 'boolean number float date interval uuid array'),
])

function pairs(from: string, to: string): string[] {
  return to.split(' ').map((one) => `${from} ${one}`)
}
