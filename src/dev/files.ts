// A project in; which kinds of its files have changed out, once all is quiet for a moment.
import {existsSync} from 'node:fs'
import {basename, dirname, resolve, sep} from 'node:path'
import {watch} from 'chokidar'
import {SUM} from '../migrations/sum.ts'
import type {Project} from '../project/model.ts'
import {QUIET, written} from './written.ts'

/** `settings`: pgext.json, .env, postgrest.conf: what services are told at their start */
export type FileKind = 'schema' | 'seed' | 'functions' | 'migrations' | 'queries' | 'frontend' | 'settings'

export interface Watched {
  close(): Promise<void>
}

const SETTINGS = ['pgext.json', '.env', 'postgrest.conf']

/** The same of a project whose settings may name other places. */
export async function watchProject(
  project: Project,
  changed: (kinds: ReadonlySet<FileKind>) => Promise<void>,
): Promise<Watched & {follow(project: Project): Promise<void>}> {
  let now = project
  let last = Promise.resolve()
  // two that watch for a moment do not speak at once
  const inTurn = (kinds: ReadonlySet<FileKind>) => {
    last = last.then(() => changed(kinds))
    return last
  }
  let isClosed = false
  let watched = await watchFiles(project, inTurn)
  return {
    async follow(next) {
      if (isClosed || JSON.stringify(placesOf(next)) === JSON.stringify(placesOf(now))) return
      now = next
      const was = watched
      watched = await watchFiles(next, inTurn)
      await was.close()
      if (isClosed) await watched.close()
    },
    async close() {
      isClosed = true
      await watched.close()
    },
  }
}

/** @param changed told again while it works, only once it is done */
async function watchFiles(project: Project, changed: (kinds: ReadonlySet<FileKind>) => Promise<void>): Promise<Watched> {
  const {folder} = project
  const resolved = placesOf(project)
  const kindOf = (path: string) => resolved.find(([, place]) => path === place || path.startsWith(place + sep))?.[0]
  const roots = [...new Set(resolved.map(([, path]) => (path.startsWith(folder + sep) ? folder : folderOf(path))))]
  const isAbove = (path: string) => roots.includes(path) || resolved.some(([, place]) => place.startsWith(path + sep))
  const isIgnored = (path: string, isFile: boolean) => {
    const kind = kindOf(path)
    return kind ? isOther(path, kind, isFile) : !isAbove(path)
  }
  // a file that is watched by itself is lost for good once it is removed, as git does at a checkout
  const watcher = watch(roots, {ignoreInitial: true, ignored: (path, stats) => isIgnored(path, stats?.isFile() === true)})
  let seen = new Set<FileKind>()
  let paths = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let isBusy = false
  const work = async () => {
    if (isBusy || seen.size === 0) return
    isBusy = true
    const [kinds, files] = [seen, paths]
    seen = new Set()
    paths = new Set()
    await Promise.all([...files].map(written))
    await changed(kinds)
    isBusy = false
    await work()
  }
  watcher.on('all', (_, path) => {
    const kind = kindOf(path)
    if (!kind) return
    seen.add(kind)
    paths.add(path)
    clearTimeout(timer)
    timer = setTimeout(() => void work(), QUIET)
  })
  watcher.on('error', () => {})
  await new Promise<void>((ready) => watcher.once('ready', () => ready()))
  return {
    async close() {
      clearTimeout(timer)
      await watcher.close()
    },
  }
}

/** What is watched, and as what. */
export function placesOf({folder, settings}: Project): (readonly [FileKind, string])[] {
  const places: readonly (readonly [FileKind, string])[] = [
    ['functions', settings.functions],
    ['migrations', settings.migrations],
    ['queries', settings.queries],
    ['frontend', settings.frontend.folder],
    // they may lie in a folder of the schema
    ...settings.seed.map((path) => ['seed', path] as const),
    ...settings.schema.map((path) => ['schema', path] as const),
    ...SETTINGS.map((path) => ['settings', path] as const),
  ]
  return places.map(([kind, path]) => [kind, resolve(folder, path)])
}

/** The nearest folder above that is there. */
function folderOf(path: string): string {
  const above = dirname(path)
  return existsSync(above) ? above : folderOf(above)
}

/** Editors' own files, and what is no SQL where only SQL counts. */
function isOther(path: string, kind: FileKind, isFile: boolean): boolean {
  if (path.includes(`${sep}node_modules${sep}`) || path.includes(`${sep}.git${sep}`)) return true
  if (!isFile || kind === 'frontend' || kind === 'settings') return false
  return !/\.sql$/i.test(path) && !(kind === 'migrations' && basename(path) === SUM)
}
