// A predicate in; what says of a row and a viewer's values whether it holds, out: closures, made once.
import type {Column, Order, Predicate, Value} from './model.ts'

export type Verdict = boolean | null
/** Of a viewer's values. */
export type Decide = (values: readonly Value[]) => Verdict
/** What a row alone decides is decided once, however many viewers there are. */
export type Bind = (row: Texts) => Verdict | Decide
export type Texts = readonly (string | null)[]
/** Where a column's text stands in a row. */
export type Place = (column: string) => number

/** @param constants values that are the same for every viewer, where those stand in a viewer's */
export function binder(predicate: Predicate, placeOf: Place, constants: readonly Value[] = []): Bind {
  const bind = bare(predicate, placeOf, constants)
  if (!('term' in predicate) || !predicate.term.isConstant || constants.length === 0) return bind
  return (row) => decided(bind(row), constants)
}

function bare(predicate: Predicate, placeOf: Place, constants: readonly Value[]): Bind {
  switch (predicate.is) {
    case 'and':
      return all(
        predicate.of.map((one) => binder(one, placeOf, constants)),
        false,
      )
    case 'or':
      return all(
        predicate.of.map((one) => binder(one, placeOf, constants)),
        true,
      )
    case 'not':
      return mapped(binder(predicate.of, placeOf, constants), opposite)
    case 'test': {
      const {value, isNot} = predicate
      return mapped(binder(predicate.of, placeOf, constants), (verdict) => (verdict === value) !== isNot)
    }
    case 'term': {
      const {at} = predicate.term
      const decide: Decide = (values) => (values[at] === null ? null : values[at] === 'true')
      return () => decide
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

/** Holds for all viewers, or is asked for each. */
export const decided = (bound: Verdict | Decide, values: readonly Value[]): Verdict =>
  typeof bound === 'function' ? bound(values) : bound

function compared(predicate: Extract<Predicate, {readonly column: Column; readonly term: unknown}>, placeOf: Place): Bind {
  const text = textOf(predicate.column, placeOf)
  const {at} = predicate.term
  switch (predicate.is) {
    case 'equal':
      return (row) => {
        const value = text(row)
        return value === null ? null : (values) => (values[at] === null ? null : value === values[at])
      }
    case 'distinct':
      return (row) => {
        const value = text(row)
        return (values) => value !== values[at]
      }
    case 'order': {
      const holds = ORDERS[predicate.operator]
      return (row) => {
        const value = text(row)
        if (value === null) return null
        const order = comparer(value)
        return (values) => (values[at] === null ? null : holds(order(values[at] as string)))
      }
    }
    case 'any':
      return (row) => {
        const value = text(row)
        return (values) => among(value, values[at] as readonly (string | null)[] | null)
      }
    case 'member': {
      const {elements} = predicate
      const place = placeOf(predicate.column.name)
      return (row) => {
        const list = row[place]!
        const read = list === null ? null : elements(list)
        return (values) => among(values[at] as string | null, read)
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

const mapped = (of: Bind, map: (verdict: Verdict) => Verdict): Bind => {
  return (row) => {
    const bound = of(row)
    return typeof bound === 'function' ? (values) => map(bound(values)) : map(bound)
  }
}

/** OR of them where `decisive` is true, AND where it is false. */
function all(of: readonly Bind[], decisive: boolean): Bind {
  return (row) => {
    let fixed: Verdict = !decisive
    const asked: Decide[] = []
    for (const one of of) {
      const bound = one(row)
      if (bound === decisive) return decisive
      if (typeof bound === 'function') asked.push(bound)
      else if (bound === null) fixed = null
    }
    if (asked.length === 0) return fixed
    if (asked.length === 1 && fixed !== null) return asked[0]!
    return (values) => {
      let verdict = fixed
      for (const one of asked) {
        const each = one(values)
        if (each === decisive) return decisive
        if (each === null) verdict = null
      }
      return verdict
    }
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

/** What the other one is compared with. */
function comparer(left: string): (right: string) => number {
  const number = left.length <= SAFE ? Number(left) : undefined
  return (right) => {
    if (number !== undefined && right.length <= SAFE) return number - Number(right)
    const [a, b] = [BigInt(left), BigInt(right)]
    return a < b ? -1 : a > b ? 1 : 0
  }
}
