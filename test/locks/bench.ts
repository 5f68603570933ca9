// A shadow and statements in; what each costs there, as measured and as declared, out.
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {costOf} from '../../src/cost/cost.ts'
import {measure} from '../../src/cost/measure.ts'
import {measurePhases} from '../../src/cost/phases.ts'
import {Standing} from '../../src/cost/standing.ts'
import type {Catalog, Cost} from '../../src/diff/model.ts'
import {read} from '../../src/diff/read.ts'
import type {Db} from '../../src/postgres/db.ts'
import {type Statement, splitStatements} from '../../src/postgres/statements.ts'
import type {Shadow, ShadowDatabase} from '../../src/shadow/model.ts'
import type {Entry} from './corpus/model.ts'

export interface Measured {
  readonly seen: Cost
  readonly declared: Cost
}

const SCHEMA = readFileSync(join(import.meta.dirname, 'schema.sql'), 'utf8')

/** What PostgreSQL refuses inside a transaction. */
const isAlone = ({kind, node}: Statement): boolean =>
  Boolean(node.concurrent && kind !== 'RefreshMatViewStmt') ||
  (kind === 'AlterTableStmt' && node.cmds.some((one: any) => one.AlterTableCmd.def?.PartitionCmd?.concurrent))

export class Bench {
  /** nobody has a session on it, so that it can be copied */
  readonly #copyable: ShadowDatabase
  readonly #place: ShadowDatabase
  readonly #db: Db
  readonly #current: Catalog

  private constructor(copyable: ShadowDatabase, place: ShadowDatabase, db: Db, current: Catalog) {
    this.#copyable = copyable
    this.#place = place
    this.#db = db
    this.#current = current
  }

  static async open(shadow: Shadow): Promise<Bench> {
    const copyable = await shadow.create()
    const maker = await copyable.connect()
    await maker.script(SCHEMA)
    await maker.close()
    const place = await copyable.clone()
    const db = await place.connect()
    return new Bench(copyable, place, db, await read(db))
  }

  async measure(entry: Entry): Promise<Measured> {
    const statement = (await splitStatements(entry.sql, 'corpus'))[0]!
    if (entry.given || isAlone(statement)) return this.#measureOnCopy(entry, statement)
    const {declared, isAsked} = declare(statement, this.#current)
    // what is declared does not depend on what comes of the statement: it can be taken back
    if (!isAsked) return {declared, seen: await measure(this.#db, entry.sql, {end: 'rollback'})}
    return this.#measureOnCopy(entry, statement)
  }

  async #measureOnCopy({sql, given}: Entry, statement: Statement): Promise<Measured> {
    const place = await this.#copyable.clone()
    const db = await place.connect()
    try {
      if (given) await db.script(given)
      const current = given ? await read(db) : this.#current
      const {declared} = declare(statement, current)
      const seen = await (isAlone(statement) ? outside(place, db, sql, declared) : measure(db, sql))
      return {seen, declared: declare(statement, current, await read(db)).declared}
    } finally {
      await db.close()
      await place.drop()
    }
  }

  async close(): Promise<void> {
    await this.#db.close()
    await this.#place.drop()
    await this.#copyable.drop()
  }
}

/** `isAsked`: it depends on what is there afterwards */
function declare(statement: Statement, current: Catalog, wanted?: Catalog): {declared: Cost; isAsked: boolean} {
  let isAsked = false
  const asked: Catalog = {
    ...current,
    get objects() {
      isAsked = true
      return current.objects
    },
  }
  const declared = costOf(statement, new Standing(current.objects.values(), wanted ?? asked), current.server)
  return {declared, isAsked}
}

async function outside(place: ShadowDatabase, runner: Db, sql: string, {locks}: Cost): Promise<Cost> {
  const stage = {runner, connect: () => place.connect(), tables: [...locks.keys()]}
  return (await measurePhases(sql, stage)).cost
}
