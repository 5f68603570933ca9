// A session and files of rows in; which have run there, and the running of them, each once, in one transaction with its row in pgext.seed, out.

import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {contextOf} from '../postgres/error.ts'
import {quoteName} from '../postgres/quote.ts'
import {placeOf, type Statement, scriptOf} from '../postgres/statements.ts'
import type {SourceFile} from '../shadow/model.ts'
import {checksumOf, type Migration} from './file.ts'
import {asRunner} from './journal.ts'
import {INSERTS, type Part, partsOf, type Rows} from './parts.ts'
import {freshen, runAll, runnerOf} from './run.ts'
import {hold, type SessionOptions} from './session.ts'
import {askForTable} from './table.ts'

export type SeedFile = Pick<SourceFile, 'path' | 'text'>

export interface SeedRow {
  readonly path: string
  readonly checksum: string
  /** ISO 8601, UTC */
  readonly ran_at: string
  readonly ran_by: string
}

export interface SeedStatus {
  readonly file: SeedFile
  readonly standing: 'new' | 'ran' | 'changed'
  /** of its last run; of another path, where the file was renamed */
  readonly row?: SeedRow
}

const CREATE = `
  create table pgext.seed (
    path text primary key,
    checksum text not null,
    ran_at timestamptz not null default pg_catalog.clock_timestamp(),
    ran_by text not null default session_user
  );
  comment on table pgext.seed is 'files of rows that pgext has run on this database';
  revoke all on pgext.seed from public;
`
const SCHEMA = 'create schema pgext; revoke all on schema pgext from public;'

const THERE = askForTable('seed')

/** Every file that was run here; none where none ever was. Changes nothing. */
export async function readSeeds(db: Db): Promise<SeedRow[]> {
  const [found] = await db.query(THERE)
  if (!found!.there) return []
  return asSeeds(db, async () => {
    const [row] = await db.query(
      "select coalesce(json_agg(row_to_json(s) order by s.path), '[]')::text as rows from pgext.seed s",
    )
    return JSON.parse(row!.rows)
  })
}

/**
 * A file of another name and the same content is the same file, where the old name is gone.
 * @param there names of all that there are, of which `files` may be some
 */
export function seedStatus(
  files: readonly SeedFile[],
  rows: readonly SeedRow[],
  there: readonly string[] = files.map(({path}) => path),
): SeedStatus[] {
  const left = rows.filter(({path}) => !there.includes(path))
  return files.map((file) => {
    const checksum = checksumOf(file.text)
    const row = rows.find(({path}) => path === file.path)
    if (row) return {file, row, standing: row.checksum === checksum ? 'ran' : 'changed'}
    const renamed = left.findIndex((one) => one.checksum === checksum)
    return renamed < 0 ? {file, standing: 'new'} : {file, standing: 'ran', row: left.splice(renamed, 1)[0]!}
  })
}

export interface SeedOptions extends SessionOptions {
  /** which are run again, though they have run */
  readonly again?: (status: SeedStatus) => boolean
  /** nothing is run: it is written down that they have */
  readonly marks?: boolean
  /** names of all files of rows, where only some are meant */
  readonly there?: readonly string[]
  /** told as soon as it is committed */
  readonly did?: (file: SeedFile, milliseconds: number) => void
}

/** Runs what has not run, in order. What fails leaves nothing of its own file, and those before it as they are. */
export async function runSeeds(db: Db, files: readonly SeedFile[], options: SeedOptions = {}): Promise<SeedStatus[]> {
  const {again = () => false, there, did, marks = false} = options
  if (files.length === 0) return []
  const read = new Map<SeedFile, readonly Part[]>()
  return hold(db, options, async () => {
    const all = seedStatus(files, await readSeeds(db), there)
    const due = all.filter((one) => one.standing === 'new' || again(one))
    // what can't be run is said before anything was
    for (const {file} of due) read.set(file, marks ? [] : await partsOf(file))
    if (due.length > 0) await ensure(db)
    const runner = await runnerOf(db)
    for (const {file, row} of all) if (row && row.path !== file.path) await rename(db, row, file)
    for (const {file} of due) {
      const began = performance.now()
      await freshen(db, runner)
      await run(db, file, read.get(file)!)
      did?.(file, performance.now() - began)
    }
    await freshen(db, runner, '').catch(() => {})
    return due
  })
}

