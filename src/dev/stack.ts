// A project in, its whole backend running on this machine out: database, API, events and page, kept in step with the files.
import {resolve} from 'node:path'
import type {Project} from '../project/model.ts'
import {openProject} from '../project/open.ts'
import type {Paint} from '../terminal/paint.ts'
import {type Database, openDatabase} from './database.ts'
import {noting, openLogs} from './diary.ts'
import {watchProject} from './files.ts'
import {openFront} from './front.ts'
import {type Keeping, openKeeping} from './kept.ts'
import type {Log, Onlooker} from './model.ts'
import {holdPorts} from './port.ts'
import {openProgram} from './program.ts'
import {openServices} from './serve.ts'
import {openState, type State} from './state.ts'
import {openStep, type Step} from './step.ts'

export interface StackOptions {
  readonly project: Project
  /** of a database that somebody named */
  readonly url?: string
  readonly engine?: 'native' | 'pglite'
  /** PGlite: what it logs of itself, 0 to 5, and whether it forgets everything at the end */
  readonly debug?: number
  readonly inMemory?: boolean
  /** where the page is to be */
  readonly port?: number
  readonly version: string
  readonly paint: Paint
  readonly onlooker: Onlooker
}

export interface Stack {
  readonly page: string
  readonly database: Database
  /** as its settings are now */
  project(): Project
  readonly step: Pick<Step, 'reset' | 'write'>
  /** nothing of it is left when this resolves */
  close(): Promise<void>
}

/** @param signal when aborted, whatever has been started is ended, and this throws */
export async function openStack(options: StackOptions, signal: AbortSignal): Promise<Stack> {
  const state = openState(options.project.folder)
  const {log, close: closeLogs} = openLogs(state.logs, (error) => options.onlooker.failed('logs', error))
  const onlooker = noting(options.onlooker, log)
  const keeping = openKeeping(signal)
  for (const end of [closeLogs, () => log('dev', {message: 'pgext dev ends'}), () => state.release()]) keeping.add(end)
  try {
    log('dev', {message: `pgext dev ${options.version} begins`, process: process.pid})
    // where files are as they were nothing is compared, and what that needs would only be in the way
    if (!state.read().synced) warm()
    const stack = await bringUp({...options, onlooker}, {state, log, keeping, signal})
    warm()
    return {...stack, close: keeping.close}
  } catch (error) {
    await keeping.close()
    throw error
  }
}

interface Ground {
  readonly state: State
  readonly log: Log
  readonly keeping: Keeping
  readonly signal: AbortSignal
}

/** The page first, so that whoever looks at it early waits for it; then the database, what the files say, and what stands on it. */
async function bringUp(options: StackOptions, {state, log, keeping, signal}: Ground): Promise<Omit<Stack, 'close'>> {
  let {project} = options
  const {onlooker} = options
  const {keep} = keeping
  const now = () => project
  const held = await holdPorts(state, project, options.port, onlooker.note)
  for (const one of Object.values(held)) keeping.add(one.release)
  const given = async (name: keyof typeof held): Promise<number> => {
    await held[name].release()
    return held[name].port
  }
  const ports = {rest: held.rest.port, events: held.events.port}
  const services = openServices({project: now, state, onlooker, log, keeping, ports, given})
  const front = await keep(async () =>
    openFront({
      port: await given('page'),
      folder: () => resolve(project.folder, project.settings.frontend.folder),
      behind: () => ({
        ...services.behind(),
        ...(project.settings.frontend.url && {frontend: project.settings.frontend.url}),
      }),
    }),
  )
  const page = `http://127.0.0.1:${front.port}`
  const {addressed} = services
  const database = await keep(async () =>
    openDatabase({...options, state, port: await given('database'), log, signal: keeping.over, addressed}),
  )
  if (database.isOwn) state.publish(database.url)
  const attended = services.on(database)
  const step = openStep({...options, database, state, tablesAreThere: attended.look, after: attended.after})
  keeping.add(() => step.close())
  await step.begin()
  signal.throwIfAborted()
  await attended.up()
  const program = openProgram({project: now, page, onlooker, log})
  keeping.add(() => program.close())
  await program.follow()
  if (!project.settings.frontend.dev) onlooker.service({name: 'frontend', state: 'ready', url: page})
  const watched = await keep(() =>
    watchProject(project, async (kinds) => {
      if (kinds.has('frontend')) front.reload()
      if (kinds.has('settings')) {
        const was = project
        // what can't be read changes nothing, and the step says what is wrong with it
        project = await openProject(project.folder).catch(() => was)
        for (const note of heldOver(was, project)) onlooker.note(note)
        await watched.follow(project)
        await program.follow()
      }
      if ([...kinds].every((kind) => kind === 'frontend')) return
      await step.changed(kinds)
      await attended.looked()
    }),
  )
  return {page, database, project: now, step}
}

/** What a running stack can't follow. */
function heldOver(was: Project, now: Project): string[] {
  const say = (what: string) => `${what} counts from the next start on: q, and pgext dev`
  return [
    ...(JSON.stringify(was.settings.dev) === JSON.stringify(now.settings.dev) ? [] : [say('"dev" in pgext.json')]),
    ...(was.variable('DATABASE_URL') === now.variable('DATABASE_URL') ? [] : [say('DATABASE_URL')]),
  ]
}

/** What the first comparison needs is loaded while the database starts, or nothing else is to be done. */
function warm(): void {
  const parser = import('../postgres/parse.ts').then(({scan}) => scan('select 1'))
  void Promise.allSettled([parser, import('../walk/difference.ts'), import('../walk/watch.ts'), import('../terminal/show.ts')])
}
