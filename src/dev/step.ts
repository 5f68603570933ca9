// Which files have changed in; the database, the types and the services brought in step with them, one thing after the other, out.
import {PgextError} from '../errors.ts'
import {connect} from '../postgres/native.ts'
import type {Project} from '../project/model.ts'
import {openProject} from '../project/open.ts'
import {refuseOpen} from '../terminal/rename.ts'
import {refuseBroken} from '../terminal/reset.ts'
import {openBringing} from './bring.ts'
import type {FileKind} from './files.ts'
import {type Opened, type OpenOptions, openOn} from './opened.ts'
import {seedNotes, writeNext} from './sync.ts'
import {openTurns} from './turns.ts'

export interface StepOptions extends OpenOptions {
  readonly project: Project
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
  /** only where all that the files say would come */
  reset(): Promise<void>
  write(name: string): Promise<void>
  close(): Promise<void>
}

const WHOLE: readonly FileKind[] = ['settings', 'schema', 'migrations']

export function openStep(options: StepOptions): Step {
  const {database, state, onlooker, after} = options
  const turns = openTurns(onlooker)
  const bring = openBringing(options, turns)
  let open: Promise<Opened> = openOn(options.project, options)
  const reopen = async (was: Opened, project: Project): Promise<Opened> => {
    open = Promise.resolve(await openOn(project, options))
    await was.close()
    return open
  }
  const follow = async (kinds: ReadonlySet<FileKind>): Promise<void> => {
    let now = await open
    if (kinds.has('settings')) {
      // what can't be read changes nothing
      now = await reopen(now, await openProject(now.project.folder))
      await after('settings')
    }
    const {isSeeded} = state.read()
    if (kinds.has('seed') && database.isOwn && isSeeded) for (const note of await seedNotes(now.sync)) onlooker.note(note)
    const isWaiting = kinds.has('seed') && !isSeeded
    if (isWaiting || WHOLE.some((kind) => kinds.has(kind))) return bring.all(now)
    if (kinds.has('functions')) return now.project.settings.versioned ? bring.all(now) : bring.functions(now)
  }
  return {
    async begin() {
      if (database.isNew) state.write({isDrafted: false, isSeeded: false, synced: ''})
      if (await bring.isKnown(await open)) return
      await turns.next('schema', async () => bring.all(await open), ['schema'])
    },
    changed: (kinds) => turns.next([...kinds].join(', '), () => follow(kinds), kinds),
    async reset() {
      await turns.next('reset', async () => {
        const was = await open
        await refuseLost(was, onlooker.ask !== undefined)
        const now = await reopen(was, was.project)
        await turns.deed('reset', async () => {
          await database.renew()
          state.write({synced: '', isDrafted: false, isSeeded: false})
          bring.emptied()
          return ['the database is new']
        })
        await bring.all(now)
        await after('reset')
      })
    },
    async write(name) {
      await turns.next('migration', async () => {
        const {sync} = await open
        await turns.deed('migration', () => writeNext(name, sync))
      })
    },
    async close() {
      turns.close()
      const shut = () => open.then((one) => one.close()).catch(() => {})
      // what is at work fails at once
      await shut()
      await turns.settled()
      // and may have opened another one before
      await shut()
    },
  }
}

/** A database that is there is better than none. */
async function refuseLost({project, walk, progress}: Opened, asks: boolean): Promise<void> {
  try {
    const {uncovered} = await refuseBroken(project, walk, {progress, isLocal: true})
    if (!asks) refuseOpen(uncovered)
  } catch (error) {
    if (!(error instanceof PgextError)) throw error
    const {code, message, where, sqlstate, hint} = error
    const stays = 'the database stays as it is; once that is mended, reset again'
    throw new PgextError(code, message, {where, sqlstate, cause: error, hint: hint ? `${hint}; ${stays}` : stays})
  }
}

/** PostgREST looks at the schema anew; where nobody listens nothing happens. */
export async function tellRest(url: string): Promise<void> {
  const db = await connect(url)
  await db
    .query("select pg_catalog.pg_notify('pgrst', 'reload schema'), pg_catalog.pg_notify('pgrst', 'reload config')")
    .finally(() => db.close())
}
