// A project in, a PostgreSQL of its own out: its data in `.pgext/`, looked after while the stack runs.
import {createDatabase, databaseExists} from '../postgres/admin.ts'
import {connect} from '../postgres/native.ts'
import {MAJOR} from '../project/dev.ts'
import type {Project} from '../project/model.ts'
import {findBinaries} from '../shadow/binaries.ts'
import {templateOf} from '../shadow/initdb.ts'
import {createTarget, dropTarget, SYSTEM} from '../terminal/database.ts'
import {databaseName} from '../terminal/template.ts'
import {type Cluster, SUPERUSER, startCluster} from './cluster.ts'
import type {Database, DatabaseOptions} from './database.ts'
import {AUTHENTICATOR, makeAuthenticator} from './login.ts'
import {heardFrom} from './said.ts'
import {FOUND} from './state.ts'
import {type Supervised, supervise} from './supervise.ts'

export async function openNative({project, state, port, log, onlooker, signal}: DatabaseOptions): Promise<Database> {
  const {password, authenticator} = state.read()
  const {major} = project.settings.dev
  const urlOf = (user: string, word: string, database: string) =>
    `postgresql://${user}:${word}@127.0.0.1:${port}/${encodeURIComponent(database)}`
  const name = nameOf(project.folder)
  const url = urlOf(SUPERUSER, password, name)
  warmShadow(project, signal)
  let first: Cluster | undefined
  const server: Supervised = await supervise({
    name: 'db',
    onlooker,
    isVital: true,
    ...(signal && {signal}),
    start: async (spawned) => {
      const isForgotten = state.read().isForgotten === true
      const cluster = await startCluster({
        folder: state.folder,
        ...(major !== undefined && {major}),
        port,
        password,
        isForgotten,
        heard: heardFrom('db', log, true),
        spawned,
      })
      if (isForgotten) state.write(cluster.isNew ? {isForgotten: false} : FOUND)
      first ??= cluster
      return cluster.child
    },
    ready: () => ({url, note: `PostgreSQL ${shown(first?.version ?? String(major ?? MAJOR))}`}),
  })
  try {
    const isNew = await prepare(urlOf(SUPERUSER, password, 'postgres'), name, authenticator)
    return {
      url,
      authenticator: urlOf(AUTHENTICATOR, authenticator, name),
      engine: 'native',
      version: `PostgreSQL ${shown(first!.version)}`,
      isNew,
      isOwn: true,
      async renew() {
        const target = {url, name, shown: 'the local database'}
        await dropTarget(target, true)
        await createTarget(target)
      },
      close: () => server.stop(),
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** A comparison is to come: on a machine where there never was one, what its shadow is a copy of is made while this database is. */
function warmShadow({settings, shadowUrl}: Project, signal?: AbortSignal): void {
  const binaries = findBinaries(settings.dev.major ?? MAJOR)
  if (binaries && !shadowUrl && ['auto', 'native'].includes(settings.shadow)) templateOf(binaries, signal).catch(() => {})
}

/** That of its folder; the server's own are not for use. */
function nameOf(folder: string): string {
  const name = databaseName(folder)
  return SYSTEM.has(name) ? `${name}_` : name
}

/** True: it was not there. */
async function prepare(admin: string, name: string, password: string): Promise<boolean> {
  const db = await connect(admin)
  try {
    const isNew = !(await databaseExists(db, name))
    if (isNew) await createDatabase(db, name)
    await makeAuthenticator(db, password)
    return isNew
  } finally {
    await db.close()
  }
}

/** '18.4.0-beta.17', as the package has it, as '18.4' */
const shown = (version: string): string => version.split('.').slice(0, 2).join('.')
