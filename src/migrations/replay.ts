// A throwaway database and all migrations in; their effect, without a journal, out.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {placeOf, type Statement} from '../postgres/statements.ts'
import {here} from '../shadow/here.ts'
import {apart, isAboutSubscription} from '../shadow/subscription.ts'
import {isAboutTablespace} from '../shadow/tablespace.ts'
import {statementsOf} from './block.ts'
import type {Migration} from './file.ts'
import {freshen, runAll, runnerOf} from './run.ts'

/** Runs every file as psql would, in the order given; the first failure stops it, at file:line:column, and the database is no more of use. */
export async function replay(db: Db, migrations: readonly Migration[]): Promise<void> {
  const runner = await runnerOf(db)
  for (const migration of migrations) {
    const statements = []
    for (const statement of await statementsOf(migration, db.server.major)) {
      if (db.server.engine === 'pglite' && isAboutSubscription(statement)) continue
      if (isAboutTablespace(statement)) continue
      const sql = await here(statement, db.server.database)
      statements.push(...(sql === undefined ? unconnected(statement, migration) : [{...statement, sql}]))
    }
    await freshen(db, runner)
    await runAll(db, statements, migration)
  }
  await freshen(db, runner, '')
}

/** A throwaway database asks no publisher for anything. */
function unconnected(statement: Statement, {text, path}: Migration): Statement[] {
  const other = apart(statement)
  if (!other) return [statement]
  if ('skip' in other) return []
  if ('sql' in other) return [{...statement, sql: other.sql}]
  throw new PgextError('not-supported', other.refuse, {hint: other.hint, where: placeOf(text, statement.start, path)})
}
