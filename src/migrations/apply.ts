// A session and all migration files in, the pending ones applied and journalled out.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import type {Statement} from '../postgres/statements.ts'
import {type Block, cut, isSetting, wipesSession} from './block.ts'
import {edited, failed, refuseReplaced, unclear} from './failure.ts'
import type {Migration} from './file.ts'
import {ensureJournal, readJournal, recordBlock, recordMigration} from './journal.ts'
import {runLone} from './lone.ts'
import {type Patience, patiently} from './patience.ts'
import {probeOf, standsAlone} from './probe.ts'
import {freshen, refuseStopped, runAll, runnerOf} from './run.ts'
import {hold, type Session, type SessionOptions} from './session.ts'
import {type MigrationStatus, status} from './status.ts'
import {openWatch, type Watch, type WatchOptions} from './watch.ts'

export interface ApplyOptions extends SessionOptions, Patience, WatchOptions {
  /** done in each transaction, once its statements have run and before it is committed */
  readonly follow?: (statements: readonly Statement[]) => Promise<void>
  /** told how all stand once no other run can change that: what it throws ends it before anything runs */
  readonly agree?: (all: readonly MigrationStatus[]) => void
  /** when aborted, what runs is cancelled on the server, and nothing more is begun */
  readonly signal?: AbortSignal
  /** told of each as soon as it is applied */
  readonly did?: (applied: Applied) => void
}

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
    const all = status(migrations, await readJournal(db))
    options.agree?.(all)
    const pending = await pendingOf(all, db.server.major)
    await takeReplacing(db, all)
    const applied: Applied[] = []
    const watch = await openWatch(db, options)
    const cancel = () => void db.cancel()
    options.signal?.addEventListener('abort', cancel, {once: true})
    try {
      for (const one of pending) {
        await session.check()
        await freshen(db, runner)
        applied.push(await applyOne(db, one, options, watch, session))
        options.did?.(applied.at(-1)!)
      }
      return applied
    } finally {
      options.signal?.removeEventListener('abort', cancel)
      // a lost session has nothing to tidy up
      await freshen(db, runner, '').catch(() => {})
      await watch.close()
    }
  })
}

/** What came instead of migrations that are applied here is applied: it has a row of its own from now on. */
async function takeReplacing(db: Db, all: readonly MigrationStatus[]): Promise<void> {
  const taken = all.filter(({standing, row, migration}) => standing === 'applied' && !row && migration)
  if (taken.length === 0) return
  await db.transaction(async () => {
    for (const {migration} of taken) await recordMigration(db, migration!, {milliseconds: 0, statements: 0, finished: true})
  })
}

async function pendingOf(all: readonly MigrationStatus[], major: number): Promise<Pending[]> {
  refuseReplaced(all)
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

async function applyOne(
  db: Db,
  {migration, blocks, done, begun}: Pending,
  options: ApplyOptions,
  watch: Watch,
  session: Session,
): Promise<Applied> {
  const {tell, signal} = options
  const start = performance.now()
  const statements = blocks.reduce((sum, block) => sum + block.statements.length, 0)
  const resumed = done.size + begun.size > 0
  let finished = false
  for (const block of blocks) {
    tell?.(`applying ${migration.path}${blocks.length > 1 ? partOf(block, blocks) : ''}`)
    const last = block === blocks.at(-1)
    try {
      refuseStopped(signal)
      if (done.has(block.number)) await runAll(db, block.statements.filter(isSetting), migration)
      else if (block.kind === 'setting') await runAll(db, block.statements, migration)
      else {
        await applyBlock(db, migration, block, {statements, last, begun: begun.has(block.number)}, options, watch)
        done.add(block.number)
        finished = last
      }
      if (block.statements.some(wipesSession)) await session.renew()
    } catch (error) {
      throw failed(error, {migration, block, blocks, done, isStopped: signal?.aborted === true})
    }
  }
  if (!finished) await db.transaction(() => recordMigration(db, migration, {milliseconds: 0, statements, finished: true}))
  return {migration, milliseconds: performance.now() - start, statements, resumed}
}

/** Where a part is one statement, its beginning as well. */
function partOf({number, line, statements}: Block, blocks: readonly Block[]): string {
  const [only, ...more] = statements.filter(({kind}) => kind !== 'VariableSetStmt')
  const words = only && more.length === 0 ? only.sql.replace(/\s+/g, ' ') : ''
  const shown = words.length > 60 ? `${words.slice(0, 59)}…` : words
  return `, part ${number} of ${blocks.length} (line ${line})${shown && `: ${shown}`}`
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
  options: ApplyOptions,
  watch: Watch,
): Promise<void> {
  const start = performance.now()
  const record = (state: 'begun' | 'done') =>
    recordBlock(db, migration, block, {state, milliseconds: performance.now() - start, statements, last})
  const together = async () => {
    await runAll(db, block.statements, migration, options.signal)
    await record('done')
    await options.follow?.(block.statements)
  }
  if (!begun && !(block.kind === 'lone' && standsAlone(block.statements[0]!))) {
    try {
      return await patiently(db, block.begin?.sql, together, options, watch)
    } catch (error) {
      if (block.kind !== 'lone' || !needsNoTransaction(error)) throw error
    }
  }
  await runLone({db, migration, block, begun, record}, options, watch)
}

/** PostgreSQL itself says so, before it has done anything: CREATE INDEX CONCURRENTLY, VACUUM …; COMMIT in a procedure or DO. */
function needsNoTransaction(error: unknown): boolean {
  return error instanceof PgextError && (error.sqlstate === '25001' || error.sqlstate === '2D000')
}
