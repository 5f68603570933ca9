// A session and all migration files in, the pending ones applied and journalled out.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {placeOf, type Statement} from '../postgres/statements.ts'
import {type Block, cut, isSetting} from './block.ts'
import type {Migration} from './file.ts'
import {ensureJournal, forgetBlock, readJournal, recordBlock, recordMigration} from './journal.ts'
import {type Patience, patiently} from './patience.ts'
import {probeOf} from './probe.ts'
import {freshen, placed, runAll, runnerOf} from './run.ts'
import {hold, type SessionOptions} from './session.ts'
import {type MigrationStatus, status} from './status.ts'

export type ApplyOptions = SessionOptions & Patience

export interface Applied {
  readonly migration: Migration
  /** of this run */
  readonly milliseconds: number
  readonly statements: number
  /** an earlier run had ended in the middle of it */
  readonly resumed: boolean
}

interface Pending {
  readonly migration: Migration
  readonly blocks: readonly Block[]
  /** numbers of the blocks that are committed */
  readonly done: Set<number>
  /** those that an earlier run began outside a transaction, and nobody has seen end */
  readonly begun: ReadonlySet<number>
}

/** Applies what is pending, oldest first. All of it is parsed, and held against the journal, before anything runs. */
export async function applyMigrations(db: Db, migrations: readonly Migration[], options: ApplyOptions = {}): Promise<Applied[]> {
  return hold(db, options, async (session) => {
    const runner = await runnerOf(db)
    await ensureJournal(db)
    const pending = await pendingOf(status(migrations, await readJournal(db)), db.server.major)
    const applied: Applied[] = []
    try {
      for (const one of pending) {
        await session.check()
        await freshen(db, runner)
        await session.mark()
        applied.push(await applyOne(db, one, options))
      }
      return applied
    } finally {
      // a lost session has nothing to tidy up
      await freshen(db, runner, '').catch(() => {})
    }
  })
}

async function pendingOf(all: readonly MigrationStatus[], major: number): Promise<Pending[]> {
  const changed = all.filter(({standing}) => standing === 'changed').map(({migration}) => migration!.path)
  if (changed.length > 0) throw edited(`edited after it was applied: ${changed.join(', ')}`)
  const lost = all.find(({standing, row}) => standing === 'missing' && !row!.finished)
  if (lost) {
    throw new PgextError('journal', `migration ${lost.version}_${lost.name} is half applied, and its file is missing`, {
      hint: 'bring the file back (from version control), then run again: it goes on after what was committed',
    })
  }
  const found: Pending[] = []
  for (const {migration, row, standing} of all) {
    if (!migration || (standing !== 'pending' && standing !== 'unfinished')) continue
    const blocks = await cut(migration, major)
    for (const {block, checksum, state, line} of row?.blocks ?? []) {
      const now = blocks[block - 1]
      if (now?.checksum !== checksum) throw edited(`edited where it was applied already (line ${line}): ${migration.path}`)
      if (state === 'begun' && !probeOf(now.statements[0]!)) throw unclear(migration, now)
    }
    const numbers = (wanted: string) => new Set(row?.blocks.flatMap(({block, state}) => (state === wanted ? [block] : [])))
    found.push({migration, blocks, done: numbers('done'), begun: numbers('begun')})
  }
  return found
}

async function applyOne(db: Db, {migration, blocks, done, begun}: Pending, options: ApplyOptions): Promise<Applied> {
  const {tell} = options
  const start = performance.now()
  const statements = blocks.reduce((sum, block) => sum + block.statements.length, 0)
  const resumed = done.size + begun.size > 0
  let finished = false
  for (const block of blocks) {
    tell?.(
      `applying ${migration.path}${blocks.length > 1 ? `, part ${block.number} of ${blocks.length} (line ${block.line})` : ''}`,
    )
    const last = block === blocks.at(-1)
    try {
      if (done.has(block.number)) await runAll(db, block.statements.filter(isSetting), migration)
      else if (block.kind === 'setting') await runAll(db, block.statements, migration)
      else {
        await applyBlock(db, migration, block, {statements, last, begun: begun.has(block.number)}, options)
        done.add(block.number)
        finished = last
      }
    } catch (error) {
      throw failed(error, migration, block, blocks, done)
    }
  }
  if (!finished) await db.transaction(() => recordMigration(db, migration, {milliseconds: 0, statements, finished: true}))
  return {migration, milliseconds: performance.now() - start, statements, resumed}
}

interface Running {
  /** of the whole file */
  readonly statements: number
  readonly last: boolean
  readonly begun: boolean
}

