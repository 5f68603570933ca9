// A project in, its whole backend running on this machine out: database, API, events and page, kept in step with the files.
import {resolve} from 'node:path'
import {type Log as LogFile, openLog} from '../logs/log.ts'
import type {LogSource} from '../logs/model.ts'
import {connect} from '../postgres/native.ts'
import type {Ports} from '../project/dev.ts'
import type {Project} from '../project/model.ts'
import type {Paint} from '../terminal/paint.ts'
import {start} from './child.ts'
import {type Database, openDatabase} from './database.ts'
import {openEvents} from './events.ts'
import {type FileKind, watchFiles} from './files.ts'
import {type Front, openFront} from './front.ts'
import type {Log, Onlooker} from './model.ts'
import {type Held, holdPort} from './port.ts'
import {openRest} from './rest.ts'
import {heardFrom} from './said.ts'
import {openState, type State} from './state.ts'
import {openStep, type Step, tellRest} from './step.ts'
import {type Supervised, supervise} from './supervise.ts'

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
  readonly step: Pick<Step, 'reset' | 'write'>
  /** nothing of it is left when this resolves */
  close(): Promise<void>
}

/** @param signal when aborted, whatever has been started is ended, and this throws */
export async function openStack(options: StackOptions, signal: AbortSignal): Promise<Stack> {
  const {project, onlooker} = options
  const state = openState(project.folder)
  const {log, close: closeLogs} = openLogs(state.logs, (error) => onlooker.failed('logs', error))
  const closing: (() => unknown)[] = [closeLogs, () => state.release()]
  let isClosed = false
  const close = async () => {
    isClosed = true
    // the last first; what fails must not keep the others
    for (const end of closing.splice(0).reverse())
      await Promise.resolve()
        .then(end)
        .catch(() => {})
  }
  const keep = async <T extends {close(): Promise<unknown>} | {stop(): Promise<unknown>} | undefined>(
    opening: Promise<T>,
  ): Promise<T> => {
    const one = await opening
    const end = () => one && ('close' in one ? one.close() : one.stop())
    // it came up when all was over already
    if (isClosed) await end()
    else closing.push(end)
    signal.throwIfAborted()
    return one
  }
  try {
    warm()
    const held = await holdPorts(state, project, options.port)
    for (const one of Object.values(held)) closing.push(one.release)
    const ports = {page: held.page.port, rest: held.rest.port, events: held.events.port, database: held.database.port}
    /** what is to begin there gets it */
    const given = async (name: keyof typeof held): Promise<number> => {
      await held[name].release()
      return held[name].port
    }
    const secret = project.jwtSecret ?? state.read().secret
    const services: {rest?: Supervised; events?: Supervised; hasGraphql: boolean} = {hasGraphql: false}
    const front = await keep(
      openFront({
        port: await given('page'),
        folder: resolve(project.folder, project.settings.frontend.folder),
        behind: () => ({
          ...(services.rest && {rest: `http://127.0.0.1:${ports.rest}`}),
          ...(services.events && {events: `http://127.0.0.1:${ports.events}`}),
          ...(project.settings.frontend.url && {frontend: project.settings.frontend.url}),
          hasGraphql: services.hasGraphql,
        }),
      }),
    )
    const page = `http://127.0.0.1:${front.port}`
    const database = await keep(openDatabase({...options, state, port: await given('database'), log}))
    if (database.isOwn) state.publish(database.url)
    const shared = {project, onlooker, log, secret}
    const rest = keep(openRest({...shared, url: database.authenticator, port: await given('rest')})).then((one) => {
      if (one) services.rest = one
    })
    rest.catch(() => {})
    const looked = async () => {
      const found = await look(database.url)
      services.hasGraphql = found.hasGraphql
      if (!found.hasEvents) onlooker.service({name: 'events', state: 'absent', note: NO_EVENTS})
      else if (!services.events)
        services.events = await keep(openEvents({...shared, url: database.url, port: await given('events')}))
    }
    let looking: Promise<void> | undefined
    const step = openStep({
      ...options,
      database,
      state,
      tablesAreThere: () => {
        // never two at a time: one server of changes is enough
        looking = (looking ?? Promise.resolve()).then(looked)
        looking.catch(() => {})
      },
      after: async (what) => {
        await tellRest(database.url)
        if (what === 'reset' || what === 'settings') {
          const {events} = services
          if (events) await events.restart()
        }
        if (what === 'settings') await services.rest?.restart()
      },
    })
    closing.push(() => step.close())
    await step.begin()
    signal.throwIfAborted()
    await Promise.all([looking ?? looked(), rest])
    if (project.settings.frontend.dev) await keep(openProgram(project, page, onlooker, log))
    onlooker.service({name: 'frontend', state: 'ready', url: page})
    await keep(watchFiles(project, (kinds) => changed(kinds, step, front, () => looking ?? Promise.resolve())))
    return {page, database, step, close}
  } catch (error) {
    await close()
    throw error
  }
}

