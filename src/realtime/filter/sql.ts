// A condition and the types of its columns in, the same in SQL out: constants are read by PostgreSQL as each column's type,
// and operators are its own, whatever the search_path.
import {quoteName, quoteText} from '../../postgres/quote.ts'
import {type Condition, OPERATORS} from './condition.ts'

/** @param typeOf a column's type, as SQL names it */
export function conditionSql(condition: Condition, typeOf: (column: string) => string): string {
  const sql = plain(condition, typeOf)
  return condition.not ? `(NOT ${sql})` : sql
}

function plain(condition: Condition, typeOf: (column: string) => string): string {
  if ('of' in condition) {
    const parts = condition.of.map((part) => conditionSql(part, typeOf))
    return `(${parts.join(condition.kind === 'and' ? ' AND ' : ' OR ')})`
  }
  const name = quoteName(condition.column)
  if (condition.kind === 'is')
    return `(${name} IS ${condition.value === 'not_null' ? 'NOT NULL' : condition.value.toUpperCase()})`
  if (condition.kind === 'in') {
    if (condition.values.length === 0) return '(false)'
    const list = condition.values.map((value) => `${quoteText(value)}::${typeOf(condition.column)}`)
    return `(${name} OPERATOR(pg_catalog.=) ANY (ARRAY[${list.join(', ')}]))`
  }
  const {operator, quantifier, values} = condition
  // what patterns and arrays are compared with is for the operator to say
  const isOwnType = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'isdistinct'].includes(operator)
  const one = (value: string) =>
    operator === 'isdistinct'
      ? `(${name} IS DISTINCT FROM ${quoteText(value)}::${typeOf(condition.column)})`
      : `(${name} ${OPERATORS[operator]} ${quoteText(value)}${isOwnType ? `::${typeOf(condition.column)}` : ''})`
  if (!quantifier) return one(values[0]!)
  return values.length === 0 ? `(${quantifier === 'all'})` : `(${values.map(one).join(quantifier === 'any' ? ' OR ' : ' AND ')})`
}
