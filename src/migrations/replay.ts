// A throwaway database and all migrations in; their effect, without a journal, out.
import type {Db} from '../postgres/db.ts'
import {statementsOf} from './block.ts'
import type {Migration} from './file.ts'
import {freshen, runAll, runnerOf} from './run.ts'

/** Runs every file as psql would, in the order given; the first failure stops it, at file:line:column, and the database is no more of use. */
export async function replay(db: Db, migrations: readonly Migration[]): Promise<void> {
  const runner = await runnerOf(db)
  for (const migration of migrations) {
    const statements = await statementsOf(migration, db.server.major)
    await freshen(db, runner)
    await runAll(db, statements, migration)
  }
  await freshen(db, runner, '')
}
