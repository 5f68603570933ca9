// Files, a database and what was tried in; what ends migrate:rebase before anything is written, and how its outcome is said, out.
import {PgextError} from '../errors.ts'
import type {Moved} from '../history/anew.ts'
import type {Onto} from '../history/git.ts'
import type {Sides} from '../history/siblings.ts'
import type {Failed} from '../history/sort.ts'
import type {Migration} from '../migrations/file.ts'
import {fileOf} from '../migrations/sum.ts'
import type {Project} from '../project/model.ts'
import type {Target} from './database.ts'
import {count} from './difference.ts'
import {withTarget} from './migration.ts'
import type {Paint} from './paint.ts'

const MARK = /^(<{7}|>{7})( |$)/m

/** What git left to be decided is decided by nobody else. */
export function refuseMarks(files: readonly {readonly path: string; readonly text: string}[]): void {
  for (const {path, text} of files) {
    const at = MARK.exec(text)?.index
    if (at === undefined) continue
    const line = text.slice(0, at).split('\n').length
    throw new PgextError('bad-sql', 'marks of a merge that is not resolved', {
      hint: 'say what the merged file is to be, then run pgext migrate:rebase again: it looks after pgext.sum itself',
      where: {file: path, line, column: 1, text: text.split('\n')[line - 1]!},
    })
  }
}

/** Names of files that the database has applied; undefined: it can't be reached. Two branches may have one version. */
export async function appliedIn(target: Target): Promise<ReadonlySet<string> | undefined> {
  const {readJournal} = await import('../migrations/journal.ts')
  try {
    return await withTarget(target, async (db) => new Set((await readJournal(db)).map(fileOf)))
  } catch (error) {
    if (error instanceof PgextError && (error.code === 'connection-failed' || error.sqlstate === '3D000')) return undefined
    throw error
  }
}

/** Only its author knows what a migration by hand is to do. */
export function refuseByHand(rest: readonly Failed[]): void {
  const [first, ...more] = rest.filter(({byHand}) => byHand)
  if (!first) return
  const say = ({migration, why, byHand}: Failed) => `${migration.path} can't be kept, and ${byHand}\n  ${why}`
  throw new PgextError('not-allowed', [first, ...more].map(say).join('\n'), {
    hint: 'edit it so that it runs behind the others (pgext migrate:sum is not needed), or take it away; then run pgext migrate:rebase again',
    ...(first.where && {where: first.where}),
  })
}

/** Whether a database of one's own or one that counts has it, nobody can tell from here. */
export function refuseApplied(
  rest: readonly Failed[],
  applied: ReadonlySet<string>,
  {target, onto}: {readonly target: Target; readonly onto?: Onto},
): void {
  const found = rest.filter(({migration}) => applied.has(fileOf(migration)))
  if (found.length === 0) return
  const list = found.map(({migration, why}) => `  ${migration.path}: ${why}`).join('\n')
  throw new PgextError(
    'not-allowed',
    `applied to ${target.name}, and to be written anew, so that nothing was written:\n${list}`,
    {
      hint: `if ${target.name} is a database of your own: --onto ${onto?.ref ?? 'REF'}, and pgext db:reset afterwards; if what it has applied is what stays: --url with its address`,
    },
  )
}

/** Two that stay with one version: nobody may rename them for their owners. */
export function refuseTwins(all: readonly Migration[]): void {
  const twins = all.filter((one) => all.some((other) => other !== one && other.version === one.version))
  if (twins.length === 0) return
  throw new PgextError(
    'migration-name',
    `several migrations that stay have one version: ${twins.map(({path}) => path).join(', ')}`,
    {
      hint: 'rename the one that is applied nowhere',
    },
  )
}

export async function unresolvedIn({databaseUrl}: Project, named: string | undefined, target: Target): Promise<string> {
  if (named)
    throw new PgextError('connection-failed', `can't look what is applied in ${target.shown}`, {hint: 'is the server up?'})
  return `could not look what is applied in ${databaseUrl ? target.shown : 'the database'}: only git says what stays`
}

export function sidesLines({fixed, movable}: Sides, onto: Onto | undefined, url: string | undefined): string[] {
  const stays = url ? `what ${url} has applied` : onto ? `${onto.ref} (${onto.why})` : 'what stands in one line by its headers'
  return [`${stays} stays: ${count(fixed.length, 'migration')}; behind it: ${movable.map(fileOf).join(', ') || 'none'}`]
}

export function movedLine({old, now}: Moved, paint: Paint): string {
  if (old === now) return `${paint('green', 'keeps   ')}${fileOf(now)}`
  return `${paint('yellow', 'moves   ')}${fileOf(old)} to ${fileOf(now)}${paint('dim', '  behind the others')}`
}
