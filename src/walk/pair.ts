// The names of two sides in, both states out.
import type {Rename} from '../diff/renames.ts'
import {PgextError} from '../errors.ts'
import type {Migration} from '../migrations/file.ts'
import {isUrl} from '../postgres/url.ts'
import {noDatabase} from '../project/running.ts'
import type {DifferenceOptions, Side} from './model.ts'
import {type Against, type Known, openFiles, openLive, openMigrations, type Workplace} from './sides.ts'

export interface Both {
  readonly current: Known
  readonly desired: Known
  /** those that files create */
  readonly roles: ReadonlySet<string>
}

/** Will its files tell what is managed? That side is opened first. */
const isLoaded = (side: Side): boolean => side !== 'database' && !isMigrations(side) && !isUrl(side)

const isLive = (side: Side): boolean => side === 'database' || isUrl(side)

export async function openBoth(
  {from, to, renames}: Pick<DifferenceOptions, 'from' | 'to' | 'renames'>,
  place: Workplace,
): Promise<Both> {
  const isFirst = (!isLoaded(to) && isLoaded(from)) || (isLive(to) && isMigrations(from))
  const {first, second, roles} = await openEach(isFirst ? from : to, isFirst ? to : from, place, renames?.yes ?? [])
  return isFirst ? {current: first, desired: second, roles} : {current: second, desired: first, roles}
}

/** Files tell which roles count on the other side; two databases are read at the same time. */
async function openEach(one: Side, other: Side, place: Workplace, answers: readonly Rename[]) {
  const roles = new Set(rolesOf(answers))
  if (isUrl(one) && isUrl(other)) {
    const [first, second] = await Promise.all([openSide(one, place, roles), openSide(other, place, roles)])
    return {first, second, roles}
  }
  const first = await openSide(one, place)
  // a role that is to be renamed is there under its old name
  const {rolesCreated = [], renames = []} = first.loaded ?? {}
  const created = new Set([...rolesCreated, ...rolesOf(renames), ...roles])
  const against = first.live ? {} : {declared: first.catalog, near: first}
  return {first, second: await openSide(other, place, created, against), roles: created}
}

const rolesOf = (renames: readonly Rename[]): string[] =>
  renames.flatMap(({kind, name, from}) => (kind === 'role' ? [name[0]!, from[0]!] : []))

const isMigrations = (side: Side): boolean => /^migrations(:.*)?$/.test(side)

/** `migrations:20261121T061500`: as they were after that one; `migrations:none`: before the first. */
function upTo(side: Side, all: readonly Migration[]): readonly Migration[] {
  const version = side.slice('migrations:'.length)
  if (version === '') return all
  const at = version === 'none' ? -1 : all.findIndex((one) => one.version === version)
  if (at >= 0 || version === 'none') return all.slice(0, at + 1)
  throw new PgextError('usage', `no migration has the version ${version}`, {
    hint: 'it is what their names begin with, such as 20261121T061500; pgext migrate:status lists them',
  })
}

export async function openSide(
  side: Side,
  place: Workplace,
  roles: ReadonlySet<string> = new Set(),
  against: Against = {},
): Promise<Known> {
  if (isUrl(side)) return openLive(side, side, place, roles, against)
  if (side === 'database') {
    const url = place.project.databaseUrl
    if (!url) throw noDatabase(place.project)
    place.tell('reading the database')
    return openLive(url, side, place, roles, against)
  }
  if (side === 'files') return openFiles(await place.project.sources(), side, place)
  if (isMigrations(side)) {
    const {readMigrations} = await import('../migrations/file.ts')
    const all = await readMigrations(place.project.migrationsFolder, place.project.settings.migrations)
    return {...(await openMigrations(upTo(side, all), place, roles, against.near)), side}
  }
  const {readSources} = await import('../project/open.ts')
  return openFiles(await readSources(side), side, place)
}
