// A running PostgreSQL in; a database with realtime tables, roles that look at them, and a server in front of it out.
import {install} from '../../src/events/install.ts'
import {createDatabase} from '../../src/postgres/admin.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {SERVE, type Serve} from '../../src/project/serve.ts'
import type {Page} from '../../src/realtime/http.ts'
import {readNamed} from '../../src/realtime/live/named.ts'
import {openServer, type Running} from '../../src/realtime/open.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {plain} from '../events/place.ts'
import {Client, SECRET, tokenOf} from './client.ts'

/** Once a cluster: who comes with a token, who without one, and the server's own login, which owns what captures and is a member of both. */
export const ROLES = `
  create role web_user nologin; create role web_anon nologin; create role admin_user nologin;
  create role shop_owner nologin replication; create role server login password 'server' replication inherit; grant shop_owner to server; grant web_user, web_anon to server with inherit false`

/** @param more SQL, once it has the roles */
export async function openCluster(more = ''): Promise<Cluster> {
  const cluster = await startCluster(findBinaries(18)!)
  const admin = await connect(cluster.url('postgres'))
  await admin.script(`${ROLES}; ${more}`).finally(() => admin.close())
  return cluster
}

export interface Place {
  readonly url: string
  /** as who owns everything */
  readonly db: Db
  readonly running: Running
  readonly logged: string[]
  client(claims?: Record<string, unknown>, life?: string): Promise<Client>
  /** One more server in front of the same database; closed with it. */
  another(): Promise<Pick<Place, 'running' | 'client'>>
  close(): Promise<void>
}

let made = 0

const withUser = (url: string, user: string): string => url.replace(/^(postgres(?:ql)?:\/\/)(?:[^@/]*@)?/, `$1${user}@`)

export async function openPlace(
  cluster: Pick<Cluster, 'url'>,
  schema: string,
  engine: 'wal' | 'queue' = 'queue',
  settings: Partial<Serve> = {},
  queries: Readonly<Record<string, string>> = {},
  pages: ReadonlyMap<string, Page> = new Map(),
  history = 300,
): Promise<Place> {
  const named = await Promise.all(Object.entries(queries).map(([query, text]) => readNamed(query, text, `queries/${query}.sql`)))
  const name = `realtime_${process.pid}_${++made}`
  const admin = await connect(cluster.url('postgres'))
  await createDatabase(admin, name)
  await admin.script(`alter database "${name}" owner to shop_owner`)
  await admin.close()
  const url = cluster.url(name)
  const db = await plain(url)
  await db.script(`alter schema public owner to shop_owner; set role shop_owner; ${schema}; reset role`)
  // as somebody does it who is no superuser
  const own = await connect(url, {role: 'shop_owner'})
  await install(own, {capture: engine})
  await own.close()
  const logged: string[] = []
  const serve = () =>
    openServer({
      url: withUser(url, 'server:server'),
      settings: {...SERVE, port: 0, anonymous: 'web_anon', ...settings},
      secret: SECRET,
      queries: new Map(named.map((query) => [query.name, query])),
      pages,
      history,
      log: (what) => logged.push(what),
    })
  const all = [await serve()]
  const clients: Client[] = []
  const clientOf =
    ({port}: Running): Place['client'] =>
    async (claims, life) => {
      const client = await Client.open(port, claims && (await tokenOf(claims, life)))
      clients.push(client)
      await client.next('auth')
      return client
    }
  return {
    url,
    db,
    running: all[0]!,
    logged,
    client: clientOf(all[0]!),
    another: async () => {
      const running = await serve()
      all.push(running)
      return {running, client: clientOf(running)}
    },
    close: async () => {
      for (const client of clients) client.ws.terminate()
      for (const running of all) await running.close(0)
      await db.close()
    },
  }
}
