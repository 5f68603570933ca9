// A database and a project in; the state of it that files and migrations are to speak for, and the files, written where there are none, out.
import {spare} from '../diff/leave.ts'
import {scope} from '../diff/scope.ts'
import {PgextError} from '../errors.ts'
import type {Project} from '../project/model.ts'
import {deployable, oursBy} from '../walk/functions.ts'
import {leaveFunctions, sparing} from '../walk/known.ts'
import type {Dumped} from '../walk/model.ts'
import {rulesFor} from '../walk/rules.ts'
import {type Known, openFiles, openLive, reprint, type Workplace} from '../walk/sides.ts'

export interface Present {
  readonly live: Known
  readonly files: Known
  /** the database as far as it is the project's: what a migration would have to make */
  readonly state: Known
  /** the files, where the project has none */
  readonly dumped?: Dumped
}

export async function presentOf(url: string, place: Workplace): Promise<Present> {
  const {project} = place
  const dumped = (await hasFiles(project)) ? undefined : await dumpedFrom(url, place)
  const versioned = project.settings.versioned
  const sources = dumped
    ? dumped.files.map((file) => ({...file, ...(versioned && file.holdsFunctions && {versioned})}))
    : await project.sources()
  const files = await openFiles(sources, 'files', place)
  const loaded = files.loaded!
  place.tell('reading the database')
  const read = await openLive(url, 'database', place, loaded.rolesCreated, {declared: files.catalog, near: files})
  const rules = rulesFor(read, files, place)
  const unneeded = spare(scope(read.catalog, files.catalog, rules), read.catalog, [])
  const spared = sparing(read, unneeded, rules.versions)
  const isAlike = read.catalog.server.major === files.catalog.server.major
  const live = isAlike ? spared : await reprint(spared, place, unneeded, rules.versions)
  const scoped = leaveFunctions(scope(live.catalog, files.catalog, rules), live, files)
  const functions = deployable(scoped.current, scoped.desired, loaded.functions, oursBy(live.live?.records))
  const state: Known = {
    side: 'database',
    catalog: scoped.current,
    // what the files say is renamed has its old name there, or its new one
    loaded: {...loaded, functions, renames: [], conversions: []},
    clone: (...left) => live.clone(...left),
  }
  return {live, files, state, ...(dumped && {dumped})}
}

async function dumpedFrom(url: string, place: Workplace): Promise<Dumped> {
  const {dumpOf} = await import('../walk/dump.ts')
  return dumpOf({url, split: 'none', functions: 'files', roles: false, prove: true}, place)
}

/** Any of them: a project that has a part of its files is not to be given another part by a dump. */
export async function hasFiles({folder, settings}: Project): Promise<boolean> {
  const [{existsSync}, {readdir}, {resolve}] = await Promise.all([
    import('node:fs'),
    import('node:fs/promises'),
    import('node:path'),
  ])
  if (settings.schema.some((path) => existsSync(resolve(folder, path)))) return true
  const functions = await readdir(resolve(folder, settings.functions), {recursive: true}).catch(() => [])
  if (!functions.some((name) => name.toLowerCase().endsWith('.sql'))) return false
  throw new PgextError('bad-file', `there are functions in ${settings.functions}/, and no ${settings.schema.join(', ')}`, {
    hint: 'write the schema files, or move the functions away: both are written where neither is there',
  })
}
