// Tables with variables in, rows inserted and read back out. A row that PostgreSQL refuses is tried again with other values.
import {quoteName} from '../postgres/quote.ts'
import {literal, type Value, type Variable} from './choices.ts'
import type {Table} from './facts.ts'
import {closeOwn, type Row} from './keys.ts'
import {moved, type Picks, pickRows, rowOf, settle} from './rows.ts'
import type {Trial, Tried} from './trial.ts'

export interface Ready {
  readonly table: Table
  readonly variables: readonly Variable[]
  /** why there may be no rows */
  readonly problem?: string
}

export interface Grown {
  readonly table: Table
  readonly rows: Row[]
  readonly problem?: string
}

const ROUNDS = 8

interface Attempt extends Ready {
  readonly done: Row[]
  readonly stand: Picks[]
  waiting: Picks[]
  said?: string
}

export async function insertRows(ready: readonly Ready[], trial: Trial): Promise<Grown[]> {
  const attempts = ready.map((one): Attempt => ({...one, done: [], stand: [], ...begin(one)}))
  const whole = attempts.filter((a) => a.waiting.length > 0)
  const all = await trial.attempt<Value[][]>(whole.map((a) => insertOf(a, a.waiting)))
  for (const [n, tried] of all.entries()) {
    const a = whole[n]!
    a.said = said(tried)
    if (!tried.rows) continue
    a.done.push(...tried.rows.map((values) => toRow(a.table, values)))
    a.waiting = []
  }
  for (let round = 0; round < ROUNDS; round++) {
    const each = attempts.flatMap((a) => a.waiting.map((picks) => ({a, picks})))
    if (each.length === 0) break
    const tried = await trial.attempt<Value[][]>(each.map(({a, picks}) => insertOf(a, [...a.stand, picks], 1)))
    for (const a of attempts) a.waiting = []
    for (const [n, result] of tried.entries()) {
      const {a, picks} = each[n]!
      if (result.rows?.length) {
        a.done.push(...result.rows.map((values) => toRow(a.table, values)))
        a.stand.push(picks)
        continue
      }
      a.said = said(result)
      const next = settle(moved(picks, a.variables, concerned(a.table, result), round), a.variables, a.table.uniques, a.stand)
      if (next) a.waiting.push(next)
    }
  }
  return attempts.map(({table, done, said, problem}) => ({
    table,
    rows: done,
    problem: done.length > 0 ? undefined : (problem ?? said),
  }))
}

function begin({table, variables, problem}: Ready): {waiting: Picks[]; said?: string} {
  const without = variables.find((v) => v.choices.length === 0)
  if (!without) return {waiting: pickRows(variables, table.uniques), said: problem}
  const columns = table.columns.filter((column) => without.columns.includes(column.number))
  const names = columns.map((column) => column.name).join(', ')
  const references = table.foreigns.some((foreign) => foreign.columns.some((column) => without.columns.includes(column)))
  return {
    waiting: [],
    said: references
      ? `the table that ${names} references holds no row`
      : `no value of type ${columns[0]!.type} is known for ${names}`,
  }
}

function said({rows, message, rule}: Tried<unknown>): string {
  if (rows !== undefined || !message) return 'its inserts make no rows'
  return rule && !message.includes(rule) ? `${message} (${rule})` : message
}

/** The columns an error speaks of: of the rule it names, the column it names, or all. */
function concerned(table: Table, {rule, column}: Tried<unknown>): readonly number[] {
  const broken = [...table.uniques, ...table.checks, ...table.foreigns].find(({name}) => name === rule)
  const named = table.columns.filter(({name}) => name === column).map(({number}) => number)
  return broken?.columns.length ? broken.columns : named.length ? named : table.columns.map(({number}) => number)
}

/** `last`: only so many of the rows, from the end; the others stand and are needed for what they are referenced by. */
function insertOf({table, variables}: Ready, picks: readonly Picks[], last = picks.length): string {
  const rows = picks.map((pick) => rowOf(pick, variables))
  closeOwn(table, rows)
  const columns = table.columns.filter((column) => !column.generated)
  const values = rows.slice(rows.length - last).map((row) => {
    const list = columns.map(({number, type}) => (row.has(number) ? literal(row.get(number)!, type) : 'default'))
    return `(${list.join(', ')})`
  })
  const names = columns.map(({name}) => quoteName(name)).join(', ')
  const into = columns.length ? `(${names}) overriding system value values ${values.join(', ')}` : 'default values'
  const back = table.columns.map(({name}) => `${quoteName(name)}::text`).join(', ')
  return `with made as (insert into ${table.sql} ${into} returning array[${back}]::text[] as r) select json_agg(r) from made`
}

function toRow(table: Table, values: readonly Value[]): Row {
  return new Map(table.columns.map(({name}, n) => [name, values[n]!]))
}
