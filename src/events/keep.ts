// A session on a database, and whether its files declare realtime tables, in; capture that follows the declaration, and what that took, out.
import {PgextError} from '../errors.ts'
import {type Patience, patiently} from '../migrations/patience.ts'
import {hold, type SessionOptions} from '../migrations/session.ts'
import {openWatch, type WatchOptions} from '../migrations/watch.ts'
import type {Db} from '../postgres/db.ts'
import type {Tree} from '../postgres/parse.ts'
import {quoteName, quoteNames} from '../postgres/quote.ts'
import type {Statement} from '../postgres/statements.ts'
import {type Capture, type Engine, engineFor, establish, readInstalled, sync} from './install.ts'
import {readSource} from './source.ts'

export interface Kept {
  readonly engine: Engine
  /** pg_events was not there before */
  readonly isNew: boolean
  /** what it took: none where all was as it should be */
  readonly statements: readonly string[]
  /** no table is realtime, whoever else may have declared one */
  readonly isIdle: boolean
}

/** undefined: nothing is declared, and nothing was ever captured here. */
export async function keepCapture(
  db: Db,
  {isDeclared, capture, history}: {readonly isDeclared: boolean; readonly capture: Capture; readonly history: number},
  options: SessionOptions & Patience & WatchOptions,
): Promise<Kept | undefined> {
  return asKeeper(db, async () => {
    const found = await readInstalled(db)
    if (!found && !isDeclared) return undefined
    const engine = isDeclared || !found ? await engineFor(db, capture, found) : found.engine
    const isIdle = !isDeclared && !(await isDeclaredThere(db))
    const isKept = found?.engine === engine && found.period === history && found.version === (await readSource()).version
    if (isKept && (await lackingIn(db)).length === 0) return {engine, isNew: false, statements: [], isIdle}
    let statements: readonly string[] = []
    await hold(db, options, async () => {
      const watch = await openWatch(db, options)
      const work = async () => {
        statements = await establish(db, engine, history)
      }
      await patiently(db, undefined, work, options, watch).finally(() => watch.close())
    })
    return {engine, isNew: !found, statements, isIdle}
  })
}

async function isDeclaredThere(db: Db): Promise<boolean> {
  const [row] = await db.query(`select exists (select from pg_catalog.pg_publication where pubname = 'pg_events') as there`)
  return row!.there
}

/** What capture lacks now, as statements; nothing is changed, and no lock is taken. */
export async function lackingIn(db: Db): Promise<string[]> {
  const rows = await db.query<{statement: string}>('select statement from pgext.sync_events(perform => false) as s (statement)')
  return rows.map(({statement}) => statement)
}

/** What is to be done in each transaction of a migration, before it is committed; undefined: nothing is captured here. */
export async function followerOf(db: Db): Promise<((statements: readonly Statement[]) => Promise<void>) | undefined> {
  if (!(await asKeeper(db, () => readInstalled(db)))) return undefined
  return (statements) =>
    asKeeper(db, async () => {
      for (const name of statements.flatMap(identified))
        await db.query('delete from pgext.realtime where relid = pg_catalog.to_regclass($1)', [name])
      // rows that wait for a check at the end would keep their table from being altered
      await db.script('set constraints all immediate')
      await sync(db)
    })
}

/** The tables whose REPLICA IDENTITY a statement sets: from then on that is the user's, and comes back as nothing else. */
function identified({kind, node}: Statement): string[] {
  if (kind !== 'AlterTableStmt') return []
  const isMeant = (node.cmds as Tree[]).some(({AlterTableCmd: one}) => one?.subtype === 'AT_ReplicaIdentity')
  const {schemaname, relname} = node.relation
  return isMeant ? [schemaname ? quoteNames(schemaname, relname) : quoteName(relname)] : []
}

async function asKeeper<T>(db: Db, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof PgextError) || error.sqlstate !== '42501') throw error
    throw new PgextError(
      'not-allowed',
      `${quoteName(db.server.user)} may not keep the capture of realtime tables in step: ${error.message}`,
      {
        hint: 'run it as the role that owns schema pgext, and is a member of those that own the tables; nothing of it was changed',
        cause: error,
        sqlstate: error.sqlstate,
      },
    )
  }
}
