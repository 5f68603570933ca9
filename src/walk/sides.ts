// The name of a side in, its state out: a live database is read, files are loaded into a shadow, migrations replayed there.
import {type Records, readRecords} from '../deploy/record.ts'
import {asBefore} from '../diff/before.ts'
import {asStated} from '../diff/givers.ts'
import {kinds} from '../diff/kinds/index.ts'
import type {Catalog, ObjectId} from '../diff/model.ts'
import {read} from '../diff/read.ts'
import {relabel} from '../diff/relabel.ts'
import {UNMODELLED} from '../diff/unmodelled.ts'
import {unversioned} from '../diff/version.ts'
import {PgextError} from '../errors.ts'
import type {Migration} from '../migrations/file.ts'
import type {Db, Server} from '../postgres/db.ts'
import type {Project} from '../project/model.ts'
import {attachedByAll, attachedSince, standing} from '../shadow/attached.ts'
import type {Shadow, ShadowDatabase, SourceFile} from '../shadow/model.ts'
import {type Kept, keep, keyOf, recall} from './cache.ts'
import {type Around, connectMighty, copy, isUsed, nearby} from './copy.ts'
import {loadExternal} from './external.ts'
import {without} from './functions.ts'
import type {Side, State, Tell} from './model.ts'
import {type Names, NO_NAMES} from './named.ts'
import type {Target} from './target.ts'
import {VERSION} from './version.ts'

/** A state, and what is known of where it comes from. */
export interface Known extends State {
  readonly live?: {readonly url: string; readonly server: Server; readonly records?: Records}
  /** of migrations: what they hung on tables of others; of files, `loaded` says it */
  readonly attached?: ReadonlySet<ObjectId>
  /** what was left out when its migrations were replayed, a sentence each */
  readonly notes?: readonly string[]
  /** of migrations: they leave no rows, and nothing that is not compared */
  readonly isBare?: boolean
  /** it was made just now, and stands */
  readonly standing?: ShadowDatabase
}

export interface Workplace {
  readonly project: Project
  readonly tell: Tell
  /** when it can be reached */
  readonly target?: Target
  /** that the databases are of: the target's, or what was said; undefined: nobody knows */
  readonly major?: number
  /** on the target, open as long as the walk */
  readonly session?: Db
  shadow(extensions: readonly string[], isolated: boolean): Promise<Shadow>
  /** what others own, to be loaded before anything else */
  external(): Promise<readonly SourceFile[]>
}

type Text = Pick<SourceFile, 'path' | 'text'>

export interface Against {
  /** what it is held against, where that is made of files or migrations */
  readonly declared?: Catalog
  /** a state that may be much like it */
  readonly near?: Known
}

export async function openLive(
  url: string,
  side: Side,
  place: Workplace,
  roles: ReadonlySet<string>,
  {declared, near}: Against = {},
): Promise<Known> {
  const {connect} = await import('../postgres/native.ts')
  const db = await connect(url)
  const {catalog: whole, records} = await readBoth(db, roles).finally(() => db.close())
  const before = asBefore(whole, declared)
  const catalog = declared ? asStated(before, declared) : before
  let made: Promise<ShadowDatabase> | undefined
  return {
    side,
    catalog,
    live: {url, server: catalog.server, ...(records && {records})},
    async clone(unneeded = new Set(), versions = new Set()) {
      made ??= shadowFor(extensionsOf(without(catalog, unneeded)), false, place).then(async (shadow) => {
        place.tell('copying the current state')
        const sameMajor = shadow.server.major === catalog.server.major
        const asIs = unversioned(without(catalog, unneeded), versions)
        const stands = near?.standing && {database: near.standing, catalog: near.catalog}
        return (await copy(asIs, shadow, sameMajor, await around(shadow, place), place.target, stands)).database
      })
      return (await made).clone()
    },
  }
}

async function readBoth(db: Db, roles: ReadonlySet<string>) {
  return {catalog: await read(db, roles), records: await readRecords(db)}
}

