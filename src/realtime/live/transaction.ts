// A session and who looks in; a transaction that only reads, as that role with these claims, out.
import type {Db, Texts} from '../../postgres/db.ts'
import {quoteName, quoteText} from '../../postgres/quote.ts'
import type {Viewer} from '../model.ts'
import type {Limits} from './model.ts'
import {Snapshot} from './snapshot.ts'

export interface Question {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/**
 * One question of one snapshot, in two round trips. `ask` sees what the snapshot sees, and may ask nothing.
 *
 * It is rolled back, here and below: there is nothing to keep, and what functions set for the session (`set_config(…, false)`) is not the next
 * one's.
 */
export async function askAs(
  db: Db,
  viewer: Viewer | undefined,
  {run, bytes}: Pick<Limits, 'run' | 'bytes'>,
  ask: (snapshot: Snapshot) => Question | undefined,
): Promise<Texts | undefined> {
  const question = ask(await begin(db, viewer, run))
  const answer = question && db.read(question.sql, question.parameters, bytes)
  const [answered] = await Promise.allSettled([answer, db.script('rollback')])
  if (answered.status === 'rejected') throw answered.reason
  return answered.value
}

/** As many questions as `work` has. */
export async function readAs<T>(
  db: Db,
  viewer: Viewer | undefined,
  timeout: number,
  work: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  try {
    return await work(await begin(db, viewer, timeout))
  } finally {
    await db.script('rollback')
  }
}

/** Waited for: a session that could not take the role must run nothing. */
async function begin(db: Db, viewer: Viewer | undefined, timeout: number): Promise<Snapshot> {
  try {
    const results = await db.script(`begin isolation level repeatable read, read only; ${enter(viewer, timeout)}
      select pg_catalog.pg_current_snapshot()::text as snapshot`)
    return new Snapshot(results.at(-1)![0]!.snapshot)
  } catch (error) {
    await db.script('rollback').catch(() => {})
    throw error
  }
}

/** For the transaction: as PostgREST sets them. */
export function enter(viewer: Viewer | undefined, timeout: number): string {
  const settings = `set local statement_timeout = ${Math.ceil(timeout)};`
  if (!viewer) return settings
  return `${settings} select pg_catalog.set_config('request.jwt.claims', ${quoteText(viewer.text)}, true); set local role ${quoteName(viewer.role)};`
}
