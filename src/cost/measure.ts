// A session on a throwaway database and a statement in; what PostgreSQL itself shows of its locks, rewrites and scans out.
import type {Db} from '../postgres/db.ts'
import {asIfLarge, locks, type Relation, relations, type Seen, seen} from './seen.ts'

/** in this transaction, as in those whose counts nobody else knows yet */
const RELATIONS = relations('pg_catalog.pg_stat_get_xact_numscans(c.oid)')
const LOCKS = locks('l.pid = pg_catalog.pg_backend_pid() and l.granted', 'pg_catalog.pg_relation_size(l.relation)')

export interface Measuring {
  /** the relations that are looked at, by oid; otherwise all that are there before */
  readonly known?: ReadonlySet<string>
  /** whether the statement's work is kept */
  readonly end?: 'commit' | 'rollback'
}

/** Runs it in a transaction of its own, and looks before that ends. */
export async function measure(db: Db, sql: string, {known: some, end = 'commit'}: Measuring = {}): Promise<Seen> {
  const before = await db.script(`begin; ${asIfLarge('set local')};\n${RELATIONS}`)
  const all: Relation[] = JSON.parse(before.at(-1)![0]!.found)
  const known = some ? all.filter(({oid}) => some.has(oid)) : all
  try {
    const [held, now] = (await db.script(`${sql};\n${LOCKS};\n${RELATIONS}`)).slice(-2)
    await db.script(end)
    return seen(known, JSON.parse(held![0]!.found), JSON.parse(now![0]!.found))
  } catch (error) {
    await db.script('rollback').catch(() => {})
    throw error
  }
}