async function run(db: Db, file: SeedFile, parts: readonly Part[]): Promise<void> {
  const checksum = checksumOf(file.text)
  const inside = async () => {
    for (const part of parts)
      await ('rows' in part ? copyRows(db, part, file) : runStatements(db, part.statements, file, checksum))
    await asRunner(db)
    await db.query(
      `insert into pgext.seed as s (path, checksum) values ($1::text, $2::text)
       on conflict (path) do update set checksum = excluded.checksum, ran_at = excluded.ran_at, ran_by = excluded.ran_by`,
      [file.path, checksum],
    )
  }
  await db.transaction(inside).catch((error) => {
    if (!(error instanceof PgextError) || error.where?.file) throw error
    // a deferred rule speaks up at the end, and names no statement
    const {code, hint, sqlstate} = error
    throw new PgextError(code, `${file.path}: ${error.message}`, {hint, sqlstate, cause: error})
  })
}

/** In one go: a file may have thousands of statements, and a server be far. */
async function runStatements(db: Db, statements: readonly Statement[], file: SeedFile, checksum: string): Promise<void> {
  await db.script('savepoint pgext_seed')
  await db.script(scriptOf(statements)).catch(async (error) => {
    if (!(error instanceof PgextError) || !error.sqlstate) throw error
    // one by one it is seen which of them it is
    await db.script('rollback to savepoint pgext_seed')
    await runAll(db, statements, asMigration(file, checksum))
    throw error
  })
}

/** PostgreSQL counts rows by the lines of what it is sent: as they stand in the file. */
async function copyRows(db: Db, {copy, rows, line}: Rows, {path, text}: SeedFile): Promise<void> {
  if (!db.copyIn)
    throw new PgextError('not-supported', 'COPY from stdin can not run here', {
      hint: INSERTS,
      where: placeOf(text, copy.start, path),
    })
  await db.copyIn(copy.sql, rows).catch((error) => {
    if (!(error instanceof PgextError) || !error.sqlstate) throw error
    const {code, message, hint, sqlstate} = error
    const row = rowOf(error, copy)
    const at = row && line + row - 1
    const where = at ? {file: path, line: at, column: 1, text: text.split('\n')[at - 1]!} : placeOf(text, copy.start, path)
    throw new PgextError(code, message, {hint, sqlstate, cause: error.cause, where})
  })
}

/** `COPY tags, line 3, column name: "x"`, in the server's language. */
function rowOf(error: PgextError, {node}: Statement): number | undefined {
  const head = `COPY ${node.relation?.relname}, `
  const context = contextOf(error)
    .split('\n')
    .find((one) => one.startsWith(head))
  const [number] = /\d+/.exec(context?.slice(head.length) ?? '') ?? []
  return number ? Number(number) : undefined
}

const asMigration = ({path, text}: SeedFile, checksum: string): Migration => ({
  ...{version: '', name: '', path, text, checksum},
  header: {},
})

async function ensure(db: Db): Promise<void> {
  const [found] = await db.query(THERE)
  if (found!.there) return
  await asSeeds(db, () => db.transaction(() => db.script(found!.schema ? CREATE : `${SCHEMA}${CREATE}`)))
}

const rename = (db: Db, from: SeedRow, to: SeedFile) =>
  asSeeds(db, () => db.query('update pgext.seed set path = $2::text where path = $1::text', [from.path, to.path]))

async function asSeeds<T>(db: Db, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof PgextError) || error.sqlstate !== '42501') throw error
    const who = quoteName(db.server.user)
    throw new PgextError('journal', `${who} may not use the record of seeds in schema pgext: ${error.message}`, {
      hint: `run them as the role that owns it; for the first time: GRANT CREATE ON DATABASE ${quoteName(db.server.database)} TO ${who}`,
      cause: error,
      sqlstate: error.sqlstate,
    })
  }
}
