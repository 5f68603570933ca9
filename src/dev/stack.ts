// A project in, its whole backend running on this machine out: database, API, events and page, kept in step with the files.
import {resolve} from 'node:path'
import {connect} from '../postgres/native.ts'
import type {Project} from '../project/model.ts'
import {openProject} from '../project/open.ts'
import type {Paint} from '../terminal/paint.ts'
import {type Database, openDatabase} from './database.ts'
import {noting, openLogs} from './diary.ts'
import {openEvents} from './events.ts'
import {watchProject} from './files.ts'
import {openFront} from './front.ts'
import {findGraphql, type Graphql, routeTo} from './graphql.ts'
import {openKeeping} from './kept.ts'
import type {Onlooker} from './model.ts'
import {holdPorts} from './port.ts'
import {openProgram} from './program.ts'
import {openRest, schemasFor} from './rest.ts'
import {openState} from './state.ts'
import {openStep, type Step, tellRest} from './step.ts'
import type {Supervised} from './supervise.ts'

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

interface Services {
  rest?: Supervised
  events?: Supervised
  /** settled when PostgREST has been started */
  coming?: Promise<unknown>
  graphql?: Graphql
}

/** @param signal when aborted, whatever has been started is ended, and this throws */
export async function openStack(options: StackOptions, signal: AbortSignal): Promise<Stack> {
  let {project} = options
  const state = openState(project.folder)
  const {log, close: closeLogs} = openLogs(state.logs, (error) => options.onlooker.failed('logs', error))
  const onlooker = noting(options.onlooker, log)
  const keeping = openKeeping(signal)
  const {keep, over, close} = keeping
  for (const end of [closeLogs, () => log('dev', {message: 'pgext dev ends'}), () => state.release()]) keeping.add(end)
  try {
    log('dev', {message: `pgext dev ${options.version} begins`, process: process.pid})
    // where files are as they were nothing is compared, and what that needs would only be in the way
    if (!state.read().synced) warm()
    const held = await holdPorts(state, project, options.port, onlooker.note)
    for (const one of Object.values(held)) keeping.add(one.release)
    const ports = {page: held.page.port, rest: held.rest.port, events: held.events.port, database: held.database.port}
    /** what is to begin there gets it */
    const given = async (name: keyof typeof held): Promise<number> => {
      await held[name].release()
      return held[name].port
    }
    const now = () => project
    const secret = () => project.jwtSecret ?? state.read().secret
    const services: Services = {}
    let restIsThere = () => {}
    services.coming = new Promise<void>((resolve) => {
      restIsThere = resolve
    }).finally(() => delete services.coming)
    const shared = {project: now, onlooker, log, secret, signal: over}
    const beginEvents = (url: string) => keep(async () => openEvents({...shared, url, port: await given('events')}))
    /** what it needs is loaded while the database starts, where there were realtime tables last time */
    let early: Promise<Supervised> | undefined
    const addressed = (url: string) => {
      if (!state.read().hasEvents) return
      early = beginEvents(url)
      early.catch(() => {})
    }
    const front = await keep(async () =>
      openFront({
        port: await given('page'),
        folder: () => resolve(project.folder, project.settings.frontend.folder),
        behind: () => ({
          ...(services.rest && {rest: `http://127.0.0.1:${ports.rest}`}),
          ...(services.events && {events: `http://127.0.0.1:${ports.events}`}),
          ...(project.settings.frontend.url && {frontend: project.settings.frontend.url}),
          ...(services.coming && {coming: services.coming}),
          ...(services.graphql && {graphql: routeTo(services.graphql, schemasFor(project, services.graphql.schema))}),
        }),
      }),
    )
    const page = `http://127.0.0.1:${front.port}`
    const database = await keep(async () =>
      openDatabase({...options, onlooker, state, port: await given('database'), log, signal: over, addressed}),
    )
    if (database.isOwn) state.publish(database.url)
    const beginRest = async () => {
      const told = schemasFor(project, services.graphql?.schema)
      const one = await keep(async () =>
        openRest({...shared, url: database.authenticator, port: await given('rest'), graphql: () => services.graphql?.schema}),
      )
      if (!one) return
      services.rest = one
      // what was seen meanwhile
      if (`${told}` !== `${schemasFor(project, services.graphql?.schema)}`) await one.restart()
    }
    let goOn = () => {}
    // PGlite is one process, and PostgREST's first look at the schema keeps everybody else waiting: it comes last, and requests wait for it
    const isLast = database.engine === 'pglite' && !database.isNew
    const rest = isLast ? new Promise<void>((resolve) => (goOn = resolve)).then(beginRest) : beginRest()
    void rest.catch(() => {}).finally(restIsThere)
    const looked = async () => {
      const {hasEvents, graphql} = await look(database.url, schemasFor(project))
      const was = schemasFor(project, services.graphql?.schema)
      services.graphql = graphql
      // what it is told at its start it does not read again
      if (`${was}` !== `${schemasFor(project, graphql?.schema)}`) await services.rest?.restart()
      if (hasEvents !== state.read().hasEvents) state.write({hasEvents})
      if (hasEvents) services.events ??= await (early ?? beginEvents(database.url))
      else {
        await early?.then((one) => one.stop())
        early = undefined
        onlooker.service({name: 'events', state: 'absent', note: NO_EVENTS})
      }
    }
    let looking: Promise<void> | undefined
    const lookAgain = () => {
      // never two at a time: one server of changes is enough
      looking = (looking ?? Promise.resolve()).then(looked)
      looking.catch(() => {})
    }
    const step = openStep({
      ...options,
      onlooker,
      database,
      state,
      tablesAreThere: lookAgain,
      after: async (what) => {
        await tellRest(database.url)
        // a function that answers may be one of the files
        if (services.graphql) lookAgain()
        if (what === 'reset' || what === 'settings') await services.events?.restart()
        if (what === 'settings') await (services.rest ? services.rest.restart() : beginRest())
      },
    })
    keeping.add(() => step.close())
    await step.begin()
    signal.throwIfAborted()
    const there = looking ?? looked()
    await there.finally(goOn)
    if (!isLast) await rest
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
        await (looking ?? Promise.resolve()).catch(() => {})
      }),
    )
    warm()
    return {page, database, project: now, step, close}
  } catch (error) {
    await close()
    throw error
  }
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

const NO_EVENTS = 'no table is realtime: create publication pg_events for table …'

async function look(url: string, shown: readonly string[]): Promise<{hasEvents: boolean; graphql?: Graphql}> {
  const db = await connect(url)
  try {
    const [row] = await db.query("select pg_catalog.to_regclass('pgext.events') is not null as events")
    const graphql = await findGraphql(db, shown)
    return {hasEvents: row!.events, ...(graphql && {graphql})}
  } finally {
    await db.close()
  }
}
