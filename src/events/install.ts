// A session in, pg_events in its database out: made where it is missing, and everything that follows from the declaration made right.
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'
import {FOLDER, readSource, type SqlSource} from './source.ts'
import {upgrade} from './upgrade.ts'

export type Capture = 'auto' | 'wal' | 'queue'
export type Engine = 'wal' | 'queue'

/** What stands in a database. */
export interface Installed {
  readonly version: string
  readonly engine: Engine
  readonly incarnation: string
  /** Seconds for which the queue keeps what was read. */
  readonly period: number
}

/** undefined where it was never installed. */
export async function readInstalled(db: Db): Promise<Installed | undefined> {
  const [found] = await db.query(`select pg_catalog.to_regclass('pgext.events') is not null as there`)
  if (!found!.there) return undefined
  const [row] = await db.query<Installed & Record<string, unknown>>(
    'select version, engine, incarnation::text as incarnation, period from pgext.events',
  )
  if (!row)
    throw new PgextError('events-missing', 'pgext.events holds no row', {
      hint: 'pgext events:uninstall, then pgext events:install',
    })
  return row
}

/** WAL, where the server writes what it takes and the role may read it. */
async function chooseEngine(db: Db, capture: Capture): Promise<Engine> {
  if (capture === 'queue' || db.server.engine === 'pglite') {
    if (capture === 'wal')
      throw new PgextError('not-supported', 'PGlite can not stream its WAL', {hint: '"realtime": {"capture": "queue"}'})
    return 'queue'
  }
  const [row] = await db.query(`
    select pg_catalog.current_setting('wal_level') as level, r.rolsuper or r.rolreplication as may,
      pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create') as creates
    from pg_catalog.pg_roles r where r.rolname = current_user`)
  const {level, may, creates} = row!
  if (level === 'logical' && may && creates) return 'wal'
  if (capture === 'auto') return 'queue'
  throw new PgextError(
    'not-supported',
    level !== 'logical'
      ? `changes can't be read from the WAL: wal_level is ${level}`
      : `role ${quoteName(db.server.user)} may not read the WAL: it has no ${may ? 'CREATE on the database, which a publication takes' : 'REPLICATION'}`,
    {
      hint:
        level !== 'logical'
          ? 'set wal_level = logical and restart the server, or capture with the queue'
          : 'grant it, or capture with the queue',
    },
  )
}

/** Another engine is another life, which no consumer of this one can go on in: it is only changed where somebody says which one it is to be. */
export async function engineFor(db: Db, capture: Capture, found?: Installed): Promise<Engine> {
  if (found && (capture === 'auto' || capture === found.engine)) return found.engine
  return chooseEngine(db, capture)
}

export interface Wanted {
  readonly capture: Capture
  /** Seconds for which the queue keeps what was read; 300. */
  readonly history?: number
}

/**
 * Makes pg_events where it is missing, and capture what the declaration says. In one transaction.
 * @returns the statements that capture took: none when all was as it should be
 */
export async function install(
  db: Db,
  {capture, history = 300}: Wanted,
  folder?: string,
): Promise<{readonly installed: Installed; readonly statements: readonly string[]}> {
  const engine = await engineFor(db, capture, await readInstalled(db))
  return db.transaction(async () => {
    const statements = await establish(db, engine, history, folder)
    return {installed: (await readInstalled(db))!, statements}
  })
}

/** In whatever transaction stands: pg_events is there, captures in this way, and follows the declaration. */
export async function establish(db: Db, engine: Engine, history: number, folder?: string): Promise<string[]> {
  await make(db, engine, history, folder)
  return sync(db)
}

/** The same, in the version of `folder` (pgext's own), and captures nothing yet. */
export async function make(db: Db, engine: Engine, history: number, folder?: string): Promise<void> {
  const source = await readSource(folder)
  const found = await readInstalled(db)
  if (found) await upgrade(db, found.version, source)
  else await run(db, source)
  await db.query(
    'update pgext.events set engine = $1, incarnation = pg_catalog.gen_random_uuid(), floor = $2, emptied = null where engine <> $1',
    [engine, '0'],
  )
  await db.query('update pgext.events set period = $1 where period <> $1', [history])
}

async function run(db: Db, {whole}: SqlSource): Promise<void> {
  const [found] = await db.query(`select exists (select from pg_catalog.pg_namespace where nspname = 'pgext') as there`)
  await db.script(`${found!.there ? '' : 'create schema pgext; revoke all on schema pgext from public;'}\n${whole}`)
}

/** In whatever transaction stands: capture follows publication pg_events. */
export async function sync(db: Db): Promise<string[]> {
  const rows = await db.query<{statement: string}>('select statement from pgext.sync_events() as s (statement)')
  return rows.map(({statement}) => statement)
}

/** Takes all of it away; the journal and what else stands in schema pgext stays. */
export async function uninstall(db: Db): Promise<void> {
  await db.transaction(async () => {
    await db.query(`update pgext.events set engine = 'none'`)
    await sync(db)
    const [extension] = await db.query(`select from pg_catalog.pg_extension where extname = 'pg_events'`)
    if (extension) await db.query('drop extension pg_events')
    else await db.script(await readFile(join(FOLDER, 'uninstall.sql'), 'utf8'))
  })
}

/** Triggers of partitions that are new, where nobody is in the way; pg_events may be missing, and the role may not be the one that keeps it. */
export async function cover(db: Pick<Db, 'query'>): Promise<void> {
  try {
    await db.query('select pgext.cover_partitions()')
  } catch (error) {
    if (!(error instanceof PgextError) || !['3F000', '42883', '42501'].includes(error.sqlstate ?? '')) throw error
  }
}
