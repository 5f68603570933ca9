// Which files have changed in; the database, the types and the services brought in step with them, one thing after the other, out.
import {basename, dirname, relative, resolve} from 'node:path'
import {performance} from 'node:perf_hooks'
import {setTimeout as sleep} from 'node:timers/promises'
import {connect} from '../postgres/native.ts'
import type {Project} from '../project/model.ts'
import {openProject} from '../project/open.ts'
import {readText} from '../project/text.ts'
import {writeTexts} from '../terminal/output.ts'
import type {Paint} from '../terminal/paint.ts'
import {openProgress} from '../terminal/progress.ts'
import {MARK} from '../types/text.ts'
import type {Walk} from '../walk/model.ts'
import {openWalk} from '../walk/open.ts'
import type {Database} from './database.ts'
import type {FileKind} from './files.ts'
import {type Functions, openFunctions} from './functions.ts'
import type {Onlooker} from './model.ts'
import {anonymousRole} from './rest.ts'
import type {State} from './state.ts'
import {hashesOf, type SyncOptions, seed, seedNotes, syncSchema, writeNext} from './sync.ts'
import {reading} from './written.ts'

export interface StepOptions {
  readonly project: Project
  readonly database: Database
  readonly state: State
  readonly paint: Paint
  readonly onlooker: Onlooker
  /** of pgext: another one may see things in another way */
  readonly version: string
  /** the schema is as the files say, functions come next: what needs only tables can begin */
  readonly tablesAreThere: () => void
  /** once something was done that they have to hear of */
  readonly after: (what: 'schema' | 'settings' | 'reset') => Promise<void>
}

/** One thing at a time. What fails is told to the onlooker, and leaves everything as it was. */
export interface Step {
  /** where the files are those of the last start nothing is looked at: what somebody did to the database meanwhile is seen with the next change */
  begin(): Promise<void>
  changed(kinds: ReadonlySet<FileKind>): Promise<void>
  reset(): Promise<void>
  write(name: string): Promise<void>
  close(): Promise<void>
}

/** milliseconds that what is at work may take, once all is over */
const LONGEST = 5000

interface Open {
  readonly project: Project
  readonly walk: Walk
  readonly functions: Functions
  readonly sync: SyncOptions
}

