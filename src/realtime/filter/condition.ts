// A filter as clients write it, as in PostgREST, in; what it says of which columns out. What columns there are is not asked here.
import {PgextError} from '../../errors.ts'

/** `is true` decides: what is NULL is not met, and neither is its contrary. */
export type Condition =
  | {readonly kind: 'and' | 'or'; readonly not: boolean; readonly of: readonly Condition[]}
  | {readonly kind: 'is'; readonly not: boolean; readonly column: string; readonly value: IsValue}
  | {readonly kind: 'in'; readonly not: boolean; readonly column: string; readonly values: readonly string[]}
  | {
      readonly kind: 'compare'
      readonly not: boolean
      readonly column: string
      readonly operator: Operator
      /** of several values: whether one, or each of them, has to be met */
      readonly quantifier?: 'any' | 'all'
      readonly values: readonly string[]
    }

export type IsValue = 'null' | 'not_null' | 'true' | 'false' | 'unknown'
export type Operator = keyof typeof OPERATORS

/** As PostgREST calls them, and as PostgreSQL does. */
export const OPERATORS = {
  eq: '=',
  neq: '<>',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  like: '~~',
  ilike: '~~*',
  match: '~',
  imatch: '~*',
  isdistinct: '<>',
  cs: '@>',
  cd: '<@',
  ov: '&&',
  sl: '<<',
  sr: '>>',
  nxr: '&<',
  nxl: '&>',
  adj: '-|-',
} as const

const QUANTIFIED: ReadonlySet<string> = new Set(['eq', 'gt', 'gte', 'lt', 'lte', 'like', 'ilike', 'match', 'imatch'])
const IS: ReadonlySet<string> = new Set(['null', 'not_null', 'true', 'false', 'unknown'])

/** Brackets in brackets, and all in all: what nobody writes by hand. */
const DEEPEST = 8
const MOST = 100

/**
 * `room=eq.42&body=like.*x*&or=(done.is.true,owner.in.(1,2))`
 * @throws PgextError `usage`
 */
export function readCondition(text: string): Condition {
  if (text.includes('\0')) throw refused(text, 'it holds a NUL')
  const of = [...new URLSearchParams(text)].map(([name, value]) => {
    const [not, kind] = name.startsWith('not.') ? [true, name.slice(4)] : [false, name]
    if (kind === 'and' || kind === 'or') return readGroup(kind, not, value, 1)
    return readComparison(name, value)
  })
  if (of.length === 0) throw refused(text, 'it says nothing')
  const condition: Condition = of.length === 1 ? of[0]! : {kind: 'and', not: false, of}
  if (columnsOf(condition).length > MOST) throw refused(text, `it has more than ${MOST} conditions`)
  return condition
}

/** With each place where they are named. */
export function columnsOf(condition: Condition): string[] {
  return 'of' in condition ? condition.of.flatMap(columnsOf) : [condition.column]
}

/** `(a.eq.1,not.or(b.is.null,c.gt.2))` */
function readGroup(kind: 'and' | 'or', not: boolean, text: string, depth: number): Condition {
  if (depth > DEEPEST) throw refused(text, 'its brackets stand too deep in each other')
  if (!text.startsWith('(') || !text.endsWith(')'))
    throw refused(text, `${kind} takes a list in brackets: ${kind}=(a.eq.1,b.gt.2)`)
  const parts = split(text.slice(1, -1))
  if (parts.length === 1 && parts[0] === '') throw refused(text, 'its brackets are empty')
  return {kind, not, of: parts.map((part) => readPart(part, depth))}
}

function readPart(text: string, depth: number): Condition {
  const group = /^(not\.)?(and|or)(?=\()/.exec(text)
  if (group) return readGroup(group[2] as 'and' | 'or', group[1] !== undefined, text.slice(group[0].length), depth + 1)
  const dot = endOfName(text)
  if (dot < 1) throw refused(text, 'it is no column, operator and value: status.eq.open')
  return readComparison(unquoted(text.slice(0, dot)), text.slice(dot + 1), true)
}

function readComparison(column: string, text: string, isPart = false): Condition {
  const not = text.startsWith('not.')
  const rest = not ? text.slice(4) : text
  const [, name = '', quantifier, value = ''] = /^([a-z]+)(?:\((any|all)\))?\.(.*)$/s.exec(rest) ?? []
  if (name === 'is') {
    if (!IS.has(value)) throw refused(text, 'is takes null, not_null, true, false or unknown')
    return {kind: 'is', not, column, value: value as IsValue}
  }
  if (name === 'in') {
    if (!value.startsWith('(') || !value.endsWith(')')) throw refused(text, 'in takes a list in brackets: status=in.(open,done)')
    const values = value === '()' ? [] : split(value.slice(1, -1)).map(unquoted)
    return {kind: 'in', not, column, values}
  }
  if (!Object.hasOwn(OPERATORS, name)) {
    throw refused(text, `it begins with no operator that is known (${[...Object.keys(OPERATORS), 'in', 'is'].join(', ')})`)
  }
  const operator = name as Operator
  if (!quantifier) return {kind: 'compare', not, column, operator, values: [pattern(operator, isPart ? unquoted(value) : value)]}
  if (!QUANTIFIED.has(name)) throw refused(text, `${name} takes neither any nor all`)
  if (!value.startsWith('{') || !value.endsWith('}'))
    throw refused(text, `${quantifier} takes a list in braces: like(any).{a*,b*}`)
  const values = split(value.slice(1, -1)).map((one) => pattern(operator, unquoted(one)))
  return {kind: 'compare', not, column, operator, quantifier: quantifier as 'any' | 'all', values}
}

/** `*` stands for `%`, which URLs have other uses for. */
const pattern = (operator: Operator, value: string): string =>
  operator === 'like' || operator === 'ilike' ? value.replaceAll('*', '%') : value

/** By commas that stand in no quotes and no brackets. */
function split(text: string): string[] {
  const parts: string[] = []
  let [part, depth, isQuoted] = ['', 0, false]
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (isQuoted && character === '\\') {
      part += character + (text[++at] ?? '')
      continue
    }
    if (character === '"') isQuoted = !isQuoted
    else if (!isQuoted && (character === '(' || character === '{')) depth++
    else if (!isQuoted && (character === ')' || character === '}')) depth--
    if (character === ',' && depth === 0 && !isQuoted) {
      parts.push(part)
      part = ''
    } else part += character
  }
  if (isQuoted) throw refused(text, 'a quote is not closed')
  return [...parts, part]
}

/** Where a name, perhaps in quotes, ends before a dot. */
function endOfName(text: string): number {
  const quoted = /^"(?:[^"\\]|\\.)*"(?=\.)/s.exec(text)
  return quoted ? quoted[0].length : text.indexOf('.')
}

const unquoted = (text: string): string =>
  text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).replace(/\\(.)/gs, '$1') : text

function refused(text: string, why: string): PgextError {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return new PgextError('usage', `the filter can't be read at ${JSON.stringify(shown)}: ${why}`, {
    hint: 'as in PostgREST: room=eq.42&body=like.*x*&or=(done.is.true,owner.in.(1,2))',
  })
}
