// A target and migrations that are true of it already in, its journal saying so out; nothing of them is run.

import type {Change} from '../diff/model.ts'
import {PgextError} from '../errors.ts'
import type {Migration} from '../migrations/file.ts'
import type {JournalRow} from '../migrations/journal.ts'
import type {Project} from '../project/model.ts'
import type {Target} from './database.ts'
import {count} from './difference.ts'
import {applying, withTarget} from './migration.ts'
import {type Paint, painter} from './paint.ts'
import type {Progress} from './progress.ts'
import {recorded} from './record.ts'
import {summaryLines} from './summary.ts'

export const fileOf = ({version, name}: Pick<Migration, 'version' | 'name'>): string => `${version}_${name}.sql`

export async function journalOf(target: Target): Promise<readonly JournalRow[]> {
  const {readJournal} = await import('../migrations/journal.ts')
  return withTarget(target, readJournal)
}

/**
 * They are written down as applied, in one transaction.
 * @param seen the journal as it was when the database was looked at
 */
export async function journalled(
  project: Project,
  target: Target,
  migrations: readonly Migration[],
  seen: readonly JournalRow[],
  progress: Progress,
): Promise<void> {
  const [{adoptMigrations}, options] = await Promise.all([
    import('../migrations/draft.ts'),
    applying(project.settings, target.url, progress),
  ])
  await recorded(project, 'migrate', target.url, async (did) => {
    await withTarget(target, (db) => adoptMigrations(db, migrations, options, seen))
    for (const one of migrations) did({message: `took ${fileOf(one)} as applied`})
  })
}

/** Said of the database: what is to be made is what it lacks. */
function turned(changes: readonly Change[]): Change[] {
  return changes.map((change): Change => {
    if (change.verb === 'create') return {verb: 'drop', from: change.to}
    return change.verb === 'drop' ? {verb: 'create', to: change.from} : change
  })
}

/** Objects a line each, no more of them than a person reads: + for what the database has, - for what it lacks. */
export function differingLines(changes: readonly Change[], paint: Paint = painter(process.stderr)): string {
  const lines = summaryLines(turned(changes), paint)
  const more = lines.length > MOST ? [`  and ${lines.length - MOST} more`] : []
  return [...lines.slice(0, MOST).map((line) => `  ${line}`), ...more].join('\n')
}

const MOST = 20

export function refuseDiffering(changes: readonly Change[], {name}: Target, what: string, hint: string): void {
  if (changes.length === 0) return
  const list = differingLines(changes)
  throw new PgextError('not-allowed', `${name} is not what ${what}, and nothing was journalled: + it has, - it lacks\n${list}`, {
    hint,
  })
}

/** What is said of the files once a database's history is taken over. */
export function leftOver(changes: number, waiting: number): string | undefined {
  if (changes + waiting === 0) return undefined
  return `your files say otherwise than the database, by ${count(changes + waiting, 'object')}: pgext diff shows it`
}