/** A live state as the shadow's server prints it, for when the two majors differ. */
export async function reprint(
  state: Known,
  place: Workplace,
  unneeded: ReadonlySet<ObjectId>,
  versions?: ReadonlySet<string>,
): Promise<Known> {
  const needed = unversioned(without(state.catalog, unneeded), versions)
  const shadow = await shadowFor(extensionsOf(needed), false, place)
  const {database, catalog} = await copy(needed, shadow, false, await around(shadow, place), place.target)
  return {...state, catalog: {...catalog, server: state.catalog.server}, clone: () => database.clone()}
}

/** Extensions that others own are welcome, not wanted: nothing of the files may use them. */
export async function shadowFor(extensions: readonly string[], isolated: boolean, place: Workplace): Promise<Shadow> {
  const {extensionsIn} = await import('../shadow/load.ts')
  const theirs = place.project.settings.external.extensions
  const wanted = extensions.filter((name) => !theirs.includes(name))
  const welcome = await extensionsIn(await place.external())
  if (welcome.length === 0) return place.shadow(wanted, isolated)
  return place.shadow([...wanted, ...welcome], isolated).catch((error) => {
    if (!(error instanceof PgextError) || error.code !== 'extension-missing') throw error
    return place.shadow(wanted, isolated)
  })
}

export async function around(shadow: Shadow, place: Workplace): Promise<Around> {
  const files = await place.external()
  const {settings} = place.project
  return {external: settings.external, load: (db) => loadExternal(db, files, shadow, settings)}
}

export async function openFiles(files: readonly SourceFile[], side: Side, place: Workplace): Promise<Known> {
  const {calls, external} = place.project.settings
  return remembered(side, ['files', files, calls, external, await place.external()], place, () => loadFiles(files, side, place))
}

/** @param near a state that may be much like it */
export async function openMigrations(
  files: readonly Migration[],
  place: Workplace,
  roles: ReadonlySet<string>,
  near?: Known,
): Promise<Known> {
  const texts = files.map(({path, checksum}) => [path, checksum])
  const parts = ['migrations', texts, [...roles].sort(), await place.external()]
  return remembered('migrations', parts, place, () => replayMigrations(files, place, roles), near)
}

/** A state whose making is known from an earlier run is only made again when a database in it is wanted. */
async function remembered(
  side: Side,
  parts: readonly unknown[],
  place: Workplace,
  make: () => Promise<Known>,
  near?: Known,
): Promise<Known> {
  const {server, attributes} = place.target ?? {}
  const {settings, shadowUrl} = place.project
  // a state that was made on another major for want of this one is made anew once it is here
  const engine = place.major === undefined ? [] : [place.major, (await import('../shadow/binaries.ts')).markOf(place.major)]
  const queries = [...kinds.map((kind) => kind.query(server ?? NOWHERE)), UNMODELLED]
  const key = keyOf([
    parts,
    VERSION,
    server?.versionNumber,
    engine,
    server?.user,
    attributes,
    settings.shadow,
    shadowUrl,
    queries,
  ])
  const kept = await recall(key)
  if (!kept) {
    const made = await make()
    await keep(key, made)
    return made
  }
  let made: Promise<Pick<Known, 'clone'>> | undefined
  return {
    side,
    ...kept,
    clone: () => {
      made ??= copyOf(kept, place, near).then((copy): Pick<Known, 'clone'> | Promise<Known> => copy ?? make())
      return made.then((state) => state.clone())
    },
  }
}

/** Of what its migrations leave when they are replayed; undefined: they have to be. */
async function copyOf({catalog, isBare}: Kept, place: Workplace, near?: Known): Promise<ShadowDatabase | undefined> {
  if (!isBare || catalog.unmodelled.length > 0 || !near?.standing || (await place.external()).length > 0) return undefined
  const shadow = await shadowFor(extensionsOf(catalog), false, place)
  const standing = {database: near.standing, catalog: near.catalog}
  const maker = place.target?.server.user ?? catalog.server.user
  return (await nearby(catalog, shadow, await around(shadow, place), standing, place.target, maker))?.database
}

/** Stands for a server where there is no target: only its place in a key matters. */
const NOWHERE: Server = {major: 18, versionNumber: 0, database: '', user: '', superuser: false, engine: 'postgres'}

