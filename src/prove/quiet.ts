// A session and tables in; their triggers off as far as the role may, and a function that puts all back, out.
import type {Db} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'
import type {Table} from './facts.ts'
import {narrow, widen} from './path.ts'

const FIRES: Record<string, string> = {O: 'enable', R: 'enable replica', A: 'enable always'}

export async function quiet(db: Db, tables: readonly Table[]): Promise<() => Promise<void>> {
  await widen(db)
  const loud = await muted(db, tables)
  return async () => {
    await loud()
    await narrow(db)
  }
}

async function muted(db: Db, tables: readonly Table[]): Promise<() => Promise<void>> {
  try {
    await db.script('set session_replication_role = replica')
    // triggers that fire all the same
    const always = await switched(db, tables, ['R', 'A'])
    return async () => {
      await always()
      await db.script('set session_replication_role = origin')
    }
  } catch {
    return switched(db, tables, ['O', 'A'])
  }
}

async function switched(db: Db, tables: readonly Table[], states: readonly string[]): Promise<() => Promise<void>> {
  if (tables.length === 0) return async () => {}
  const found = await db.query(
    `select tgrelid::int8::text as table, tgname as name, tgenabled as state from pg_catalog.pg_trigger
     where not tgisinternal and tgparentid = 0 and tgrelid in (${tables.map((table) => table.oid).join(', ')})`,
  )
  const sql = new Map(tables.map((table) => [String(table.oid), table.sql]))
  const some = found.filter(({state}) => states.includes(state))
  const each = async (verb: (state: string) => string) => {
    for (const {table, name, state} of some) {
      await db.script(`alter table ${sql.get(table)} ${verb(state)} trigger ${quoteName(name)}`).catch(() => {})
    }
  }
  await each(() => 'disable')
  return () => each((state) => FIRES[state]!)
}
