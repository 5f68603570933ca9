// A project whose files change in; each time what its database's functions lack out, told by a shadow that stays loaded.
import type {ObjectId} from '../diff/model.ts'
import {relabel} from '../diff/relabel.ts'
import {readRoutines, routinesOf} from '../diff/routines.ts'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import type {Loaded, ShadowDatabase, SourceFile} from '../shadow/model.ts'
import {connectMighty} from './copy.ts'
import {deploymentOf} from './deploy.ts'
import {look, tell} from './glance.ts'
import type {Deployment, DeployRequest, Watching} from './model.ts'
import {NO_NAMES} from './named.ts'
import {type Known, openFiles, type Workplace} from './sides.ts'

/** What was loaded last, whole. */
interface Base {
  readonly sources: readonly SourceFile[]
  readonly desired: Known
  /** what of it is about routines */
  readonly files: Known
}

interface Warm {
  readonly database: ShadowDatabase
  readonly db: Db
}

export function watching(place: Workplace): Watching {
  let base: Base | undefined
  let warm: Promise<Warm> | undefined
  let live: Promise<Db> | undefined

  const cool = async () => {
    const was = warm
    warm = undefined
    const found = await was?.catch(() => undefined)
    await found?.db.close().catch(() => {})
    await found?.database.drop().catch(() => {})
  }
  const leave = async () => {
    const was = live
    live = undefined
    await was?.then((db) => db.close()).catch(() => {})
  }
  const heat = (desired: Known) => {
    warm = desired.clone().then(async (database) => ({database, db: await connectMighty(database, place.target, NO_NAMES)}))
    // it is asked again when it is needed
    warm.catch(() => {})
  }

  /** The same functions with other bodies, in files that only make functions: all else is loaded anew. */
  const again = async (from: Base, changed: readonly SourceFile[]): Promise<Known | undefined> => {
    if (
      !warm ||
      !(await Promise.all(changed.map(({path}) => makesAlone(from.sources.find((one) => one.path === path))))).every(Boolean)
    )
      return undefined
    const {db, database} = await warm
    const {load} = await import('../shadow/load.ts')
    const {settings} = place.project
    const loaded = await load(db, changed, {
      calls: settings.calls,
      rolesMayBeMade: database.shadow.engine !== 'server',
      isolated: false,
      again: true,
      external: settings.external,
    })
    if (loaded.renames.length > 0) return undefined
    const paths = new Set(changed.map(({path}) => path))
    const before = [...from.files.loaded!.written].filter(([, {path}]) => paths.has(path)).map(([id]) => id)
    if (!before.every((id) => loaded.written.has(id))) return undefined
    const {server} = from.files.catalog
    const {catalog: made} = await readRoutines(db)
    const catalog = {...relabel(made, db.server.user, server.user), server}
    return {...from.files, catalog, loaded: joined(from.files.loaded!, loaded)}
  }

  const told = async (request: DeployRequest, sources: readonly SourceFile[]): Promise<Deployment | undefined> => {
    if (!base || request.whole) return undefined
    const changed = changedIn(base.sources, sources)
    if (!changed) return undefined
    live ??= import('../postgres/native.ts').then(({connect}) => connect(request.url))
    const [files, looked] = await Promise.all([changed.length > 0 ? again(base, changed) : base.files, live.then(look)])
    if (!files) return undefined
    base = {...base, sources, files}
    return tell(request, looked, base.desired, files, place)
  }

  return {
    async deployment(request) {
      const sources = await place.project.sources()
      try {
        const found = await told(request, sources)
        if (found) return found
      } catch (error) {
        // some of it may have run; and a session that was lost is opened anew
        await Promise.all([cool(), leave()])
        if (base) heat(base.desired)
        base = undefined
        if (!(error instanceof PgextError) || !(error.code === 'connection-lost' || MADE_ANEW.has(error.sqlstate ?? '')))
          throw error
      }
      const desired = await openFiles(sources, 'files', place)
      base = {sources, desired, files: {...desired, catalog: routinesOf(desired.catalog)}}
      await cool()
      heat(desired)
      return deploymentOf(request, desired, place)
    },
    session: async () => live,
    async close() {
      await Promise.all([cool(), leave()])
    },
  }
}

/** undefined: files have come or gone, or what is no functions file has changed. */
function changedIn(before: readonly SourceFile[], now: readonly SourceFile[]): SourceFile[] | undefined {
  const known = new Map(before.map((file) => [file.path, file]))
  if (known.size !== now.length || now.some(({path}) => !known.has(path))) return undefined
  const changed = now.filter(({path, text}) => known.get(path)!.text !== text)
  return changed.every(({holdsFunctions}) => holdsFunctions) ? changed : undefined
}

/** What can't be replaced has to be made anew: its result, its parameters' names, its kind. */
const MADE_ANEW = new Set(['42P13', '42723', '42809', '2BP01'])

const ALONE = new Set(['CreateFunctionStmt', 'DefineStmt', 'VariableSetStmt'])

/** Comments and grants that a file no longer has would have to be taken back. */
async function makesAlone(source: SourceFile | undefined): Promise<boolean> {
  if (!source) return false
  const {splitOnce} = await import('../shadow/work.ts')
  return (await splitOnce(source)).statements.every(({kind}) => ALONE.has(kind))
}

function joined(before: Loaded, now: Loaded): Loaded {
  const both = <T>(key: (loaded: Loaded) => ReadonlySet<T>): Set<T> => new Set([...key(before), ...key(now)])
  return {
    ...before,
    functions: both<ObjectId>(({functions}) => functions),
    written: new Map([...before.written, ...now.written]),
    rolesMentioned: both(({rolesMentioned}) => rolesMentioned),
    grantees: both(({grantees}) => grantees),
    ownersSet: both<ObjectId>(({ownersSet}) => ownersSet),
  }
}
