// A throwaway database and all migrations in; their effect, without a journal, out.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {placeOf, type Statement} from '../postgres/statements.ts'
import {here} from '../shadow/here.ts'
import {isOwnExtension} from '../shadow/own.ts'
import {isLimit, isOfCluster} from '../shadow/place.ts'
import {apart, isAboutSubscription} from '../shadow/subscription.ts'
import {isAboutTablespace} from '../shadow/tablespace.ts'
import {INSIDE, OPENS, statementsOf} from './block.ts'
import type {Migration} from './file.ts'
import {freshen, runAll, runnerOf} from './run.ts'

export interface ReplayOptions {
  /** the server is somebody's: nothing is done there that its other databases would meet */
  readonly isGuest?: boolean
  /** looks at what single statements do */
  readonly watch?: Watch
}

export interface Watch {
  /** before a migration, in a session as `freshen` leaves it under search_path ''; false: nothing of it is looked at */
  begin(migration: Migration): Promise<boolean>
  isMeant(statement: Statement): boolean
  /** it has run; `above`: the BEGIN of its transaction */
  after(statement: Statement, migration: Migration, above?: Statement): Promise<void>
  end(migration: Migration): Promise<void>
}

/**
 * Runs every file as psql would, in the order given; the first failure stops it, at file:line:column, and the database is no more of use.
 * Gives back what was left out, a sentence each.
 */
export async function replay(
  db: Db,
  migrations: readonly Migration[],
  {isGuest = false, watch}: ReplayOptions = {},
): Promise<string[]> {
  const runner = await runnerOf(db)
  const notes: string[] = []
  for (const migration of migrations) {
    const statements = []
    const left: Statement[] = []
    for (const statement of await statementsOf(migration, db.server.major)) {
      if (db.server.engine === 'pglite' && isAboutSubscription(statement)) continue
      if (isAboutTablespace(statement) || isLimit(statement) || isOwnExtension(statement)) continue
      if (isGuest && isOfCluster(statement)) {
        left.push(statement)
        continue
      }
      const sql = await here(statement, db.server.database)
      statements.push(...(sql === undefined ? unconnected(statement, migration) : [{...statement, sql}]))
    }
    if (left.length > 0)
      notes.push(
        `${migration.path}:${left[0]!.line}: what it says of roles and other things of the cluster was not run for the shadow`,
      )
    if (watch) await freshen(db, runner, '')
    const isWatched = (await watch?.begin(migration)) ?? false
    await freshen(db, runner)
    const running = isWatched ? runWatched(db, statements, migration, watch!) : runAll(db, statements, migration)
    await running.catch((error) => {
      throw isCutShort(error) ? timedOut(error) : error
    })
    if (!isWatched) continue
    await freshen(db, runner, '')
    await watch!.end(migration)
  }
  await freshen(db, runner, '')
  return notes
}

async function runWatched(db: Db, statements: readonly Statement[], migration: Migration, watch: Watch): Promise<void> {
  let waiting: Statement[] = []
  let above: Statement | undefined
  for (const statement of statements) {
    if (statement.kind === 'TransactionStmt' && !INSIDE.has(statement.node.kind))
      above = OPENS.has(statement.node.kind) ? statement : undefined
    waiting.push(statement)
    if (!watch.isMeant(statement)) continue
    await runAll(db, waiting, migration)
    await watch.after(statement, migration, above)
    waiting = []
  }
  await runAll(db, waiting, migration)
}

/** A throwaway database asks no publisher for anything. */
function unconnected(statement: Statement, {text, path}: Migration): Statement[] {
  const other = apart(statement)
  if (!other) return [statement]
  if ('skip' in other) return []
  if ('sql' in other) return [{...statement, sql: other.sql}]
  throw new PgextError('not-supported', other.refuse, {hint: other.hint, where: placeOf(text, statement.start, path)})
}

const isCutShort = (error: unknown): error is PgextError => error instanceof PgextError && error.sqlstate === '57014'

function timedOut({code, message, where, sqlstate, cause}: PgextError): PgextError {
  const hint = 'a statement_timeout ended it, which a function, the role or the database sets: a shadow needs none'
  return new PgextError(code, message, {hint, where, sqlstate, cause})
}
