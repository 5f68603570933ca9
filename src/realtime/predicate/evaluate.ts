// A predicate in; what says of a row and a viewer's values whether it holds, out: closures, made once.
import type {Column, Order, Predicate, Value} from './model.ts'

export type Verdict = boolean | null
/** Texts of a row, and a viewer's values. */
export type Decide = (row: Texts, values: readonly Value[]) => Verdict
export type Texts = readonly (string | null)[]
/** Where a column's text stands in a row. */
export type Place = (column: string) => number

export function decider(predicate: Predicate, placeOf: Place): Decide {
  switch (predicate.is) {
    case 'and':
      return all(
        predicate.of.map((one) => decider(one, placeOf)),
        false,
      )
    case 'or':
      return all(
        predicate.of.map((one) => decider(one, placeOf)),
        true,
      )
    case 'not': {
      const of = decider(predicate.of, placeOf)
      return (row, values) => opposite(of(row, values))
    }
    case 'test': {
      const [of, {value, isNot}] = [decider(predicate.of, placeOf), predicate]
      return (row, values) => (of(row, values) === value) !== isNot
    }
    case 'term': {
      const {at} = predicate.term
      return (_, values) => (values[at] === null ? null : values[at] === 'true')
    }
    case 'column': {
      const text = textOf(predicate.column, placeOf)
      return (row) => {
        const value = text(row)
        return value === null ? null : value === 'true'
      }
    }
    case 'null': {
      const place = placeOf(predicate.column.name)
      return (row) => row[place] === null
    }
    default:
      return compared(predicate, placeOf)
  }
}

function compared(predicate: Extract<Predicate, {readonly column: Column; readonly term: unknown}>, placeOf: Place): Decide {
  const text = textOf(predicate.column, placeOf)
  const {at} = predicate.term
  switch (predicate.is) {
    case 'equal':
      return (row, values) => {
        const value = text(row)
        return value === null || values[at] === null ? null : value === values[at]
      }
    case 'distinct':
      return (row, values) => text(row) !== values[at]
    case 'order': {
      const holds = ORDERS[predicate.operator]
      return (row, values) => {
        const [left, right] = [text(row), values[at] as string | null]
        return left === null || right === null ? null : holds(compareIntegers(left, right))
      }
    }
    case 'any':
      return (row, values) => among(text(row), values[at] as readonly (string | null)[] | null)
    case 'member': {
      const {elements} = predicate
      const place = placeOf(predicate.column.name)
      return (row, values) => {
        const list = row[place]!
        return among(values[at] as string | null, list === null ? null : elements(list))
      }
    }
  }
}

const textOf = ({name, read}: Column, placeOf: Place) => {
  const place = placeOf(name)
  return (row: Texts): string | null => {
    const text = row[place]!
    return text === null ? null : read(text)
  }
}

const opposite = (verdict: Verdict): Verdict => (verdict === null ? null : !verdict)

/** OR of them where `decisive` is true, AND where it is false. */
function all(of: readonly Decide[], decisive: boolean): Decide {
  return (row, values) => {
    let verdict: Verdict = !decisive
    for (const one of of) {
      const each = one(row, values)
      if (each === decisive) return decisive
      if (each === null) verdict = null
    }
    return verdict
  }
}

/** `value = ANY (list)` */
function among(value: string | null, list: readonly (string | null)[] | null): Verdict {
  if (list === null) return null
  if (list.length === 0) return false
  if (value === null) return null
  let verdict: Verdict = false
  for (const element of list) {
    if (element === value) return true
    if (element === null) verdict = null
  }
  return verdict
}

const ORDERS: Readonly<Record<Order, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

/** Digits that a double holds for sure. */
const SAFE = 15

function compareIntegers(left: string, right: string): number {
  if (left.length <= SAFE && right.length <= SAFE) return Number(left) - Number(right)
  const [a, b] = [BigInt(left), BigInt(right)]
  return a < b ? -1 : a > b ? 1 : 0
}
