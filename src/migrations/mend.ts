// What somebody has said is so of a database's migrations in; its journal saying that, in one transaction, out.
import type {Db} from '../postgres/db.ts'
import {type Block, cut} from './block.ts'
import type {Migration} from './file.ts'
import {ensureJournal, forgetBlock, type JournalRow, recordBlock, recordMigration, refuseMoved} from './journal.ts'
import {hold, type SessionOptions} from './session.ts'

/**
 * accept   the file is right as it is now; of one that is half applied: what of it is committed
 * forget   there is no such migration any more; what it did stays
 * applied  all that it does is there
 * done     the statement that was cut off took effect
 * undone   it did not
 */
export type Mending =
  | (Said<'accept'> & {readonly edited?: readonly Block[]})
  | Said<'applied'>
  | {readonly verb: 'forget'; readonly version: string}
  | OfPart<'done'>
  | OfPart<'undone'>

interface Said<Verb extends string> {
  readonly verb: Verb
  readonly version: string
  readonly migration: Migration
}

interface OfPart<Verb extends string> extends Said<Verb> {
  readonly block: Block
}

/** @param seen the journal as it was when that was said: nothing is written where it is another by now */
export async function mendJournal(
  db: Db,
  mendings: readonly Mending[],
  seen: readonly JournalRow[],
  options: SessionOptions = {},
): Promise<void> {
  await hold(db, options, async () => {
    await ensureJournal(db)
    await db.transaction(async () => {
      await refuseMoved(db, seen)
      for (const mending of mendings) await mend(db, mending)
    })
  })
}

async function mend(db: Db, mending: Mending): Promise<void> {
  const {version} = mending
  if (mending.verb === 'forget') {
    await db.query('delete from pgext.migration where version = $1::text', [version])
    return
  }
  const {migration} = mending
  if (mending.verb === 'accept') {
    for (const {number, checksum, line, statements} of mending.edited ?? [])
      await db.query(
        `update pgext.migration_block set checksum = $3::text, line = $4::int, statements = $5::int
         where version = $1::text and block = $2::int and state = 'done'`,
        [version, number, checksum, line, statements.length],
      )
    const {name, checksum, header} = migration
    await db.query(
      'update pgext.migration set name = $2::text, checksum = $3::text, fingerprint = $4::text where version = $1::text',
      [version, name, checksum, header.to ?? null],
    )
    return
  }
  const blocks = await cut(migration, db.server.major)
  const statements = blocks.reduce((sum, block) => sum + block.statements.length, 0)
  if (mending.verb === 'applied') {
    await db.query(
      "update pgext.migration_block set state = 'done', done_at = pg_catalog.clock_timestamp() where version = $1::text and state = 'begun'",
      [version],
    )
    await recordMigration(db, migration, {milliseconds: 0, statements, finished: true})
  } else if (mending.verb === 'undone') await forgetBlock(db, migration, mending.block)
  else {
    const last = mending.block.number === blocks.length
    await recordBlock(db, migration, mending.block, {state: 'done', milliseconds: 0, statements, last})
  }
}
