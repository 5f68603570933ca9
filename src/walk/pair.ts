// The names of two sides in, both states out.
import type {Rename} from '../diff/renames.ts'
import type {DifferenceOptions, Side} from './model.ts'
import {isUrl, type Known, noDatabase, openFiles, openLive, openMigrations, type Workplace} from './sides.ts'

export interface Both {
  readonly current: Known
  readonly desired: Known
  /** those that files create */
  readonly roles: ReadonlySet<string>
}

/** Will its files tell what is managed? That side is opened first. */
const isLoaded = (side: Side): boolean => side !== 'database' && side !== 'migrations' && !isUrl(side)

export async function openBoth(
  {from, to, renames}: Pick<DifferenceOptions, 'from' | 'to' | 'renames'>,
  place: Workplace,
): Promise<Both> {
  const isFirst = !isLoaded(to) && isLoaded(from)
  const {first, second, roles} = await openEach(isFirst ? from : to, isFirst ? to : from, place, renames?.yes ?? [])
  return isFirst ? {current: first, desired: second, roles} : {current: second, desired: first, roles}
}

/** Files tell which roles count on the other side; two databases are read at the same time. */
async function openEach(one: Side, other: Side, place: Workplace, answers: readonly Rename[]) {
  const roles = new Set(rolesOf(answers))
  if (isUrl(one) && isUrl(other)) {
    const [first, second] = await Promise.all([open(one, place, roles), open(other, place, roles)])
    return {first, second, roles}
  }
  const first = await open(one, place)
  // a role that is to be renamed is there under its old name
  const {rolesCreated = [], renames = []} = first.loaded ?? {}
  const created = new Set([...rolesCreated, ...rolesOf(renames), ...roles])
  return {first, second: await open(other, place, created), roles: created}
}

const rolesOf = (renames: readonly Rename[]): string[] =>
  renames.flatMap(({kind, name, from}) => (kind === 'role' ? [name[0]!, from[0]!] : []))

async function open(side: Side, place: Workplace, roles: ReadonlySet<string> = new Set()): Promise<Known> {
  if (isUrl(side)) return openLive(side, side, place, roles)
  if (side === 'database') {
    const url = place.project.databaseUrl
    if (!url) throw noDatabase()
    place.tell('reading the database')
    return openLive(url, side, place, roles)
  }
  if (side === 'files') return openFiles(await place.project.sources(), side, place)
  if (side === 'migrations') {
    const {readMigrations} = await import('../migrations/file.ts')
    return openMigrations(await readMigrations(place.project.migrationsFolder, place.project.settings.migrations), place, roles)
  }
  const {readSources} = await import('../project/open.ts')
  return openFiles(await readSources(side), side, place)
}
