// Changes and queries with a function in; the function's word for each, one after the other, out: as a trigger, or as nothing.
import {PgextError} from '../../errors.ts'
import {rowJson, type Writers} from '../../events/json.ts'
import type {Change} from '../../events/model.ts'
import type {Types} from '../../events/types.ts'
import type {Db, Row} from '../../postgres/db.ts'
import {touches} from './image.ts'
import type {Asker, ChangeTold, Limits} from './model.ts'
import type {Pool} from './pool.ts'
import type {Standing} from './standing.ts'
import {readAs} from './transaction.ts'
import type {Unseen} from './unseen.ts'

interface Waiting {
  readonly change: Change
  readonly batch: number
}

/** Changes that wait for one function: when there are more, the query is run. */
const MOST = 1000

export class Consultation {
  readonly #waiting = new WeakMap<Standing, Waiting[]>()
  readonly #pool: Pool
  readonly #types: Types
  readonly #writers: Writers
  readonly #unseen: Unseen
  readonly #limits: Limits

  constructor(pool: Pool, types: Types, writers: Writers, unseen: Unseen, limits: Limits) {
    this.#pool = pool
    this.#types = types
    this.#writers = writers
    this.#unseen = unseen
    this.#limits = limits
  }

  ask(standing: Standing, change: Change, batch: number): void {
    const waiting = this.#waiting.get(standing)
    if (standing.isTriggered || !standing.result || (waiting && waiting.length >= MOST)) {
      standing.trigger(batch)
      return
    }
    if (waiting) {
      waiting.push({change, batch})
      return
    }
    const queue = [{change, batch}]
    this.#waiting.set(standing, queue)
    void this.#work(standing, queue)
  }

  async #work(standing: Standing, queue: Waiting[]): Promise<void> {
    for (let next = queue[0]; next; queue.shift(), next = queue[0]) {
      const {change, batch} = next
      await standing.settled()
      if (standing.members.size === 0) break
      // what is to be run anyway needs no word
      if (!standing.isTriggered && !(await this.#isWanted(standing, change, batch))) continue
      standing.trigger(batch)
    }
    this.#waiting.delete(standing)
  }

  async #isWanted(standing: Standing, change: Change, batch: number): Promise<boolean> {
    try {
      await this.#types.know(
        this.#pool,
        change.shape.columns.map(({type}) => type),
      )
      const answer = await this.#call(standing, change, batch)
      return answer === 'tracked' ? touches(change, standing.prepared.watched.get(change.shape.relid)!.columns) : answer
    } catch (error) {
      const told =
        error instanceof PgextError
          ? error
          : new PgextError('usage', `the refresh function failed: ${(error as Error).message}`, {cause: error})
      for (const member of standing.members) member.onError(told)
      // rather once too often
      return true
    }
  }

  async #call(standing: Standing, change: Change, batch: number): Promise<boolean | 'tracked'> {
    const until = performance.now() + this.#limits.refresh
    const result = standing.result!.values()
    const {viewer} = standing
    const ask = (work: (db: Db) => Promise<Row[]>): Promise<Row[]> =>
      this.#pool.use((db) =>
        readAs(db, viewer, Math.max(1, until - performance.now()), async (snapshot) => {
          if (this.#unseen.first(snapshot) <= batch) throw new NotYet()
          return work(db)
        }),
      )
    const asker: Asker = {
      async query<R extends Row>(sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
        for (let pause = 2; ; pause *= 2) {
          try {
            return (await ask((db) => db.query(sql, parameters))) as R[]
          } catch (error) {
            if (!(error instanceof NotYet) || performance.now() > until) throw error
            await new Promise((resolve) => setTimeout(resolve, pause))
          }
        }
      },
    }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new PgextError('usage', `the refresh function took more than ${this.#limits.refresh} ms`)),
        this.#limits.refresh,
      )
    })
    try {
      return await Promise.race([standing.rule.call!(asker, result, this.#told(change)), late])
    } finally {
      clearTimeout(timer)
    }
  }

  #told({operation, shape, row, old}: Change): ChangeTold {
    const writers = this.#writers.of(shape)
    const after = JSON.parse(rowJson(writers, row ?? old ?? []))
    const before = old && JSON.parse(rowJson(writers, old))
    const changed = shape.columns.filter((_, at) => row && old && row[at] !== undefined && row[at] !== old[at])
    const isKnown = operation !== 'UPDATE' || changed.every(({name}) => before && name in before)
    return {
      op: operation as ChangeTold['op'],
      table: shape.schema === 'public' ? shape.table : `${shape.schema}.${shape.table}`,
      row: {...before, ...after},
      changes:
        operation === 'UPDATE' && (!old || !isKnown)
          ? null
          : Object.fromEntries(operation === 'UPDATE' ? changed.map(({name}) => [name, [before[name], after[name]]]) : []),
    }
  }
}

/** The transaction is not seen by others yet. */
class NotYet extends Error {}
