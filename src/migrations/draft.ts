// SQL that no migration holds in, its effect on a database that only its developer has out: the same blocks, waits and locks, and no journal.
import type {Db} from '../postgres/db.ts'
import type {ApplyOptions} from './apply.ts'
import {cut} from './block.ts'
import {checksumOf, type Migration} from './file.ts'
import {ensureJournal, type JournalRow, recordMigration, refuseMoved} from './journal.ts'
import {patiently} from './patience.ts'
import {freshen, runAll, runnerOf} from './run.ts'
import {hold} from './session.ts'
import {openWatch} from './watch.ts'

/**
 * What fails leaves what earlier transactions of it committed: the next comparison tells what is still to be done.
 * @param sql as a migration would hold it, with BEGIN and COMMIT
 * @param path what it is called in errors
 */
export async function applyDraft(db: Db, sql: string, path: string, options: ApplyOptions = {}): Promise<void> {
  const draft: Migration = {version: '', name: '', path, text: sql, checksum: checksumOf(sql), header: {}}
  const blocks = await cut(draft, db.server.major)
  await hold(db, options, async () => {
    const runner = await runnerOf(db)
    await freshen(db, runner)
    const watch = await openWatch(db, options)
    try {
      for (const {kind, begin, statements} of blocks) {
        const work = () => runAll(db, statements, draft, options.signal)
        if (kind !== 'transaction') await work()
        else
          await patiently(
            db,
            begin?.sql,
            async () => {
              await work()
              await options.follow?.(statements)
            },
            options,
            watch,
          )
      }
    } finally {
      await freshen(db, runner, '').catch(() => {})
      await watch.close()
    }
  })
}

/**
 * What they do is there already, somebody has seen to that: they are journalled, and not run.
 * @param seen the journal as it was then; absent: nobody else has that database
 */
export async function adoptMigrations(
  db: Db,
  migrations: readonly Migration[],
  options: ApplyOptions = {},
  seen?: readonly JournalRow[],
): Promise<void> {
  if (migrations.length === 0) return
  await hold(db, options, async () => {
    await ensureJournal(db)
    await db.transaction(async () => {
      if (seen) await refuseMoved(db, seen)
      for (const migration of migrations) {
        const statements = (await cut(migration, db.server.major)).reduce((sum, block) => sum + block.statements.length, 0)
        await recordMigration(db, migration, {milliseconds: 0, statements, finished: true})
      }
    })
  })
}