export function openStep(options: StepOptions): Step {
  const {database, state, paint, onlooker, version, after} = options
  const progress = openProgress(true)
  let open: Promise<Open> = openOn(options.project)
  let last: Promise<void> = Promise.resolve()
  let isClosed = false
  let {isNew: isEmpty} = database
  /** a hash of what the database was brought to, beside functions; undefined: nobody knows */
  let settled: string | undefined

  async function openOn(project: Project): Promise<Open> {
    const own = {...reading(project), databaseUrl: database.url}
    const walk = await openWalk(own, {tell: progress.tell})
    const shared = {project: own, url: database.url, walk, progress, paint}
    const ask = onlooker.ask && {ask: onlooker.ask}
    return {
      project: own,
      walk,
      functions: openFunctions(shared),
      sync: {...shared, state, isOwn: database.isOwn, also: rolesNamed(project), isEmpty: false, ...ask},
    }
  }
  const shut = async ({functions, walk}: Open) => {
    await functions.close()
    await walk.close()
  }
  /** whose error was the last word */
  const broken = new Set<FileKind>()
  /** The one behind the other; an error is told, and goes no further. */
  const inTurn = (what: string, work: (now: Open) => Promise<void>, kinds: Iterable<FileKind> = []): Promise<void> => {
    last = last.then(async () => {
      if (isClosed) return
      await open.then(work).catch((error) => {
        if (isClosed) return
        for (const kind of kinds) broken.add(kind)
        onlooker.failed(what, error)
      })
    })
    return last
  }
  /** What was wrong and is put back leaves nothing to do: whoever reads the error hears that it is over. */
  const mended = (kinds: readonly FileKind[], changes: number): void => {
    const over = kinds.filter((kind) => broken.delete(kind))
    if (over.length > 0 && changes === 0)
      onlooker.did({what: over.join(', '), lines: ['mended: nothing is left to do'], milliseconds: 0})
  }
  /** Where nothing had to be done nothing is said. */
  const deed = async (what: string, work: () => Promise<readonly string[]>): Promise<number> => {
    const began = performance.now()
    const lines = await work()
    if (lines.length > 0) onlooker.did({what, lines, milliseconds: performance.now() - began})
    return lines.length
  }
  const all = async (now: Open): Promise<void> => {
    const {whole, rest} = await hashesOf(now.project, version)
    settled = undefined
    const wasEmpty = isEmpty
    isEmpty = false
    const changes = await deed(now.project.settings.schema.join(', '), () => syncSchema({...now.sync, isEmpty: wasEmpty}))
    options.tablesAreThere()
    const {done, changed} = await functionsOf(now)
    if (changes + changed > 0) await after('schema')
    await typesOf(now)
    mended(['settings', 'schema', 'migrations', ...(done ? (['functions'] as const) : [])], changes + changed)
    if (done) await rowsOf(now)
    if (!done) return
    state.write({synced: whole})
    settled = rest
  }
  const functionsOf = async ({functions, project}: Open): Promise<{done: boolean; changed: number}> => {
    let done = true
    const changed = await deed(`${project.settings.functions}/`, async () => {
      const found = await functions.sync()
      done = found.done
      if (!done) broken.add('functions')
      return done ? found.lines : [paint('red', 'not deployed'), ...found.lines]
    })
    return {done, changed}
  }
  const rowsOf = async ({project, sync}: Open): Promise<void> => {
    if (!database.isOwn || state.read().isSeeded) return
    const files = await project.seeds()
    await deed(files.map(({path}) => path).join(', '), () => seed(sync))
    state.write({isSeeded: true})
  }
  const typesOf = async ({project, walk}: Open): Promise<void> => {
    const {types} = project.settings
    if (types === undefined) return
    const path = resolve(project.folder, types)
    const before = await readText(path, types).catch(() => undefined)
    if (before !== undefined && !before.startsWith(MARK))
      return onlooker.note(`${types} is not a file that pgext types wrote: it stays`)
    const text = await walk.types({from: 'files', declares: path.endsWith('.d.ts')})
    if (text === before) return
    await writeTexts(dirname(path), [{path: basename(path), text}])
    onlooker.did({what: relative(project.folder, path), lines: ['types are as the schema is'], milliseconds: 0})
  }
  return {
    async begin() {
      const {project} = await open
      if (database.isNew) state.write({isDrafted: false, isSeeded: false, synced: ''})
      const isKnown = !database.isNew && database.isOwn
      const hashes = isKnown ? await hashesOf(project, version).catch(() => undefined) : undefined
      if (hashes && state.read().synced === hashes.whole) {
        settled = hashes.rest
        return
      }
      await inTurn('schema', all, ['schema'])
    },
    async changed(kinds) {
      const work = async (now: Open) => {
        if (kinds.has('settings')) {
          const project = await openProject(now.project.folder)
          // what can't be read changes nothing
          open = Promise.resolve(await openOn(project))
          await shut(now)
          await after('settings')
        }
        const fresh = await open
        if (kinds.has('seed') && database.isOwn && state.read().isSeeded)
          for (const note of await seedNotes(fresh.sync)) onlooker.note(note)
        const isWaiting = kinds.has('seed') && !state.read().isSeeded
        if (isWaiting || ['settings', 'schema', 'migrations'].some((kind) => kinds.has(kind as FileKind))) return all(fresh)
        if (!kinds.has('functions')) return
        if (fresh.project.settings.versioned) return all(fresh)
        const {whole, rest} = await hashesOf(fresh.project, version)
        const {done, changed} = await functionsOf(fresh)
        if (!done) return
        if (changed > 0) await after('schema')
        await typesOf(fresh)
        mended(['functions'], changed)
        // what else the files say may not be there: the next start has to look
        if (rest === settled) state.write({synced: whole})
      }
      await inTurn([...kinds].join(', '), work, kinds)
    },
    async reset() {
      await inTurn('reset', async (now) => {
        open = Promise.resolve(await openOn(now.project))
        await shut(now)
        state.write({synced: '', isDrafted: false, isSeeded: false})
        await deed('reset', async () => {
          await database.renew()
          isEmpty = true
          return ['the database is new']
        })
        const fresh = await open
        await all(fresh)
        await after('reset')
      })
    },
    async write(name) {
      await inTurn('migration', async ({sync}) => {
        await deed('migration', () => writeNext(name, sync))
      })
    },
    async close() {
      isClosed = true
      // what is at work fails at once
      await open.then(shut).catch(() => {})
      await Promise.race([last, sleep(LONGEST, undefined, {ref: false})])
      // and may have opened another one before
      await open.then(shut).catch(() => {})
    },
  }
}

function rolesNamed(project: Project): string[] {
  const anonymous = anonymousRole(project)
  return [...(anonymous ? [anonymous] : []), ...(project.settings.serve.roles ?? [])]
}

/** PostgREST looks at the schema anew; where nobody listens nothing happens. */
export async function tellRest(url: string): Promise<void> {
  const db = await connect(url)
  await db
    .query("select pg_catalog.pg_notify('pgrst', 'reload schema'), pg_catalog.pg_notify('pgrst', 'reload config')")
    .finally(() => db.close())
}
