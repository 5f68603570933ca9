// A condition in, a function of rows out, where texts of values tell how these compare; what only PostgreSQL knows is asked of it.
import type {Row, Shape} from '../../events/model.ts'
import type {Tri} from '../told.ts'
import type {Condition} from './condition.ts'
import {likeOf} from './like.ts'
import {type Order, orderOf} from './order.ts'

export type Predicate = (row: Row) => Tri | null

/** What of a column has to be known. */
export interface Column {
  readonly name: string
  readonly type: number
  /** as SQL names it */
  readonly typeName: string
  /** Equal values have equal texts, and others have others. */
  readonly isCanonical: boolean
  /** Texts are ordered by their code points. */
  readonly isByPoints: boolean
  /** Texts are UTF-8, and equal where all of their bytes are. */
  readonly isPlainText: boolean
  /** where it has one that is not its type's */
  readonly collation?: readonly [schema: string, name: string]
}

/** Whether all of it can be compiled. */
export function isPlain(condition: Condition, columnOf: (name: string) => Column): boolean {
  if ('of' in condition) return condition.of.every((part) => isPlain(part, columnOf))
  const column = columnOf(condition.column)
  const {type, isCanonical, isPlainText} = column
  if (condition.kind === 'is') return condition.value === 'null' || condition.value === 'not_null' || type === BOOL
  if (condition.kind === 'in' || SAME.has(condition.operator)) return isCanonical || ordered(column) !== undefined
  if (condition.operator === 'like') return isPlainText && condition.values.every((value) => likeOf(value))
  return ORDERED[condition.operator] !== undefined && ordered(column) !== undefined
}

const SAME: ReadonlySet<string> = new Set(['eq', 'neq', 'isdistinct'])
const ORDERED: Readonly<Record<string, (found: number) => boolean>> = {
  gt: (found) => found > 0,
  gte: (found) => found >= 0,
  lt: (found) => found < 0,
  lte: (found) => found <= 0,
}

const ordered = ({type, isByPoints}: Column): Order | undefined => orderOf(type, isByPoints)

const BOOL = 16

/** All constants that it compares with, each with its column: to be written as PostgreSQL writes values of that type. */
export function constantsOf(condition: Condition): {readonly column: string; readonly value: string}[] {
  if ('of' in condition) return condition.of.flatMap(constantsOf)
  if (condition.kind === 'is') return []
  if (condition.kind === 'compare' && condition.operator === 'like') return []
  return condition.values.map((value) => ({column: condition.column, value}))
}

export interface Given {
  readonly shape: Shape
  readonly columnOf: (name: string) => Column
  /** a constant as PostgreSQL writes it */
  readonly written: (column: string, value: string) => string
}

/** null is SQL's, undefined: a value that it asks for was not sent. */
export function compile(condition: Condition, given: Given): Predicate {
  const made = plain(condition, given)
  if (!condition.not) return made
  return (row) => {
    const found = made(row)
    return typeof found === 'boolean' ? !found : found
  }
}

function plain(condition: Condition, given: Given): Predicate {
  if ('of' in condition)
    return group(
      condition.kind === 'and',
      condition.of.map((part) => compile(part, given)),
    )
  const at = given.shape.columns.findIndex(({name}) => name === condition.column)
  if (at < 0) return () => undefined
  if (condition.kind === 'is') return is(condition.value, at)
  const column = given.columnOf(condition.column)
  const isSame = condition.kind === 'in' || SAME.has(condition.operator)
  if (!isSame || !column.isCanonical) return compared(condition, at, column, given)
  const values = new Set(condition.values.map((value) => given.written(condition.column, value)))
  const isDistinct = condition.kind === 'compare' && condition.operator === 'isdistinct'
  const isContrary = isDistinct || (condition.kind === 'compare' && condition.operator === 'neq')
  // each of several values: the same as one where there is one
  const isEach = condition.kind === 'compare' && condition.quantifier === 'all'
  return (row) => {
    const value = row[at]
    if (value === undefined) return undefined
    if (values.size === 0) return isEach
    if (value === null) return isDistinct ? true : null
    const isMet = values.has(value) && !(isEach && values.size > 1)
    return isMet !== isContrary
  }
}

/** By an order, or a pattern: of each constant by itself. */
function compared(
  condition: Exclude<Condition, {of: unknown} | {kind: 'is'}>,
  at: number,
  column: Column,
  given: Given,
): Predicate {
  const operator = condition.kind === 'in' ? 'eq' : condition.operator
  const tests = condition.values.map((value) => testOf(operator, value, column, given))
  const isEach = condition.kind === 'compare' && condition.quantifier === 'all'
  const [only] = tests
  return (row) => {
    const value = row[at]
    if (value === undefined) return undefined
    if (!only) return isEach
    if (value === null) return operator === 'isdistinct' ? true : null
    if (tests.length === 1) return only(value)
    return isEach ? tests.every((test) => test(value)) : tests.some((test) => test(value))
  }
}

function testOf(operator: string, value: string, column: Column, {written}: Given): (text: string) => boolean {
  if (operator === 'like') return likeOf(value)!
  const compare = ordered(column)!(written(column.name, value))
  if (operator === 'eq') return (text) => compare(text) === 0
  const isMet = ORDERED[operator]
  return isMet ? (text) => isMet(compare(text)) : (text) => compare(text) !== 0
}

function is(value: string, at: number): Predicate {
  return (row) => {
    const found = row[at]
    if (found === undefined) return undefined
    if (value === 'null' || value === 'unknown') return found === null
    if (value === 'not_null') return found !== null
    return found === (value === 'true' ? 't' : 'f')
  }
}

/** Three-valued, and what was not sent may be any of the three. */
function group(isAnd: boolean, parts: readonly Predicate[]): Predicate {
  return (row) => {
    let found: Tri | null = isAnd
    for (const part of parts) {
      const one = part(row)
      if (one === !isAnd) return one
      if (one === undefined || found === undefined) found = undefined
      else if (one === null) found = null
    }
    return found
  }
}