/** What the first comparison needs is loaded while the database starts. */
function warm(): void {
  const parser = import('../postgres/parse.ts').then(({scan}) => scan('select 1'))
  void Promise.allSettled([parser, import('../walk/difference.ts'), import('../walk/watch.ts'), import('../terminal/show.ts')])
}

const NO_EVENTS = 'no table is realtime: create publication pg_events for table …'

async function changed(kinds: ReadonlySet<FileKind>, step: Step, front: Front, looked: () => Promise<void>): Promise<void> {
  if (kinds.has('frontend')) front.reload()
  if ([...kinds].some((kind) => kind !== 'frontend')) {
    await step.changed(kinds)
    await looked().catch(() => {})
  }
}

/** The front end's own program, as Vite. */
function openProgram({folder, settings}: Project, page: string, onlooker: Onlooker, log: Log): Promise<Supervised> {
  const {dev = '', url} = settings.frontend
  const shell = process.platform === 'win32' ? {command: 'cmd', flag: '/c'} : {command: '/bin/sh', flag: '-c'}
  return supervise({
    name: 'frontend',
    onlooker,
    ready: () => ({url: page, note: dev}),
    start: async () =>
      start(
        {
          command: shell.command,
          args: [shell.flag, dev],
          env: {...process.env, ...(url && {PORT: new URL(url).port}), PGEXT_PAGE: page},
          folder,
          isGroup: true,
        },
        heardFrom('frontend', log),
      ),
  })
}

async function look(url: string): Promise<{hasEvents: boolean; hasGraphql: boolean}> {
  const db = await connect(url)
  try {
    const [row] = await db.query(`
      select pg_catalog.to_regclass('pgext.events') is not null as events,
        exists (select from pg_catalog.pg_extension where extname = 'pg_graphql') as graphql`)
    return {hasEvents: row!.events, hasGraphql: row!.graphql}
  } finally {
    await db.close()
  }
}

/** Where they were last time, if that is free. */
async function holdPorts({read, write}: State, {settings}: Project, page?: number): Promise<Record<keyof Ports, Held>> {
  const {ports} = settings.dev
  const known = (name: keyof Ports) => `${name} ${ports[name]}`
  const hold = (name: keyof Ports) =>
    holdPort(name === 'page' && page !== undefined ? page : (read().ports[known(name)] ?? ports[name]))
  // one after the other: two may wish for the same
  const held = {
    page: await hold('page'),
    database: await hold('database'),
    rest: await hold('rest'),
    events: await hold('events'),
  }
  write({ports: Object.fromEntries(Object.entries(held).map(([name, {port}]) => [known(name as keyof Ports), port]))})
  return held
}

/** A file for each source, once it says something. */
function openLogs(folder: string, failed: (error: Error) => void): {readonly log: Log; close(): void} {
  const files = new Map<LogSource, LogFile>()
  return {
    log(source, entry) {
      const file = files.get(source) ?? openLog(folder, source, {failed})
      files.set(source, file)
      file.write(entry)
    },
    close() {
      for (const file of files.values()) file.close()
    },
  }
}
