// Variables with choices and unique keys in, the picks that make rows out.

import type {Value, Variable} from './choices.ts'
import type {Unique} from './facts.ts'

/** For each variable the number of the choice taken. */
export type Picks = readonly number[]

const FEWEST = 5
const MOST = 12

/** One row without a NULL, one with as many as may be, then bounds and labels; as many as the unique keys leave room for. */
export function pickRows(variables: readonly Variable[], uniques: readonly Unique[]): Picks[] {
  const count = Math.min(MOST, Math.max(FEWEST, ...variables.map((v) => v.spread)))
  const rows: Picks[] = []
  for (let n = 0; n < count; n++) {
    const wish = variables.map((v) => (n === 1 ? v.sparse : n % Math.max(1, v.choices.length)))
    const picks = settle(wish, variables, uniques, rows)
    if (picks) rows.push(picks)
  }
  return rows
}

/** The wish, moved on where another row holds the same key already. */
export function settle(
  wish: Picks,
  variables: readonly Variable[],
  uniques: readonly Unique[],
  others: readonly Picks[],
): Picks | undefined {
  let picks = wish
  const tries = Math.max(20, ...variables.map((v) => v.choices.length))
  for (let n = 0; n < tries; n++) {
    const taken = uniques.find((unique) => others.some((other) => clash(unique, picks, other, variables)))
    if (!taken) return picks
    picks = moved(picks, variables, taken.columns, n)
  }
  return undefined
}

/** Another choice for the variables of those columns: the one with most choices, now and then all of them. */
export function moved(picks: Picks, variables: readonly Variable[], columns: readonly number[], n: number): Picks {
  const among = variables.flatMap((v, at) =>
    v.choices.length > 1 && v.columns.some((column) => columns.includes(column)) ? [at] : [],
  )
  if (among.length === 0) return picks
  among.sort((a, b) => variables[b]!.choices.length - variables[a]!.choices.length)
  const now = n % 4 === 3 ? among : [among[n % among.length < 1 ? 0 : n % among.length]!]
  return picks.map((pick, at) => (now.includes(at) ? (pick + 1) % variables[at]!.choices.length : pick))
}

function clash(unique: Unique, a: Picks, b: Picks, variables: readonly Variable[]): boolean {
  for (const column of unique.columns) {
    const mine = held(column, a, variables)
    const its = held(column, b, variables)
    if (mine === undefined || mine !== its || (mine === null && !unique.nullsEqual)) return false
  }
  return unique.columns.length > 0
}

function held(column: number, picks: Picks, variables: readonly Variable[]): Value | undefined {
  for (let at = 0; at < variables.length; at++) {
    const n = variables[at]!.columns.indexOf(column)
    if (n >= 0) return variables[at]!.choices[picks[at]!]?.[n]
  }
  return undefined
}

export function rowOf(picks: Picks, variables: readonly Variable[]): Map<number, Value> {
  const row = new Map<number, Value>()
  variables.forEach((v, at) => {
    const choice = v.choices[picks[at]!]
    if (choice) for (const [n, column] of v.columns.entries()) row.set(column, choice[n]!)
  })
  return row
}
