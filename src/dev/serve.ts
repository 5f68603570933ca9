// Places, and the local database once it is there, in; PostgREST and pg_events_ws on it, each where there is something for it, out.
import {connect} from '../postgres/native.ts'
import type {Project} from '../project/model.ts'
import type {Database} from './database.ts'
import {openEvents} from './events.ts'
import type {Behind} from './front.ts'
import {findGraphql, type Graphql, routeTo} from './graphql.ts'
import type {Keeping} from './kept.ts'
import type {Log, Onlooker} from './model.ts'
import {openRest, schemasFor} from './rest.ts'
import type {State} from './state.ts'
import {tellRest} from './step.ts'
import type {Supervised} from './supervise.ts'

export interface ServicesOptions {
  /** as its settings are now */
  readonly project: () => Project
  readonly state: State
  readonly onlooker: Onlooker
  readonly log: Log
  readonly keeping: Pick<Keeping, 'keep' | 'over'>
  readonly ports: {readonly rest: number; readonly events: number}
  /** what is to begin there gets it */
  readonly given: (name: 'rest' | 'events') => Promise<number>
}

export interface Services {
  behind(): Pick<Behind, 'rest' | 'events' | 'coming' | 'graphql'>
  /** where the database is going to be: what needs a while is loaded meanwhile, where there were realtime tables last time */
  addressed(url: string): void
  on(database: Database): Attended
}

export interface Attended {
  /** the schema may have something else for them */
  look(): void
  /** the last look is over, however it ended */
  looked(): Promise<unknown>
  after(what: 'schema' | 'settings' | 'reset'): Promise<void>
  /** all that there is something for has been started */
  up(): Promise<void>
}

interface Running {
  rest?: Supervised
  events?: Supervised
  graphql?: Graphql
  /** settled when PostgREST has been started */
  coming?: Promise<unknown>
  /** before anybody knows whether it is wanted */
  early?: Promise<Supervised>
}

const NO_EVENTS = 'no table is realtime: create publication pg_events for table …'

export function openServices(options: ServicesOptions): Services {
  const {project, state, onlooker, log, keeping, ports, given} = options
  const running: Running = {}
  let restIsThere = () => {}
  running.coming = new Promise<void>((resolve) => {
    restIsThere = resolve
  }).finally(() => delete running.coming)
  const secret = () => project().jwtSecret ?? state.read().secret
  const shared = {project, onlooker, log, secret, signal: keeping.over}
  const beginEvents = (url: string) => keeping.keep(async () => openEvents({...shared, url, port: await given('events')}))
  const beginRest = async ({authenticator}: Database) => {
    const told = schemasFor(project(), running.graphql?.schema)
    const one = await keeping.keep(async () =>
      openRest({...shared, url: authenticator, port: await given('rest'), graphql: () => running.graphql?.schema}),
    )
    if (!one) return
    running.rest = one
    // what was seen meanwhile
    if (`${told}` !== `${schemasFor(project(), running.graphql?.schema)}`) await one.restart()
  }
  return {
    behind: () => ({
      ...(running.rest && {rest: `http://127.0.0.1:${ports.rest}`}),
      ...(running.events && {events: `http://127.0.0.1:${ports.events}`}),
      ...(running.coming && {coming: running.coming}),
      ...(running.graphql && {graphql: routeTo(running.graphql, schemasFor(project(), running.graphql.schema))}),
    }),
    addressed(url) {
      if (!state.read().hasEvents) return
      running.early = beginEvents(url)
      running.early.catch(() => {})
    },
    on(database) {
      let goOn = () => {}
      // PGlite is one process, and PostgREST's first look at the schema keeps everybody else waiting: it comes last, and requests wait for it
      const isLast = database.engine === 'pglite' && !database.isNew
      const turn = isLast ? new Promise<void>((resolve) => (goOn = resolve)) : Promise.resolve()
      const rest = turn.then(() => beginRest(database))
      void rest.catch(() => {}).finally(restIsThere)
      const lookNow = () => lookAt(database, running, {...options, beginEvents})
      let looking: Promise<void> | undefined
      const look = () => {
        // never two at a time: one server of changes is enough
        looking = (looking ?? Promise.resolve()).then(lookNow)
        looking.catch(() => {})
      }
      return {
        look,
        looked: () => (looking ?? Promise.resolve()).catch(() => {}),
        async after(what) {
          await tellRest(database.url)
          // a function that answers may be one of the files
          if (running.graphql) look()
          if (what === 'reset' || what === 'settings') await running.events?.restart()
          if (what === 'settings') await (running.rest ? running.rest.restart() : beginRest(database))
        },
        async up() {
          await (looking ?? lookNow()).finally(goOn)
          if (!isLast) await rest
        },
      }
    },
  }
}

interface Looking extends Pick<ServicesOptions, 'project' | 'state' | 'onlooker'> {
  readonly beginEvents: (url: string) => Promise<Supervised>
}

/** What the schema has is served: what it has no longer, if it was begun too early, is ended. */
async function lookAt({url}: Database, running: Running, {project, state, onlooker, beginEvents}: Looking): Promise<void> {
  const {hasEvents, graphql} = await seenIn(url, schemasFor(project()))
  const was = schemasFor(project(), running.graphql?.schema)
  running.graphql = graphql
  // what it is told at its start it does not read again
  if (`${was}` !== `${schemasFor(project(), graphql?.schema)}`) await running.rest?.restart()
  if (hasEvents !== state.read().hasEvents) state.write({hasEvents})
  if (hasEvents) {
    running.events ??= await (running.early ?? beginEvents(url))
    return
  }
  await running.early?.then((one) => one.stop())
  delete running.early
  onlooker.service({name: 'events', state: 'absent', note: NO_EVENTS})
}

async function seenIn(url: string, shown: readonly string[]): Promise<{hasEvents: boolean; graphql?: Graphql}> {
  const db = await connect(url)
  try {
    const [row] = await db.query("select pg_catalog.to_regclass('pgext.events') is not null as events")
    const graphql = await findGraphql(db, shown)
    return {hasEvents: row!.events, ...(graphql && {graphql})}
  } finally {
    await db.close()
  }
}
