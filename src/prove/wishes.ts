// The rules of tables in; for a column, constants of rules that lie elsewhere but reach it, out.
import {rulesOf} from './choices.ts'
import type {Column, Graph, Table} from './facts.ts'
import {type Literals, literalsIn} from './literals.ts'

export type Wishes = (table: Table, column: Column) => readonly Literals[]

/**
 * A check on a referencing column is a wish for the referenced one: without it no row could be referenced.
 * @param hints rules to come, by 'schema.table': rows that obey them too are welcome
 */
export function wishesOf(
  graph: Graph,
  tables: ReadonlyMap<number, Table>,
  hints: ReadonlyMap<string, readonly string[]> = new Map(),
): Wishes {
  const wishes = new Map<string, Literals[]>()
  const of = (table: number, column: string): Literals[] => {
    // what is wished of a partitioned table its partitions hold
    const parent = graph.nodes.get(table)?.parent
    return [...(wishes.get(`${table} ${column}`) ?? []), ...(parent ? of(parent, column) : [])]
  }
  // a wish travels on along a chain of references
  for (let pass = 0; pass < 3; pass++) {
    for (const table of tables.values()) {
      if (table.foreigns.length === 0) continue
      const rules = rulesOf(table)
      for (const {columns, to, toColumns} of table.foreigns) {
        for (const [n, column] of columns.entries()) {
          const name = table.columns.find((c) => c.number === column)?.name
          const toName = tables.get(to)?.columns.find((c) => c.number === toColumns[n])?.name
          if (name === undefined || toName === undefined) continue
          const own = rules.filter((rule) => rule.columns.includes(column)).map((rule) => literalsIn(rule.expression))
          const all = [...own, ...of(table.oid, name)].filter((l) => l.texts.length + l.numbers.length > 0)
          if (all.length > 0) wishes.set(`${to} ${toName}`, merge(wishes.get(`${to} ${toName}`) ?? [], all))
        }
      }
    }
  }
  const hinted = new Map([...hints].map(([table, rules]) => [table, rules.map((rule) => literalsIn(rule))]))
  return (table, column) => [...of(table.oid, column.name), ...(hinted.get(`${table.schema}.${table.name}`) ?? [])]
}

function merge(known: readonly Literals[], more: readonly Literals[]): Literals[] {
  return [...new Map([...known, ...more].map((one) => [JSON.stringify(one), one])).values()]
}
