// A condition in, a function of rows out, where equality of values is equality of their texts; undefined where only PostgreSQL knows.
import type {Row, Shape} from '../../events/model.ts'
import type {Tri} from '../told.ts'
import type {Condition} from './condition.ts'

export type Predicate = (row: Row) => Tri | null

/** What of a column has to be known. */
export interface Column {
  readonly name: string
  readonly type: number
  /** as SQL names it */
  readonly typeName: string
  /** Equal values have equal texts, and others have others. */
  readonly isCanonical: boolean
}

/** Whether all of it can be compiled. */
export function isPlain(condition: Condition, columnOf: (name: string) => Column): boolean {
  if ('of' in condition) return condition.of.every((part) => isPlain(part, columnOf))
  const {type, isCanonical} = columnOf(condition.column)
  if (condition.kind === 'is') return condition.value === 'null' || condition.value === 'not_null' || type === BOOL
  if (condition.kind === 'in') return isCanonical
  return isCanonical && (condition.operator === 'eq' || condition.operator === 'neq' || condition.operator === 'isdistinct')
}

const BOOL = 16

/** All constants that it compares with, each with its column: to be written as PostgreSQL writes values of that type. */
export function constantsOf(condition: Condition): {readonly column: string; readonly value: string}[] {
  if ('of' in condition) return condition.of.flatMap(constantsOf)
  if (condition.kind === 'is') return []
  return condition.values.map((value) => ({column: condition.column, value}))
}

/**
 * null is SQL's, undefined: a value that it asks for was not sent.
 * @param written constants as PostgreSQL writes them
 */
export function compile(condition: Condition, shape: Shape, written: (column: string, value: string) => string): Predicate {
  const made = plain(condition, shape, written)
  if (!condition.not) return made
  return (row) => {
    const found = made(row)
    return typeof found === 'boolean' ? !found : found
  }
}

function plain(condition: Condition, shape: Shape, written: (column: string, value: string) => string): Predicate {
  if ('of' in condition)
    return group(
      condition.kind === 'and',
      condition.of.map((part) => compile(part, shape, written)),
    )
  const at = shape.columns.findIndex(({name}) => name === condition.column)
  if (at < 0) return () => undefined
  if (condition.kind === 'is') return is(condition.value, at)
  const values = new Set(condition.values.map((value) => written(condition.column, value)))
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
