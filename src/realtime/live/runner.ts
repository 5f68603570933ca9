// Standing queries that are to be run in, each with its rows or its own error out: many by one statement, where that gives the same.
import {PgextError} from '../../errors.ts'
import type {Writers} from '../../events/json.ts'
import type {Types} from '../../events/types.ts'
import type {Texts} from '../../postgres/db.ts'
import {arraysOf} from './input.ts'
import type {Limits} from './model.ts'
import {isLate, isPassing, isTooLarge, type Pool} from './pool.ts'
import type {Prepared} from './prepared.ts'
import {Format, Result} from './result.ts'
import type {Standing} from './standing.ts'
import {askAs} from './transaction.ts'
import type {Unseen} from './unseen.ts'

type Rows = Texts['rows']

/** Standing queries by their parameters. */
type Sets = readonly (readonly Standing[])[]

/** Milliseconds until it is tried again, doubled each time, and at most: for a transaction that is not seen yet, and for a lost session. */
const FIRST = 5
const LONGEST = 1000
/** Milliseconds until a statement is prepared once more. */
const AGAIN = 500
/** Tries after which subscribers are told that it can't be run now. */
const TRIES = 10
/** Milliseconds between two tries after that. */
const SELDOM = 5000

export class Runner {
  readonly #pool: Pool
  readonly #types: Types
  readonly #unseen: Unseen
  readonly #limits: Limits
  /** by what may be run together */
  readonly #ready = new Map<string, Set<Standing>>()
  readonly #formats = new WeakMap<Prepared, Format>()
  /** they can't stand in a statement for many, whatever the reason */
  readonly #unbatched = new WeakSet<Prepared>()
  /** how many of them take no longer than a run may */
  readonly #fewer = new WeakMap<Prepared, number>()
  readonly #writers: Writers
  #running = 0
  #isClosed = false
  /** its columns are not what they were when it was prepared */
  readonly #changed: (standing: Standing) => void

  constructor(around: {
    pool: Pool
    types: Types
    writers: Writers
    unseen: Unseen
    limits: Limits
    changed: (standing: Standing) => void
  }) {
    this.#pool = around.pool
    this.#types = around.types
    this.#writers = around.writers
    this.#unseen = around.unseen
    this.#limits = around.limits
    this.#changed = around.changed
  }

  add(standing: Standing): void {
    const {prepared, share, isAlone} = standing
    const key =
      prepared.batched && !isAlone && !this.#unbatched.has(prepared)
        ? `${prepared.number} ${share}`
        : `${prepared.number} ${share} ${JSON.stringify(standing.parameters)}`
    const group = this.#ready.get(key) ?? new Set()
    this.#ready.set(key, group.add(standing))
    // others of this turn come along
    queueMicrotask(() => this.#go())
  }

  close(): void {
    this.#isClosed = true
    this.#ready.clear()
  }

  #go(): void {
    while (!this.#isClosed && this.#running < this.#pool.size && this.#ready.size > 0) {
      const [key, group] = this.#ready.entries().next().value!
      const batch: Standing[] = []
      for (const standing of group) {
        group.delete(standing)
        if (standing.members.size > 0) batch.push(standing)
        if (batch.length === this.#most(batch[0]?.prepared)) break
      }
      this.#ready.delete(key)
      // behind those of others
      if (group.size > 0) this.#ready.set(key, group)
      if (batch.length > 0) void this.#run(batch)
    }
  }

  #most(prepared: Prepared | undefined): number {
    return (prepared && this.#fewer.get(prepared)) ?? this.#limits.batch
  }

  async #run(batch: readonly Standing[]): Promise<void> {
    this.#running++
    for (const standing of batch) standing.begin()
    try {
      await this.#answer(batch)
    } catch (error) {
      const isMany = setsOf(batch).length > 1
      if (isMany && isTooMuch(error)) this.#fewer.set(batch[0]!.prepared, Math.ceil(batch.length / 4))
      for (const standing of batch) this.#fail(standing, error, isMany)
    } finally {
      this.#running--
      this.#go()
    }
  }

