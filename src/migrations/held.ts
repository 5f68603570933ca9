// Domains and composite types that a migration makes in; the condition on a value of theirs, however deep inside, that breaks their rules, out.
import {callsIn, rangeName, strings, type Tree, typeText} from '../postgres/parse.ts'
import {quoteName, quoteNames} from '../postgres/quote.ts'
import type {Statement} from '../postgres/statements.ts'
import {piece} from './clause.ts'
import {lengthOf, tooLong} from './length.ts'

/** What one statement makes. */
export type Held =
  | {
      readonly is: 'domain'
      readonly base: Tree
      readonly checks: readonly string[]
      readonly filled: boolean
      readonly asks: boolean
    }
  | {readonly is: 'composite'; readonly attributes: readonly {readonly name: string; readonly type: Tree}[]}

export interface Breaks {
  readonly where: string
  /** it calls functions */
  readonly asks: boolean
}

export async function heldBy(statement: Statement): Promise<{name: readonly string[]; held: Held} | undefined> {
  const {kind, node} = statement
  if (kind === 'CompositeTypeStmt') {
    const columns = (node.coldeflist ?? []) as {ColumnDef: Tree}[]
    const attributes = columns.map(({ColumnDef: {colname, typeName}}) => ({name: colname as string, type: typeName as Tree}))
    return {name: rangeName(node.typevar), held: {is: 'composite', attributes}}
  }
  if (kind !== 'CreateDomainStmt') return undefined
  const rules = ((node.constraints ?? []) as Tree[]).map(({Constraint}) => Constraint as Tree)
  const checks = rules.filter(({contype}) => contype === 'CONSTR_CHECK')
  const texts = await Promise.all(checks.map((rule) => checkIn(rule, statement)))
  const held: Held = {
    is: 'domain',
    base: node.typeName,
    checks: texts.filter((text) => text !== undefined),
    filled: rules.some(({contype}) => contype === 'CONSTR_NOTNULL'),
    asks: checks.some((rule) => callsIn(rule).length > 0),
  }
  return {name: strings(node.domainname), held}
}

/** What stands in a domain's CHECK (…). */
export function checkIn({location}: Tree, {sql, offset}: Statement): Promise<string | undefined> {
  return piece(sql.slice(offset(location)), {after: 'CHECK', inside: true})
}

/** As a domain has it: in its rules the value is called VALUE. */
export const valueBreaks = (value: string, base: string, check: string): string =>
  `EXISTS (SELECT FROM (SELECT (${value})::${base} AS value) d WHERE NOT (${check}))`

/** What a name means by now, where a migration has made it. */
export type Made = (name: readonly string[]) => Held | undefined

/** undefined: it holds nothing that was made. */
export function breaking(value: string, type: Tree, made: Made, depth = 0, isInside = false): Breaks | undefined {
  if (type.arrayBounds) {
    // of a type that is no row, the name of the list is that of its value
    const one = `v${depth}`
    const inner = breaking(one, {...type, arrayBounds: undefined}, made, depth + 1, isInside)
    return inner && {...inner, where: `EXISTS (SELECT FROM pg_catalog.unnest(${value}) ${one} WHERE ${inner.where})`}
  }
  const held = made(strings(type.names))
  if (!held) {
    const length = isInside ? lengthOf(type) : undefined
    return length && {where: tooLong(value, length), asks: false}
  }
  if (held.is === 'composite') {
    const parts = held.attributes.flatMap((one) => {
      const inner = breaking(`(${value}).${quoteName(one.name)}`, one.type, made, depth, true)
      return inner ? [inner] : []
    })
    // a row that is NULL has no attributes
    return either(parts, (where) => `(${value} IS DISTINCT FROM NULL AND (${where}))`)
  }
  const base = typeText(held.base, quoteNames)
  if (base === undefined) return undefined
  const own = held.checks.map((check) => ({where: valueBreaks(value, base, check), asks: held.asks}))
  const inner = breaking(value, held.base, made, depth, true)
  return either([
    ...own,
    ...(held.filled ? [{where: `${value} IS NOT DISTINCT FROM NULL`, asks: false}] : []),
    ...(inner ? [inner] : []),
  ])
}

function either(all: readonly Breaks[], around = (where: string) => where): Breaks | undefined {
  if (all.length === 0) return undefined
  return {where: around(all.map(({where}) => where).join(' OR ')), asks: all.some(({asks}) => asks)}
}

/** The column that an expression merely casts, collated or not. */
export function castIn(tree: Tree): string | undefined {
  if (tree.ColumnRef) return strings(tree.ColumnRef.fields).at(-1)
  const inner: Tree | undefined = tree.TypeCast?.arg ?? tree.CollateClause?.arg
  return inner && castIn(inner)
}
