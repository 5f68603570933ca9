// A statement that PostgreSQL runs outside transactions only, in; run, or taken up where an earlier run was cut off, with its row in the journal.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import type {Block} from './block.ts'
import {commitsItself, isLost, leftBehind, standsInvalid, unclear} from './failure.ts'
import type {Migration} from './file.ts'
import {forgetBlock} from './journal.ts'
import {type Patience, patiently} from './patience.ts'
import {type Found, probeOf} from './probe.ts'
import {runAll} from './run.ts'
import type {Watch} from './watch.ts'

export interface Lone {
  readonly db: Db
  readonly migration: Migration
  readonly block: Block
  /** an earlier run began it, and nobody saw how it ended */
  readonly begun: boolean
  /** writes the journal's row; call it in a transaction */
  readonly record: (state: 'begun' | 'done') => Promise<void>
}

/** milliseconds for which what failed waits to tidy up behind itself */
const TIDY = 10_000

/** The catalogs tell what an earlier run has left half done. */
export async function runLone(lone: Lone, patience: Patience, watch: Watch): Promise<void> {
  const {db, migration, block, begun, record} = lone
  const done = () => db.transaction(() => record('done'))
  const found = await look(lone)
  if (begun && !found) throw unclear(migration, block)
  if (found?.finish) return finish(lone, found.finish, patience, watch)
  if (begun && found?.isDone) return done()
  if (begun) await cleanUp(db, found!, patience)
  else if (block.statements[0]!.kind === 'IndexStmt' && found?.cleanup.length)
    throw standsInvalid(migration, block, found.cleanup[0]!)
  // where all is as it would be, it says so itself (or has nothing to do), and nobody is to think later that this was its work
  const isNew = !found?.isDone
  if (!begun && isNew) await db.transaction(() => record('begun'))
  const sight = watch.look()
  try {
    await outlivingUs(db, () => runAll(db, block.statements, migration, patience.signal))
  } catch (error) {
    const left = !isLost(error) && isNew ? await giveUp(lone, patience) : []
    throw left.length > 0 ? leftBehind(error, left) : error
  } finally {
    sight.end()
  }
  await done()
}

async function look({db, block}: Lone): Promise<Found | undefined> {
  const statement = block.statements[0]!
  return probeOf(statement)?.(db, statement.node)
}

async function finish({db, record}: Lone, sql: string, patience: Patience, watch: Watch): Promise<void> {
  const work = async () => {
    await db.script(sql)
    await record('done')
  }
  await patiently(db, undefined, work, patience, watch)
}

async function cleanUp(db: Db, {cleanup}: Found, {tell}: Patience): Promise<void> {
  for (const sql of cleanup) {
    tell?.(`taking away what was left half done: ${sql}`)
    await db.script(sql)
  }
}

/** The statement has failed. What can't be taken away now is by the next run, as long as the journal knows of it: the statements for that. */
async function giveUp(lone: Lone, patience: Patience): Promise<readonly string[]> {
  const {db, migration, block, record} = lone
  let left: readonly string[] = []
  try {
    const found = await look(lone)
    if (found?.isDone) {
      await db.transaction(() => record('done'))
      return []
    }
    if (found?.finish) return [found.finish]
    // not to be run again unless somebody says so
    if (!found && commitsItself(block)) return []
    if (found) {
      left = found.cleanup
      await db.script(`set lock_timeout = '${TIDY}ms'`)
      await cleanUp(db, found, patience).finally(() => db.script('set lock_timeout = 0'))
      left = []
    }
    await db.transaction(() => forgetBlock(db, migration, block))
  } catch (error) {
    if (!(error instanceof PgextError)) throw error
  }
  return left
}

/** A build that nobody waits for any more holds nobody up, and the next run finds it done. */
async function outlivingUs(db: Db, work: () => Promise<void>): Promise<void> {
  const [row] = await db.query("select pg_catalog.current_setting('client_connection_check_interval') as every")
  const set = (every: string) =>
    db.query("select pg_catalog.set_config('client_connection_check_interval', $1::text, false)", [every])
  if (row!.every === '0') return work()
  await set('0')
  try {
    await work()
  } finally {
    await set(row!.every).catch(() => {})
  }
}