  async #answer(batch: readonly Standing[]): Promise<void> {
    const {prepared, viewer} = batch[0]!
    let asked: readonly Standing[] = []
    let sets: Sets = []
    const texts = await this.#pool.use((db) =>
      askAs(db, viewer, this.#limits, (snapshot) => {
        const first = this.#unseen.first(snapshot)
        asked = batch.filter(({wanted}) => wanted < first)
        sets = setsOf(asked)
        return asked.length > 0 ? questionOf(prepared, sets) : undefined
      }),
    )
    for (const standing of batch) if (!asked.includes(standing)) standing.later(delay(standing))
    if (!texts) return
    const isMany = sets.length > 1
    const columns = texts.columns.slice(isMany ? 1 : 0)
    if (
      columns.some(({name, type}, at) => prepared.columns[at]?.name !== name || prepared.columns[at].type !== type) ||
      columns.length !== prepared.columns.length
    ) {
      // what was prepared only now, and is another already, waits for whoever is at work there
      for (const standing of asked) setTimeout(() => this.#changed(standing), standing.result ? 0 : AGAIN)
      return
    }
    await this.#types.know(
      this.#pool,
      columns.map(({type}) => type),
    )
    const bySet = isMany ? rowsBySet(texts.rows, sets.length) : [texts.rows]
    for (const [at, standings] of sets.entries()) for (const standing of standings) this.#tell(standing, bySet[at]!)
  }

  #tell(standing: Standing, rows: Rows): void {
    const {rows: most} = this.#limits
    if (rows.length > most) {
      standing.failed(new PgextError('too-large', `the query has more than ${most} rows`, {hint: 'add a LIMIT, or a condition'}))
      return
    }
    const {prepared, rule} = standing
    const format = this.#formats.get(prepared) ?? new Format(prepared.columns, this.#writers)
    this.#formats.set(prepared, format)
    const result = Result.of(rows, format, standing.keys)
    const conditions = [...rule.conditions.values()].flat().filter(({from}) => from !== undefined)
    const texts = new Map(conditions.map(({from, plain}) => [from!, new Set(rows.map((row) => plainOf(row[from!]!, plain)))]))
    standing.answered(result, texts)
  }

  #fail(standing: Standing, error: unknown, isMany: boolean): void {
    if (this.#isClosed) return
    if (isPassing(error)) {
      // said once, when it is more than a moment; it goes on to be tried
      if (standing.tries === TRIES) standing.say(asError(error))
      standing.later(delay(standing))
      return
    }
    if (isMany) {
      if (error instanceof PgextError && /^(42|0A)/.test(error.sqlstate ?? '')) this.#unbatched.add(standing.prepared)
      // each by itself: only those who are to blame are told
      standing.isAlone = !isTooMuch(error)
      standing.start()
      return
    }
    standing.failed(asError(error))
  }
}

/** Of many together, of whom each may be fast and small enough. */
const isTooMuch = (error: unknown): boolean => isLate(error) || isTooLarge(error)

const asError = (error: unknown): PgextError =>
  error instanceof PgextError ? error : new PgextError('sql', String(error), {cause: error})

const delay = ({tries}: Standing): number => (tries > TRIES ? SELDOM : Math.min(LONGEST, FIRST * 2 ** tries))

const plainOf = (text: string | null, plain: (text: string) => string): string | null => (text === null ? null : plain(text))

/** Those of the same parameters are one: they differ in who is told, and when. */
function setsOf(standings: readonly Standing[]): Sets {
  const sets = new Map<string, Standing[]>()
  for (const standing of standings) {
    const key = JSON.stringify(standing.parameters)
    sets.set(key, [...(sets.get(key) ?? []), standing])
  }
  return [...sets.values()]
}

function questionOf(prepared: Prepared, sets: Sets): {sql: string; parameters: readonly unknown[]} {
  const values = sets.map(([first]) => first!.parameters)
  const [first] = values
  if (values.length === 1) return {sql: prepared.single, parameters: first!}
  return {sql: prepared.batched!, parameters: arraysOf(prepared.inputs, values)}
}

/** The rows of each set, whose number stands first in each. */
function rowsBySet(rows: Rows, sets: number): Rows[] {
  const bySet = Array.from({length: sets}, (): (readonly (string | null)[])[] => [])
  for (const row of rows) bySet[Number(row[0]) - 1]!.push(row.slice(1))
  return bySet
}