/** One transaction with the journal's rows; for a statement that can't run in one, rows before and after it. */
async function applyBlock(
  db: Db,
  migration: Migration,
  block: Block,
  {statements, last, begun}: Running,
  patience: Patience,
): Promise<void> {
  const start = performance.now()
  const record = (state: 'begun' | 'done') =>
    recordBlock(db, migration, block, {state, milliseconds: performance.now() - start, statements, last})
  const together = async () => {
    await runAll(db, block.statements, migration)
    await record('done')
  }
  if (!begun) {
    try {
      return await patiently(db, block.begin?.sql, together, patience)
    } catch (error) {
      if (block.kind !== 'lone' || !needsNoTransaction(error)) throw error
    }
    await db.transaction(() => record('begun'))
  }
  if (!begun || !(await isDone(db, block))) await runLone(db, migration, block)
  await db.transaction(() => record('done'))
}

/** What an earlier run, or a failed one, has left behind half done is taken away. */
async function isDone(db: Db, {statements}: Block): Promise<boolean> {
  const statement = statements[0]!
  const found = await probeOf(statement)!(db, statement.node)
  if (found.cleanup) await db.script(found.cleanup)
  return found.isDone
}

async function runLone(db: Db, migration: Migration, block: Block): Promise<void> {
  try {
    await runAll(db, block.statements, migration)
  } catch (error) {
    if (isLost(error)) throw error
    // what can't be cleaned up now is by the next run, as long as the journal knows of it
    const isClean =
      !probeOf(block.statements[0]!) ||
      (await isDone(db, block).then(
        () => true,
        () => false,
      ))
    if (isClean) await db.transaction(() => forgetBlock(db, migration, block))
    throw error
  }
}

/** PostgreSQL itself says so, before it has done anything: CREATE INDEX CONCURRENTLY, VACUUM …; COMMIT in a procedure or DO. */
function needsNoTransaction(error: unknown): boolean {
  return error instanceof PgextError && (error.sqlstate === '25001' || error.sqlstate === '2D000')
}

function isLost(error: unknown): boolean {
  return error instanceof PgextError && error.code === 'connection-lost'
}

function failed(
  error: unknown,
  migration: Migration,
  block: Block,
  blocks: readonly Block[],
  done: ReadonlySet<number>,
): unknown {
  // COMMIT fails without a place: a deferred constraint
  const at = block.end ?? block.statements[0]!
  const said = placed(error, at, migration)
  if (!(said instanceof PgextError)) return said
  const committed = committedOf(blocks, done)
  const again = 'then run the same command again: it goes on after what is committed'
  if (said.code === 'connection-lost') {
    return new PgextError(said.code, `the connection was lost while applying ${migration.path} (${committed})`, {
      hint: `look at the server log, ${again}`,
      where: placeOf(migration.text, (block.begin ?? block.statements[0]!).start, migration.path),
      cause: said,
      sqlstate: said.sqlstate,
    })
  }
  const hint = [said.hint, hintOf(said.sqlstate, block.statements.at(-1)!, block)].filter(Boolean).join('; ') || undefined
  return new PgextError(said.code, `${said.message} (${committed})`, {
    hint,
    where: said.where,
    cause: said,
    sqlstate: said.sqlstate,
  })
}

function committedOf(blocks: readonly Block[], done: ReadonlySet<number>): string {
  const counted = blocks.filter(({kind}) => kind !== 'setting')
  const upTo = counted.filter(({number}) => done.has(number)).at(-1)
  if (!upTo) return 'nothing of this file is applied'
  const {line} = upTo.end ?? upTo.statements.at(-1)!
  return `${done.size} of its ${counted.length} parts are committed, up to line ${line}`
}

function hintOf(sqlstate: string | undefined, statement: Statement, block: Block): string | undefined {
  const {kind, node} = statement
  if (block.kind === 'lone' && kind === 'IndexStmt' && node.concurrent && !node.idxname) {
    return 'it may have left an index behind, invalid and under a name of PostgreSQL’s choice: drop it before you run again'
  }
  if (sqlstate === '55P03' || sqlstate === '40P01')
    return 'another session holds a lock that this needs: run the same command again when it is done'
  if (sqlstate === '57014') return 'it was cancelled, or a statement_timeout that the file sets ended it'
  if (sqlstate === '53100') return 'then run the same command again: it goes on after what is committed'
  if (sqlstate === '42501') return 'apply as a role that may do this'
  return undefined
}

function edited(message: string): PgextError {
  return new PgextError('migration-changed', message, {
    hint: 'bring back what was applied (from version control), and write a new migration for the new change',
  })
}

function unclear(migration: Migration, {statements, number}: Block): PgextError {
  const statement = statements[0]!
  const key = `WHERE version = '${migration.version}' AND block = ${number}`
  return new PgextError('journal', `nobody knows how this statement of ${migration.path} ended: ${firstLine(statement.sql)}`, {
    hint:
      `an earlier run began it outside a transaction and was cut off. Look whether it took effect (an index may be there, but invalid: drop it). ` +
      `If it did not: DELETE FROM pgext.migration_block ${key}; if it did: UPDATE pgext.migration_block SET state = 'done' ${key}; then run again`,
    where: placeOf(migration.text, statement.start, migration.path),
  })
}

function firstLine(sql: string): string {
  const [line = '', ...rest] = sql.split('\n')
  return rest.length > 0 ? `${line} …` : line
}
