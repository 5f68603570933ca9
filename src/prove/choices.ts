// A table's facts, values of its columns and the rows it may reference in; variables with their choices out.
import {quoteName, quoteText} from '../postgres/quote.ts'
import type {Check, Column, Table} from './facts.ts'

export type Value = string | null

/** Columns whose values are chosen together: one free column, the columns of a foreign key, columns that a check ties together. */
export interface Variable {
  readonly columns: readonly number[]
  /** fullest first */
  readonly choices: readonly (readonly Value[])[]
  /** the choice with the most NULLs */
  readonly sparse: number
  /** how many choices deserve a row of their own */
  readonly spread: number
}

const SPREAD = 5
const MOST = 4096
const KEPT = 60

export function variable(columns: readonly number[], choices: readonly (readonly Value[])[], spread = SPREAD): Variable {
  const nulls = choices.map((choice) => choice.filter((value) => value === null).length)
  const most = Math.max(0, ...nulls)
  return {
    columns,
    choices,
    sparse: most > 0 ? nulls.indexOf(most) : Math.min(1, choices.length - 1),
    spread: Math.min(spread, choices.length),
  }
}

export interface Cluster {
  readonly members: readonly Variable[]
  readonly checks: readonly Check[]
  /** gives the choices' numbers of each combination that obeys */
  readonly sql: string
  /** the same for single combinations, as an expression may fail on some */
  readonly each: () => string[]
}

/** Variables that checks tie together, and those that none does. */
export function clustersOf(table: Table, variables: readonly Variable[]): {free: Variable[]; clusters: Cluster[]} {
  const of = new Map<number, Variable>()
  for (const v of variables) for (const column of v.columns) of.set(column, v)
  const columns = new Map(table.columns.map((column) => [column.number, column]))
  const group = new Map<Variable, {members: Set<Variable>; checks: Check[]; generated: Set<Column>}>()
  for (const check of rulesOf(table)) {
    const generated = check.columns.flatMap((n) => (columns.get(n)?.generated ? [columns.get(n)!] : []))
    const read = new Set([...check.columns, ...generated.flatMap((column) => column.from ?? [])])
    const members = new Set([...read].flatMap((n) => of.get(n) ?? []))
    if (members.size === 0) continue
    const joined = {members, checks: [check], generated: new Set(generated)}
    for (const other of new Set([...members].flatMap((v) => group.get(v) ?? []))) {
      for (const v of other.members) joined.members.add(v)
      for (const column of other.generated) joined.generated.add(column)
      joined.checks.push(...other.checks)
    }
    for (const v of joined.members) group.set(v, joined)
  }
  const clusters = [...new Set(group.values())].map(({members, checks, generated}) => {
    const list = capped([...members])
    const search = (picks?: readonly (readonly number[])[]) => searchOf(table, list, checks, [...generated], picks)
    const few = list.reduce((product, v) => product * v.choices.length, 1) <= MOST
    return {
      members: list,
      checks,
      sql: search(few ? undefined : sampled(list)),
      each: () => sampled(list).map((picks) => search([picks])),
    }
  })
  return {free: variables.filter((v) => !group.has(v)), clusters}
}

/** What a row must obey: the checks, and expressions of generated columns, which may fail on a value or give a NULL that is not allowed. */
export function rulesOf(table: Table): Check[] {
  const made = table.columns.flatMap((column) => {
    if (!column.generated) return []
    const name = quoteName(column.name)
    const expression = column.notNull ? `${name} is not null` : `${name} is not distinct from ${name}`
    return [{name: `the expression of ${column.name}`, expression, columns: [column.number, ...(column.from ?? [])]}]
  })
  return [...table.checks, ...made]
}

/** Fewer choices each, until all combinations are few enough to look at. */
function capped(members: readonly Variable[]): Variable[] {
  const counts = members.map((v) => v.choices.length)
  while (counts.reduce((product, n) => product * n, 1) > MOST) {
    const most = Math.max(...counts)
    if (most <= 2) break
    counts[counts.indexOf(most)] = most - 1
  }
  return members.map((v, n) => {
    const {choices, sparse} = v
    if (choices.length <= counts[n]!) return v
    const kept = choices.slice(0, counts[n])
    if (sparse >= kept.length) kept[kept.length - 1] = choices[sparse]!
    return variable(v.columns, kept, v.spread)
  })
}

