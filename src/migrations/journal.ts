// A session in, what was applied to its database out; and the writing of it: schema `pgext`, its tables, their rows.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'
import type {Block} from './block.ts'
import type {Migration} from './file.ts'

export interface JournalRow {
  readonly version: string
  readonly name: string
  readonly checksum: string
  /** of the state after it, as its file says */
  readonly fingerprint: string | null
  readonly statements: number
  /** ISO 8601, UTC */
  readonly begun_at: string
  readonly applied_at: string | null
  readonly applied_by: string
  readonly milliseconds: number
  /** false: a run ended in the middle of it */
  readonly finished: boolean
  readonly blocks: readonly JournalBlock[]
}

/** A part of a migration that is committed as one: a transaction, or a statement outside one. */
export interface JournalBlock {
  readonly block: number
  readonly line: number
  readonly statements: number
  readonly checksum: string
  /** 'begun': it can't share a transaction with its row, and nobody saw how it ended */
  readonly state: 'begun' | 'done'
}

const FORMAT = 1

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  journal: ['format'],
  migration: 'version name checksum fingerprint statements begun_at applied_at applied_by milliseconds finished'.split(' '),
  migration_block: 'version block line statements checksum state begun_at done_at milliseconds'.split(' '),
}

const CREATE = `
  create table pgext.journal (format integer not null);
  insert into pgext.journal values (${FORMAT});
  create table pgext.migration (
    version text primary key,
    name text not null,
    checksum text not null,
    fingerprint text,
    statements integer not null,
    begun_at timestamptz not null default pg_catalog.clock_timestamp(),
    applied_at timestamptz,
    applied_by text not null default session_user,
    milliseconds bigint not null default 0,
    finished boolean not null default false
  );
  create table pgext.migration_block (
    version text not null references pgext.migration on delete cascade,
    block integer not null,
    line integer not null,
    statements integer not null,
    checksum text not null,
    state text not null check (state in ('begun', 'done')),
    begun_at timestamptz not null default pg_catalog.clock_timestamp(),
    done_at timestamptz,
    milliseconds bigint not null default 0,
    primary key (version, block)
  );
  comment on table pgext.journal is 'format of the journal that pgext keeps here';
  comment on table pgext.migration is 'migrations applied to this database';
  comment on table pgext.migration_block is 'their parts: transactions, and statements outside one';
  revoke all on pgext.journal, pgext.migration, pgext.migration_block from public;
`

const SHAPE = `
  select n.nspname::text as schema, c.relname::text as table, a.attname::text as column
  from pg_catalog.pg_namespace n
  left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname in ('journal', 'migration', 'migration_block')
  left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where n.nspname = 'pgext'`

const ROWS = `
  select coalesce(json_agg(row_to_json(j) order by j.version), '[]')::text as rows
  from (
    select m.version, m.name, m.checksum, m.fingerprint, m.statements, m.begun_at, m.applied_at, m.applied_by, m.milliseconds, m.finished,
      (select coalesce(json_agg(json_build_object('block', b.block, 'line', b.line, 'statements', b.statements,
          'checksum', b.checksum, 'state', b.state) order by b.block), '[]')
        from pgext.migration_block b where b.version = m.version) as blocks
    from pgext.migration m
  ) j`

/** Every row, by version; none where no journal was ever made. Changes nothing. */
export async function readJournal(db: Db): Promise<JournalRow[]> {
  if ((await look(db)) !== 'whole') return []
  return asJournal(db, async () => {
    await refuseOther(db)
    const [row] = await db.query(ROWS)
    return JSON.parse(row!.rows)
  })
}

/** Ends with 'target-moved' where it is another by now than somebody has looked at. */
export async function refuseMoved(db: Db, seen: readonly JournalRow[]): Promise<void> {
  if (JSON.stringify(await readJournal(db)) === JSON.stringify(seen)) return
  throw new PgextError('target-moved', 'the journal has changed meanwhile, and nothing was written', {
    hint: 'somebody else has applied or mended something: run this again, and look once more',
  })
}

/** Makes the journal where there is none. */
export async function ensureJournal(db: Db): Promise<void> {
  const found = await look(db)
  if (found === 'whole') return
  const schema = found === 'nothing' ? 'create schema pgext; revoke all on schema pgext from public;' : ''
  await asJournal(db, () => db.transaction(() => db.script(`${schema}${CREATE}`)))
}

