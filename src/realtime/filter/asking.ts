// Filters that only PostgreSQL can decide, and changes, in; what it says of all of them, asked at once, kept by each of them; those that failed out.
import {PgextError} from '../../errors.ts'
import {judgeAll} from '../../events/filter.ts'
import type {Asking} from '../../events/link.ts'
import type {Change, Row} from '../../events/model.ts'
import type {Types} from '../../events/types.ts'
import type {Filter} from './filter.ts'

/** How PostgreSQL says so. */
const TOO_LONG = '57014'
/** Filters in one statement, and what they are to answer in all. */
const [MOST_FILTERS, MOST_ANSWERS] = [1000, 100_000]

/** @returns those that raised an error, or took too long */
export async function prepareAll(
  filters: Iterable<Filter>,
  db: Asking,
  types: Types,
  changes: readonly Change[],
): Promise<Map<Filter, PgextError>> {
  const alike = new Map<string, Filter[]>()
  for (const filter of filters) {
    if (filter.isCompiled) continue
    const key = JSON.stringify([...filter.columns].sort())
    const own = alike.get(key)
    if (own) own.push(filter)
    else alike.set(key, [filter])
  }
  const most = Math.max(1, Math.min(MOST_FILTERS, Math.floor(MOST_ANSWERS / Math.max(1, 2 * changes.length))))
  const asking = new Round(db, types, changes)
  for (const own of alike.values())
    for (let from = 0; from < own.length; from += most) await asking.ask(own.slice(from, from + most))
  return asking.failed
}

class Round {
  readonly failed = new Map<Filter, PgextError>()
  readonly #db: Asking
  readonly #types: Types
  readonly #changes: readonly Change[]

  constructor(db: Asking, types: Types, changes: readonly Change[]) {
    this.#db = db
    this.#types = types
    this.#changes = changes
  }

  /** Halves of those of which one raises, until it is found; where it takes too long each by itself. */
  async ask(filters: readonly Filter[]): Promise<void> {
    if (filters.length === 1) {
      await this.#alone(filters[0]!)
      return
    }
    try {
      if (await this.#together(filters)) return
    } catch (error) {
      if ((error as PgextError).sqlstate !== TOO_LONG) throw error
      for (const filter of filters) await this.#alone(filter)
      return
    }
    const middle = filters.length >> 1
    await this.ask(filters.slice(0, middle))
    await this.ask(filters.slice(middle))
  }

  async #alone(filter: Filter): Promise<void> {
    await filter.prepare(this.#db, this.#types, this.#changes).catch((error) => {
      if (!(error instanceof PgextError) || (error.code !== 'events-gone' && error.sqlstate !== TOO_LONG)) throw error
      this.failed.set(filter, error)
    })
  }

  /** Those that speak of the same columns. false: it can't be said of all of them at once. */
  async #together(filters: readonly Filter[]): Promise<boolean> {
    const [first] = filters as [Filter]
    for (const [shape, images] of first.unasked(this.#changes)) {
      const at = first.columns.map((name) => shape.columns.findIndex((column) => column.name === name))
      if (at.includes(-1)) return false
      // where what they ask for was not sent, nobody can tell
      const isWhole = (row: Row) => at.every((place) => row[place] !== undefined)
      const rows = images.filter(isWhole)
      const tables = filters.map(({declared}) => declared)
      const answers = rows.length > 0 ? await judgeAll(this.#db, this.#types, tables, shape, rows) : []
      if (!answers) return false
      for (const [n, filter] of filters.entries()) {
        for (const [m, row] of rows.entries()) filter.learn(row, answers[m]![n])
        for (const row of images) if (!isWhole(row)) filter.learn(row, undefined)
      }
    }
    return true
  }
}
