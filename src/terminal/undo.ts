// A project and its target in, the migration that was applied last and what leads back from it out.
import type {Rename} from '../diff/renames.ts'
import {PgextError} from '../errors.ts'
import type {Migration} from '../migrations/file.ts'
import type {Project} from '../project/model.ts'
import type {Side} from '../walk/model.ts'
import type {Target} from './database.ts'
import {checkedFiles, withTarget} from './migration.ts'

export interface Undo {
  readonly migration: Migration
  /** the state before it */
  readonly before: Side
  readonly renames: readonly Rename[]
  /** columns whose values it made by words of its own */
  readonly converted: readonly string[]
}

/** Nothing may stand between it and now: what is pending, changed or missing is refused. */
export async function lastApplied(project: Project, target: Target): Promise<Undo> {
  const [{readJournal}, {status}, {statementsOf}, {convertedIn, renamesBack}] = await Promise.all([
    import('../migrations/journal.ts'),
    import('../migrations/status.ts'),
    import('../migrations/block.ts'),
    import('../migrations/back.ts'),
  ])
  const files = await checkedFiles(project)
  return withTarget(target, async (db) => {
    const all = status(files, await readJournal(db))
    const open = all.find(({standing}) => standing !== 'applied')
    if (open) {
      throw new PgextError('not-allowed', `migration ${open.version}_${open.name} is ${open.standing}: nothing is undone`, {
        hint: 'pgext migrate:status lists them; apply what is pending, or take it away, and bring back what was applied',
      })
    }
    const last = all.at(-1)?.migration
    if (!last)
      throw new PgextError('not-allowed', `no migration is applied to ${target.name}: there is nothing to undo`, {
        hint: 'pgext migrate:status lists them',
      })
    const statements = await statementsOf(last, db.server.major)
    const [renames, converted] = [renamesBack(statements), convertedIn(statements)]
    return {migration: last, before: `migrations:${all.at(-2)?.version ?? 'none'}`, renames, converted}
  })
}

/** What USING has made of values is cast as it is now: that need not be what they were. */
export function refuseConverted({converted, migration}: Undo, allowed: ReadonlySet<string>): void {
  if (converted.length === 0 || allowed.has('data-loss')) return
  throw new PgextError(
    'data-loss',
    `${migration.path} changed values of ${converted.join(', ')} by words of its own (USING), which no plan turns round: nothing was written`,
    {
      hint: 'write the way back as a migration of your own, or add --allow data-loss: the values are cast as they are now',
    },
  )
}
