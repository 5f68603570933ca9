// A project in, the walk out: every command's way from two sides to a proven plan. Shadows are opened when first needed.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {isUrl} from '../postgres/url.ts'
import type {Project} from '../project/model.ts'
import type {Shadow, SourceFile} from '../shadow/model.ts'
import {externalSource} from './committed.ts'
import type {Side, Tell, Walk} from './model.ts'
import type {Workplace} from './sides.ts'
import {readTarget, type Target} from './target.ts'

export interface WalkOptions {
  readonly tell?: Tell
  /** the major version that the databases are of, where none is asked; without it the one that "dev" of pgext.json names */
  readonly major?: number
}

export async function openWalk(project: Project, options: WalkOptions = {}): Promise<Walk> {
  const shadows = new Map<string, {readonly asked: ReadonlySet<string>; readonly opening: Promise<Shadow>}>()
  const opened: Promise<Shadow>[] = []
  const sessions: Db[] = []
  let isClosed = false
  const major = options.major ?? project.settings.dev.major
  /** what is still at work when all is closed opens nothing that nobody would close */
  const refuseClosed = () => {
    if (isClosed) throw new PgextError('stopped', 'it was ended before it was done')
  }
  const workplace = async (sides: readonly Side[], keeps = false): Promise<Workplace> => {
    const url = sides.find(isUrl) ?? project.databaseUrl
    let session: Db | undefined
    const keep = (db: Db) => {
      session = db
      sessions.push(db)
    }
    refuseClosed()
    const target = url ? await readTarget(url, keeps ? keep : undefined) : undefined
    if (isClosed) await session?.close()
    refuseClosed()
    let external: Promise<readonly SourceFile[]> | undefined
    return {
      project,
      tell: options.tell ?? (() => {}),
      ...(target ? {target, major: target.server.major} : major !== undefined && {major}),
      ...(session && {session}),
      external() {
        external ??= externalSource(project, target?.url)
        return external
      },
      async shadow(extensions, isolated) {
        refuseClosed()
        const key = JSON.stringify([url, isolated])
        const known = shadows.get(key)
        if (known) {
          const shadow = await known.opening
          // PGlite has what it was started with
          if (shadow.engine !== 'pglite' || extensions.every((name) => known.asked.has(name))) return shadow
          refuseClosed()
        }
        const asked = new Set([...(known?.asked ?? []), ...extensions])
        const opening = open(project, target, major, [...asked], isolated)
        opening.catch(() => shadows.delete(key))
        opened.push(opening)
        shadows.set(key, {asked, opening})
        return opening
      },
    }
  }
  return {
    project,
    async difference(asked) {
      const [{difference}, place] = await Promise.all([import('./difference.ts'), workplace([asked.from, asked.to])])
      return difference(asked, place)
    },
    async following(found) {
      const [{following}, place] = await Promise.all([
        import('./capture.ts'),
        workplace([found.current.side, found.desired.side]),
      ])
      return following(found, place)
    },
    async functions(request) {
      // the server answers while files are read
      const reading = project.sources()
      reading.catch(() => {})
      const place = await workplace([request.url], true)
      const sources = await reading
      const {unmoved} = await import('./unmoved.ts')
      const known = await unmoved(request, sources, place)
      if (known) return known
      const {deployment} = await import('./deploy.ts')
      return deployment(request, sources, place)
    },
    async rehearsal(request) {
      const [sources, {rehearsal}, place] = await Promise.all([
        project.sources(),
        import('./rehearsal.ts'),
        workplace([request.url]),
      ])
      return rehearsal(request, sources, place)
    },
    workplace: (sides) => workplace(sides),
    async sound() {
      const [sources, {sound}, place] = await Promise.all([project.sources(), import('./sound.ts'), workplace([])])
      return sound(sources, place)
    },
    async sown(seeds) {
      const [{sown}, place] = await Promise.all([import('./sown.ts'), workplace([])])
      return sown(seeds, place)
    },
    async judged(request) {
      const [{judged}, place] = await Promise.all([import('./judged.ts'), workplace([])])
      return judged(request, place)
    },
    async added(request) {
      const [{added}, place] = await Promise.all([import('./added.ts'), workplace([])])
      return added(request, place)
    },
    session: async () => sessions.at(-1),
    async watch(url) {
      const {watching} = await import('./watch.ts')
      return watching(await workplace([url]))
    },
    async dump(request) {
      const {dumpOf} = await import('./dump.ts')
      return dumpOf(request, await workplace([request.url]))
    },
    async types(request) {
      const {writtenTypes} = await import('./types.ts')
      return writtenTypes(request, await workplace([request.from]))
    },
    async graph(request) {
      const {drawn} = await import('./drawn.ts')
      return drawn(request, await workplace([request.from]))
    },
    async close() {
      isClosed = true
      for (const db of sessions) await db.close().catch(() => {})
      for (const shadow of opened) await shadow.then((one) => one.close()).catch(() => {})
    },
  }
}

async function open(
  project: Project,
  target: Target | undefined,
  major: number | undefined,
  extensions: readonly string[],
  isolated: boolean,
): Promise<Shadow> {
  const {openShadow} = await import('../shadow/open.ts')
  return openShadow({
    want: project.settings.shadow,
    ...(project.shadowUrl && {shadowUrl: project.shadowUrl}),
    ...(target ? {targetUrl: target.url, major: target.server.major} : major !== undefined && {major}),
    extensions,
    isolated,
  })
}
