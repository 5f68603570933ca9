// A session on a throwaway database in; somebody who uses tables and has an old snapshot, and whom a statement has to wait for, out.
import type {LockMode} from '../diff/model.ts'
import type {Db} from '../postgres/db.ts'
import {isAtLeast} from './mode.ts'
import {type Held, modeOf} from './seen.ts'

/**
 * What a statement that works on tables writes to last in each of its transactions, so that all it ever locks is locked by then.
 * Whoever holds SHARE on them stops it there.
 */
const CATALOGS = ['pg_class', 'pg_index', 'pg_inherits', 'pg_constraint', 'pg_attribute', 'pg_depend']

/** Writers' own lock: what waits for writers waits for it, what only keeps away other DDL does not. */
const WRITING: LockMode = 'ROW EXCLUSIVE'

interface Gate {
  readonly oid: string
  readonly sql: string
  /** the statement has the relation, or wants it, as strongly as this: asking for it now would be waiting for the statement */
  readonly tooLate: LockMode
}

export class Blocker {
  readonly pid: number
  readonly #db: Db
  readonly #gates: readonly Gate[]

  private constructor(db: Db, pid: number, gates: readonly Gate[]) {
    this.#db = db
    this.pid = pid
    this.#gates = gates
  }

  /** `tables`: names as SQL would have them; those that are none are passed over */
  static async open(db: Db, tables: readonly string[]): Promise<Blocker> {
    const [row] = await db.query(
      `select pg_catalog.pg_backend_pid() as pid,
        (select coalesce(json_agg(json_build_array(c.oid::text, t.name)), '[]') from json_array_elements_text($1::text::json) t (name)
          join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(t.name) and c.relkind in ('r', 'p'))::text as tables,
        (select json_agg(json_build_array(c.oid::text, c.relname)) from json_array_elements_text($2::text::json) t (name)
          join pg_catalog.pg_class c on c.relname = t.name and c.relnamespace = 'pg_catalog'::regnamespace)::text as catalogs`,
      [JSON.stringify(tables), JSON.stringify(CATALOGS)],
    )
    const gates = [
      ...(JSON.parse(row!.tables) as [string, string][]).map(([oid, name]) => ({
        oid,
        sql: `lock table only ${name} in row exclusive mode`,
        tooLate: 'SHARE' as const,
      })),
      ...(JSON.parse(row!.catalogs) as [string, string][]).map(([oid, name]) => ({
        oid,
        sql: `lock table only pg_catalog.${name} in share mode`,
        tooLate: WRITING,
      })),
    ]
    return new Blocker(db, row!.pid, gates)
  }

  /** `held`: what the statement has locked by now, or wants to lock */
  async arm(held: readonly Held[]): Promise<void> {
    const isPassed = ({oid, tooLate}: Gate) => held.some(([one, words]) => one === oid && isAtLeast(modeOf(words), tooLate))
    const open = this.#gates.filter((gate) => !isPassed(gate)).map(({sql}) => sql)
    // the snapshot first: those who wait for old ones wait for all that were there before theirs
    await this.#db.script(["set lock_timeout = '20s'", 'begin isolation level repeatable read', 'select 1', ...open].join(';\n'))
  }

  async release(): Promise<void> {
    await this.#db.script('rollback')
  }
}