async function loadFiles(files: readonly SourceFile[], side: Side, place: Workplace): Promise<Known> {
  const [{extensionsIn, isClusterLevel, load}] = await Promise.all([import('../shadow/load.ts'), import('../shadow/open.ts')])
  // most files need no more than this one, which starts while they are parsed; one that is not needed goes with the walk
  const isPlain = (await place.external()).length === 0 && !files.some(({text}) => text.toLowerCase().includes('extension'))
  if (isPlain) place.shadow([], false).catch(() => {})
  const isolated = await isClusterLevel(files)
  const shadow = await shadowFor(await extensionsIn(files), isolated, place)
  place.tell(`loading ${side}`)
  const {settings} = place.project
  const external = {...settings.external, files: await place.external(), available: shadow.extensions}
  return fill(side, shadow, place, async (db) => ({
    loaded: await load(db, files, {
      calls: settings.calls,
      rolesMayBeMade: shadow.engine !== 'server',
      isolated: shadow.isPrivate && isolated,
      external,
    }),
  }))
}

async function replayMigrations(files: readonly Migration[], place: Workplace, roles: ReadonlySet<string>): Promise<Known> {
  const {replay} = await import('../migrations/replay.ts')
  const {extensionsIn} = await import('../shadow/load.ts')
  const sources = files.map(({path, text}) => ({path, text, holdsFunctions: false}))
  const shadow = await shadowFor(await extensionsIn(sources), false, place)
  place.tell('replaying the migrations')
  const mentioned = await namesMentioned(files)
  const theirs = await place.external()
  const own = theirs.length > 0 ? await attachedByAll(files) : new Set<ObjectId>()
  const replayBeside = async (db: Db) => {
    await loadExternal(db, theirs, shadow, place.project.settings, own)
    const before = theirs.length > 0 ? await standing(db) : undefined
    const notes = await replay(db, files, {isGuest: shadow.engine === 'server'})
    return {notes, isBare: !(await isUsed(db)), ...(before && {attached: new Set(await attachedSince(db, before))})}
  }
  return fill('migrations', shadow, place, replayBeside, roles, mentioned)
}

type Told = Pick<Known, 'loaded' | 'notes' | 'attached' | 'isBare'>

async function fill(
  side: Side,
  shadow: Shadow,
  place: Workplace,
  work: (db: Db) => Promise<Told>,
  roles: ReadonlySet<string> = new Set(),
  mentioned: Names = NO_NAMES,
): Promise<Known> {
  const database = await shadow.create()
  const db = await connectMighty(database, place.target, mentioned)
  let told: Told
  let catalog: Catalog
  try {
    told = await work(db)
    catalog = relabel(
      await read(db, told.loaded?.rolesCreated ?? roles),
      db.server.user,
      place.target?.server.user ?? db.server.user,
    )
  } catch (error) {
    await db.close()
    await database.drop()
    throw error
  }
  await db.close()
  return {side, catalog, ...told, standing: database, clone: () => database.clone()}
}

export function extensionsOf(catalog: Catalog): string[] {
  return [...catalog.objects.values()].filter((o) => o.kind === 'extension' && o.name[0] !== 'plpgsql').map((o) => o.name[0]!)
}

export async function namesMentioned(files: readonly Text[]): Promise<Names> {
  const {split} = await import('../postgres/statements.ts')
  const {rolesIn, tablespacesIn} = await import('../postgres/parse.ts')
  const all = await Promise.all(files.map((file) => split(file.text, file.path)))
  const {statementsInside} = await import('../bodies/inside.ts')
  const outer = all.flatMap((file) => file.statements)
  const inner = await Promise.all(outer.flatMap(({kind, node}) => (kind === 'DoStmt' ? [statementsInside(node)] : [])))
  const statements = [...outer, ...inner.flat()]
  // those that they make themselves are not there before
  const made = new Set(statements.flatMap(({kind, node}) => (kind === 'CreateRoleStmt' ? [node.role as string] : [])))
  return {
    roles: new Set(statements.flatMap(({node}) => rolesIn(node)).filter((role) => !made.has(role))),
    tablespaces: new Set(statements.flatMap(({node}) => tablespacesIn(node))),
  }
}
