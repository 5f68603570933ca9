// Sets of parameters in, as texts; those that PostgreSQL can't read as values of their types out, each by itself: none harms the others.
import {PgextError} from '../../errors.ts'
import type {Viewer} from '../model.ts'
import {arraysOf, readingOf, setsFrom} from './input.ts'
import {isLate, isPassing, type Pool} from './pool.ts'
import type {Prepared} from './prepared.ts'
import {readAs} from './transaction.ts'

type Values = readonly (string | null)[]

interface Asked {
  readonly values: Values
  readonly names: readonly string[]
  readonly settle: (wrong?: unknown) => void
}

interface Group {
  readonly prepared: Prepared
  readonly viewer: Viewer | undefined
  readonly asked: Asked[]
}

/** Sets that are looked at by one statement, and milliseconds that it may take. */
const MOST = 500
const TIMEOUT = 10_000

export class Inspection {
  readonly #pool: Pool
  readonly #waiting = new Map<string, Group>()

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /**
   * Those that are asked for at once, of one statement and for viewers who may share it, are asked together.
   *
   * @param names what a file calls them
   * @throws PgextError `bad-params`
   */
  async look(
    prepared: Prepared,
    share: string,
    viewer: Viewer | undefined,
    values: Values,
    names: readonly string[],
  ): Promise<void> {
    if (values.length === 0) return
    const key = `${prepared.number} ${share}`
    await new Promise<void>((resolve, reject) => {
      const group = this.#waiting.get(key) ?? {prepared, viewer, asked: []}
      if (group.asked.length === 0) setImmediate(() => this.#begin(key))
      this.#waiting.set(key, group)
      group.asked.push({values, names, settle: (wrong) => (wrong === undefined ? resolve() : reject(wrong))})
      if (group.asked.length === MOST) this.#begin(key)
    })
  }

  #begin(key: string): void {
    const group = this.#waiting.get(key)
    if (!group) return
    this.#waiting.delete(key)
    this.#work(group).catch((error) => {
      for (const {settle} of group.asked) settle(error)
    })
  }

  async #work({prepared, viewer, asked}: Group): Promise<void> {
    const wrong = await this.#pool.use((db) =>
      readAs(db, viewer, TIMEOUT, () => {
        const sql = `select ${counts(prepared)} from ${setsFrom(prepared.inputs)} s (${namesOf(prepared)})`
        return db
          .query(
            sql,
            arraysOf(
              prepared.inputs,
              asked.map(({values}) => values),
            ),
          )
          .then(
            () => undefined,
            (error) => error,
          )
      }),
    )
    if (wrong === undefined || isUnknown(wrong)) for (const {settle} of asked) settle()
    else if (isPassing(wrong) || isLate(wrong)) for (const {settle} of asked) settle(wrong)
    else if (asked.length === 1) asked[0]!.settle(await this.#blame(prepared, viewer, asked[0]!))
    else {
      // which of them it was
      const middle = Math.ceil(asked.length / 2)
      for (const part of [asked.slice(0, middle), asked.slice(middle)]) await this.#work({prepared, viewer, asked: part})
    }
  }

  /** Which of its parameters. */
  async #blame({inputs}: Prepared, viewer: Viewer | undefined, {values, names}: Asked): Promise<PgextError | undefined> {
    for (const [at, {name}] of inputs.entries()) {
      const ask = this.#pool.use((db) => readAs(db, viewer, TIMEOUT, () => db.query(`select $1::${name}`, [values[at]])))
      const error = await ask.then(
        () => undefined,
        (error) => error,
      )
      if (!error) continue
      if (isPassing(error) || isLate(error) || !(error instanceof PgextError)) return error
      const types = await this.#typesOf(inputs.map(({oid}) => oid))
      const called = types.map((type, at) => `${names[at] ?? `$${at + 1}`} ${type}`)
      return new PgextError('bad-params', `parameter ${names[at] ?? `$${at + 1}`} is no ${types[at]}: ${error.message}`, {
        hint: `it needs: ${called.join(', ')}`,
        cause: error,
        sqlstate: error.sqlstate,
      })
    }
    return undefined
  }

  /** As people know them. */
  async #typesOf(oids: readonly number[]): Promise<string[]> {
    const rows = await this.#pool.query<{type: string}>(
      `select pg_catalog.format_type(t.oid, null) as type from pg_catalog.unnest($1::oid[]) with ordinality t (oid, at) order by t.at`,
      [oids],
    )
    return rows.map(({type}) => type)
  }
}

/** The role may not name a type that its query has a value of all the same. */
const isUnknown = (error: unknown): boolean => error instanceof PgextError && error.sqlstate === '42501'

const namesOf = ({inputs}: Prepared): string => inputs.map((_, at) => `p${at + 1}`).join(', ')

/** Each value is looked at, and none comes back. */
const counts = ({inputs}: Prepared): string =>
  inputs.map((input, at) => `pg_catalog.count(${readingOf(input, `s.p${at + 1}`)})`).join(', ')
