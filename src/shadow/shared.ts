// What belongs to one database but stands in the catalogs of its cluster (subscriptions, settings): not copied by CREATE DATABASE,
// and in the way of DROP DATABASE.
import {plan} from '../diff/plan.ts'
import {read} from '../diff/read.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'
import type {ShadowDatabase} from './model.ts'

export async function hasShared(admin: Db, name: string): Promise<boolean> {
  const [row] = await admin.query(
    `select exists (select from pg_catalog.pg_subscription s where s.subdbid = d.oid)
       or exists (select from pg_catalog.pg_db_role_setting s where s.setdatabase = d.oid) as there
     from pg_catalog.pg_database d where d.datname = $1`,
    [name],
  )
  return row?.there === true
}

/** The copy reads as the original does. */
export async function copyShared(original: ShadowDatabase, copy: ShadowDatabase): Promise<void> {
  const from = await original.connect()
  const to = await copy.connect()
  try {
    const {steps} = plan(await read(to), await read(from))
    if (steps.length > 0) await to.script(steps.map(({sql}) => sql).join(';\n'))
  } finally {
    await from.close()
    await to.close()
  }
}

/** Without their slots, which are none of theirs: nothing connects. */
export async function dropSubscriptions(admin: Db, name: string, open: () => Promise<Db>): Promise<void> {
  const rows = await admin.query<{subscription: string}>(
    `select s.subname as subscription from pg_catalog.pg_subscription s join pg_catalog.pg_database d on d.oid = s.subdbid where d.datname = $1`,
    [name],
  )
  if (rows.length === 0) return
  const db = await open()
  try {
    const statements = rows.map(({subscription}) => {
      const quoted = quoteName(subscription)
      return `alter subscription ${quoted} disable; alter subscription ${quoted} set (slot_name = none); drop subscription ${quoted}`
    })
    await db.script(statements.join(';\n'))
  } finally {
    await db.close()
  }
}
