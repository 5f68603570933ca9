// What programs read and apply migrations by: refused is what `pgext migrate` refuses.
import type {Db} from '../postgres/db.ts'
import {type Applied, applyMigrations as apply, type ApplyOptions as Options} from './apply.ts'
import {type Migration, readMigrations as read} from './file.ts'
import {refuseLate} from './late.ts'
import {checkSum} from './sum.ts'

export interface ApplyOptions extends Options {
  /** true: also files that are older than the newest one that the database has applied; default: they are refused */
  readonly outOfOrder?: boolean
}

export interface ReadOptions {
  /** the folder's name in messages; default: as it was given */
  readonly shown?: string
  /** false: files are read as they are, whatever its pgext.sum says of them */
  readonly sum?: boolean
}

/**
 * The migrations of a folder, by version; of one that is not there, none.
 * Throws PgextError `sum` where the folder's `pgext.sum` does not fit them (a file was edited, added or taken away by hand, or two branches
 * met), `migration-name` for a name that is none, `bad-file` for what can't be read.
 *
 * @example
 * const migrations = await readMigrations('./migrations')
 */
export async function readMigrations(folder: string, {shown = folder, sum = true}: ReadOptions = {}): Promise<Migration[]> {
  const migrations = await read(folder, shown)
  if (sum) await checkSum(folder, migrations, shown)
  return migrations
}

/**
 * Applies what is pending, oldest first, and gives back what it applied. All of it is parsed, and held against the journal, before anything runs;
 * a run that was cut off is gone on with. One session applies, others wait for it.
 * Throws PgextError `not-allowed` where a pending file is older than the newest applied one, unless `outOfOrder` says otherwise;
 * `migration-changed` where one was edited after it was applied; `sql` where a statement fails, with its place in the file.
 * Hazards are not looked at: `pgext check` does that before files are merged.
 *
 * @param db a session of its own, from `connect`; through a pooler of transactions it fails
 * @example
 * const db = await connect(process.env.DATABASE_URL)
 * for (const {migration, milliseconds} of await applyMigrations(db, migrations)) console.log(migration.path, milliseconds)
 * await db.close()
 */
export function applyMigrations(
  db: Db,
  migrations: readonly Migration[],
  {outOfOrder = false, ...options}: ApplyOptions = {},
): Promise<Applied[]> {
  const agree: Options['agree'] = (all) => {
    refuseLate(all, db.server.database, outOfOrder, 'pass outOfOrder: true')
    options.agree?.(all)
  }
  return apply(db, migrations, {...options, agree})
}
