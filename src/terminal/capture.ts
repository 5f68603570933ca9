// A project and its target in; capture of realtime tables as the files want it, and what that took, as lines and as JSON, out.
import type {Kept} from '../events/keep.ts'
import type {Db} from '../postgres/db.ts'
import type {Project} from '../project/model.ts'
import type {Difference} from '../walk/model.ts'
import type {Target} from './database.ts'
import {count} from './difference.ts'
import {applying} from './migration.ts'
import type {Progress} from './progress.ts'

export const WAYS = {wal: 'from WAL', queue: 'by a queue'} as const

/** Once all migrations are applied: what each did is followed in its own transaction. */
export async function keepInStep(
  {desired}: Pick<Difference, 'desired'>,
  {settings}: Project,
  {url}: Target,
  progress: Progress,
  db: Db,
): Promise<Kept | undefined> {
  const {keepCapture} = await import('../events/keep.ts')
  const isDeclared = isRealtime(desired)
  const options = await applying(settings, url, progress)
  return progress.during('looking at realtime tables', () => keepCapture(db, {isDeclared, ...settings.realtime}, options))
}

export function isRealtime({catalog}: Difference['desired']): boolean {
  return [...catalog.objects.values()].some(({kind, name}) => kind === 'publication' && name[0] === 'pg_events')
}

export function keptLines({engine, isNew, statements}: Kept): string[] {
  if (isNew) return [`installed pg_events: changes of realtime tables are captured ${WAYS[engine]}`]
  return statements.length > 0 ? [`mended the capture of realtime tables: ${count(statements.length, 'statement')}`] : []
}

export const keptJson = ({engine, isNew, statements}: Kept) => ({engine, installed: isNew, statements: [...statements]})

export const UNDECLARED =
  'no file declares pg_events, so that nothing is captured any more; what was captured stays until pgext events:uninstall'