async function look(db: Db): Promise<'nothing' | 'schema' | 'whole'> {
  const rows = await db.query(SHAPE)
  if (rows.length === 0) return 'nothing'
  const missing = Object.entries(COLUMNS).flatMap(([table, columns]) => {
    if (!rows.some((row) => row.table === table)) return [`pgext.${table}`]
    return columns
      .filter((name) => !rows.some((row) => row.table === table && row.column === name))
      .map((name) => `pgext.${table}.${name}`)
  })
  if (missing.length === 0) return 'whole'
  if (rows.every((row) => row.table === null)) return 'schema'
  // a newer journal may well lack columns of ours: that is the better thing to say
  if (rows.some((row) => row.table === 'journal' && row.column === 'format')) await asJournal(db, () => refuseOther(db))
  throw new PgextError('journal', `the journal in schema pgext is damaged: ${missing.join(', ')} missing`, {
    hint: 'restore these tables from a backup; without them pgext can not know which migrations were applied',
  })
}

async function refuseOther(db: Db): Promise<void> {
  const formats = (await db.query('select format from pgext.journal')).map((row) => Number(row.format))
  if (formats.length === 1 && formats[0] === FORMAT) return
  const format = Math.max(0, ...formats)
  if (format > FORMAT) {
    throw new PgextError('journal', `the journal in schema pgext has format ${format}, and this pgext knows ${FORMAT}`, {
      hint: 'use a newer pgext',
    })
  }
  throw new PgextError(
    'journal',
    `the journal in schema pgext is damaged: pgext.journal holds ${formats.length} rows, not one with its format`,
    {
      hint: 'restore pgext.journal from a backup',
    },
  )
}

async function asJournal<T>(db: Db, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof PgextError) || error.sqlstate !== '42501') throw error
    const who = quoteName(db.server.user)
    throw new PgextError('journal', `${who} may not use the journal in schema pgext: ${error.message}`, {
      hint: `apply as the role that owns it; for the first run: GRANT CREATE ON DATABASE ${quoteName(db.server.database)} TO ${who}`,
      cause: error,
      sqlstate: error.sqlstate,
    })
  }
}

/** Writes that a block has begun or is done; call it in the block's transaction where there is one. */
export async function recordBlock(
  db: Db,
  migration: Migration,
  block: Block,
  {state, milliseconds, statements, last}: {state: 'begun' | 'done'; milliseconds: number; statements: number; last: boolean},
): Promise<void> {
  await recordMigration(db, migration, {milliseconds, statements, finished: last && state === 'done'})
  await db.query(
    `insert into pgext.migration_block as b (version, block, line, statements, checksum, state, milliseconds, done_at)
     values ($1::text, $2::int, $3::int, $4::int, $5::text, $6::text, $7::bigint, case when $6::text = 'done' then pg_catalog.clock_timestamp() end)
     on conflict (version, block) do update set state = excluded.state, milliseconds = excluded.milliseconds, done_at = excluded.done_at`,
    [migration.version, block.number, block.line, block.statements.length, block.checksum, state, Math.round(milliseconds)],
  )
}

export async function recordMigration(
  db: Db,
  {version, name, checksum, header}: Migration,
  {milliseconds, statements, finished}: {milliseconds: number; statements: number; finished: boolean},
): Promise<void> {
  await asRunner(db)
  await db.query(
    `insert into pgext.migration as m (version, name, checksum, fingerprint, statements, milliseconds, finished, applied_at)
     values ($1::text, $2::text, $3::text, $4::text, $5::int, $6::bigint, $7::bool, case when $7::bool then pg_catalog.clock_timestamp() end)
     on conflict (version) do update set name = excluded.name, checksum = excluded.checksum, fingerprint = excluded.fingerprint,
       statements = excluded.statements, milliseconds = m.milliseconds + excluded.milliseconds, finished = excluded.finished,
       applied_at = excluded.applied_at, applied_by = excluded.applied_by`,
    [version, name, checksum, header.to ?? null, statements, Math.round(milliseconds), finished],
  )
}

/** The statement failed and said so: nothing of it is recorded; nor of its migration, where that was all of it. */
export async function forgetBlock(db: Db, {version}: Migration, block: Block): Promise<void> {
  await asRunner(db)
  await db.query('delete from pgext.migration_block where version = $1::text and block = $2::int', [version, block.number])
  await db.query(
    `delete from pgext.migration m where version = $1::text and not finished
       and not exists (select from pgext.migration_block b where b.version = m.version)`,
    [version],
  )
}

/** A migration may have said SET ROLE: its own rows are still written by the role that applies. */
export async function asRunner(db: Db): Promise<void> {
  const [now] = await db.query('select current_user::text as role')
  if (now!.role === db.server.user) return
  await db.script(`set local session authorization default; set local role ${quoteName(db.server.user)}`)
}
