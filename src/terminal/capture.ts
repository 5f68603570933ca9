// A project and its target in; capture of realtime tables as the files want it, and what that took, as lines and as JSON, out.
import type {Kept} from '../events/keep.ts'
import type {Db} from '../postgres/db.ts'
import type {Project} from '../project/model.ts'
import type {Capturing, Difference, Walk} from '../walk/model.ts'
import type {Target} from './database.ts'
import {count} from './difference.ts'
import {applying, readFiles} from './migration.ts'
import type {Paint} from './paint.ts'
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

/** The statements about users' tables, each with what it locks. */
export async function capturingText({engine, steps, inside, sizes}: Capturing, paint: Paint, when: string): Promise<string> {
  if (steps.length + inside === 0) return ''
  const [{costLines}, {colourSql}] = await Promise.all([import('./cost.ts'), import('./sql.ts')])
  const beside = inside > 0 ? `, with ${count(inside, 'statement')} in schema pgext` : ''
  const head = `-- realtime tables${engine ? `, captured ${WAYS[engine]}` : ''}: ${when}${beside}`
  const lines = steps.flatMap((step) => [...costLines(step, sizes).map((line) => `-- ${line}`), `${step.sql};`])
  return colourSql([head, ...lines].join('\n'), paint)
}

/** In a dry run: what capture will have to follow once all that is pending, and what no migration covers yet, is there. */
export async function followingIn(
  walk: Walk,
  uncovered: Difference,
  pending: readonly string[],
  progress: Progress,
): Promise<Capturing | undefined> {
  if (!isRealtime(uncovered.desired) && !isRealtime(uncovered.current)) return undefined
  return progress.during('looking at realtime tables', async () => {
    if (pending.length === 0) return walk.following(uncovered)
    const files = await readFiles(walk.project)
    const first = files.findIndex(({version}) => pending.some((name) => name.startsWith(`${version}_`)))
    const from = first > 0 ? `migrations:${files[first - 1]!.version}` : 'migrations:none'
    const all = {from, to: 'files', online: false, prove: false, allow: new Set<string>(), renames: {yes: [], no: 'all' as const}}
    return walk.following(await walk.difference(all))
  })
}

/** Of a database that nobody has written to yet. */
export function followingNotes(capture: Capturing | undefined): string[] {
  if (capture?.unseen) return [`could not look what follows for realtime tables: ${capture.unseen}`]
  return capture && !capture.engine ? ['pg_events will be installed, to capture changes of realtime tables'] : []
}

export const UNDECLARED =
  'no file declares pg_events, so that nothing is captured any more; what was captured stays until pgext events:uninstall'