function searchOf(
  table: Table,
  members: readonly Variable[],
  checks: readonly Check[],
  generated: readonly Column[],
  picks?: readonly (readonly number[])[],
): string {
  const columns = new Map(table.columns.map((column) => [column.number, column]))
  const from = members.map((v, m) => {
    const names = v.columns.map((n) => quoteName(columns.get(n)!.name))
    const shown = v.choices.map((choice, i) => ({choice, i})).filter(({i}) => picks?.length !== 1 || picks[0]![m] === i)
    const rows = shown.map(
      ({choice, i}) => `(${[i, ...choice.map((value, n) => literal(value, columns.get(v.columns[n]!)!.type))].join(', ')})`,
    )
    return `(values ${rows.join(', ')}) v${m} (${[`i${m}`, ...names].join(', ')})`
  })
  const made = generated.map(
    (column, g) => `cross join lateral (select (${column.generated})::${column.type}) g${g} (${quoteName(column.name)})`,
  )
  const numbers = members.map((_, m) => `i${m}`)
  const chosen = picks
    ? `(values ${picks.map((row) => `(${row.join(', ')})`).join(', ')}) k (${numbers.map((i) => `k${i}`).join(', ')}) ${from.map((f, m) => `join ${f} on i${m} = ki${m}`).join(' ')}`
    : from.join(' cross join ')
  const where = checks.map((check) => `((${check.expression}) is not false)`).join(' and ')
  return `select json_agg(json_build_array(${numbers.join(', ')})) from ${chosen} ${made.join(' ')} where ${where}`
}

/** Some of the combinations: all first, all sparse, each choice of one beside the others' first or sparse ones, and some by chance. */
function sampled(members: readonly Variable[]): number[][] {
  const first = members.map(() => 0)
  const sparse = members.map((v) => v.sparse)
  const singles = members.flatMap((v, m) => v.choices.flatMap((_, c) => [first.with(m, c), sparse.with(m, c)]))
  const rows = [first, sparse, ...singles.slice(0, 300)]
  for (let seed = 1; seed <= 150; seed++) {
    let chance = seed * 2654435761
    rows.push(
      members.map((v) => {
        chance = (chance * 1103515245 + 12345) % 2147483648
        return chance % v.choices.length
      }),
    )
  }
  return [...new Map(rows.map((row) => [row.join(), row])).values()]
}

export function literal(value: Value, type: string): string {
  return `${value === null ? 'null' : quoteText(value)}::${type}`
}

/** What the search of a cluster found, as one variable: the fullest and the sparsest first, then whatever shows a choice not yet seen. */
export function merged(cluster: Cluster, found: readonly (readonly number[])[]): Variable {
  const columns = cluster.members.flatMap((v) => v.columns)
  const tuples = found.map((picks) => ({picks, values: picks.flatMap((pick, m) => cluster.members[m]!.choices[pick]!)}))
  const scored = tuples.map((t) => ({
    ...t,
    nulls: t.values.filter((value) => value === null).length,
    sum: t.picks.reduce((a, b) => a + b, 0),
  }))
  scored.sort((a, b) => a.nulls - b.nulls || a.sum - b.sum)
  const sparsest = scored.reduceRight(
    (best, t) => (!best || t.nulls >= best.nulls ? t : best),
    undefined as (typeof scored)[number] | undefined,
  )
  const kept = [...new Set([scored[0]!, sparsest!])]
  const seen = new Set<string>()
  const fresh = (t: (typeof scored)[number]) => t.picks.filter((pick, m) => !seen.has(`${m} ${pick}`)).length
  const see = (t: (typeof scored)[number]) => t.picks.forEach((pick, m) => void seen.add(`${m} ${pick}`))
  kept.forEach(see)
  for (const wanted of [2, 1, 0]) {
    for (const t of scored) {
      if (kept.length >= KEPT) break
      if (kept.includes(t) || fresh(t) < wanted) continue
      see(t)
      kept.push(t)
    }
  }
  return variable(
    columns,
    kept.map((t) => t.values),
    Math.max(...cluster.members.map((v) => v.spread)),
  )
}
