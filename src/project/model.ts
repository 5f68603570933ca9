// A user's project as values: its settings with every default, its files, its environment.
import type {SourceFile} from '../shadow/model.ts'
import type {Dev, Frontend} from './dev.ts'
import type {Logs} from './logs.ts'
import type {Serve} from './serve.ts'
import type {Targets} from './targets.ts'

export interface Settings {
  /** schema files or folders, relative to the project: default ['schema.sql'] */
  readonly schema: readonly string[]
  /** default 'functions' */
  readonly functions: string
  /** migrations carry them all, and nothing is left for deploy-functions */
  readonly versioned: boolean
  /** default 'migrations' */
  readonly migrations: string
  /** live queries that pages may ask for, one SELECT a file: default 'queries' */
  readonly queries: string
  /** files or folders of rows: default ['seed.sql', 'seeds'] */
  readonly seed: readonly string[]
  /** the file that pgext types writes; absent: it prints */
  readonly types?: string
  readonly ownership: 'lenient' | 'strict'
  readonly partitions: 'lenient' | 'declared'
  /** patterns of objects that are left alone on both sides: 'table public.tmp_*' */
  readonly ignore: readonly string[]
  /** schemas and extensions that others own */
  readonly external: {readonly schemas: readonly string[]; readonly extensions: readonly string[]}
  /** functions that a SELECT in a schema file may call, e.g. 'cron.schedule' */
  readonly calls: readonly string[]
  /** 'auto', or 'target': make shadow databases on the target's server even when it is not loopback; 'native', 'pglite' force an engine */
  readonly shadow: 'auto' | 'target' | 'native' | 'pglite'
  /** databases that db:drop and db:reset refuse, by name */
  readonly guarded: readonly string[]
  /** hazards always allowed */
  readonly allow: readonly string[]
  /** hazards that need to be allowed, beside data-loss, which always has to be */
  readonly refuse: readonly string[]
  /** version of a migration: the hazards of those up to it are settled */
  readonly judgeAfter?: string
  /** seconds for which a migration waits for a lock before it lets others through; default 4 */
  readonly lockTimeout: number
  /** seconds after which it no longer tries again; default 120 */
  readonly lockLimit: number
  /** objects that are not compared are an error, not a note */
  readonly strict: boolean
  readonly realtime: {
    /** by which engine changes are captured; 'auto': from WAL where the server and the role allow it */
    readonly capture: 'auto' | 'wal' | 'queue'
    /** seconds for which events are kept to resume from; 5m by default */
    readonly history: number
  }
  /** findings of pgext doctor that are left alone: 'fk-index:public.orders_*' */
  readonly doctor: {readonly ignore: readonly string[]}
  /** the websocket server */
  readonly serve: Serve
  /** where logs of what runs elsewhere are */
  readonly logs: Logs
  /** the local stack */
  readonly dev: Dev
  /** the page */
  readonly frontend: Frontend
  /** places to deploy to, by name */
  readonly targets: Targets
}

export interface Project {
  /** absolute */
  readonly folder: string
  readonly settings: Settings
  /** DATABASE_URL from the environment or .env (the environment wins) */
  readonly databaseUrl?: string
  /** there would be one more, but the `pgext dev` that had it was killed */
  readonly hasLostStack?: boolean
  readonly shadowUrl?: string
  /** PGEXT_JWT_SECRET, else POSTGREST_JWT_SECRET, likewise: what tokens are signed with */
  readonly jwtSecret?: string
  /** all of .env, with what the environment says instead */
  variable(name: string): string | undefined
  /** PGEXT_BUS, likewise: where credentials of NATS may stand, and before "bus" of pgext.json */
  readonly bus?: string
  /** PGEXT_NODE, likewise: the name of a server */
  readonly node?: string
  /** read when asked for; missing schema files are an error that names them */
  sources(): Promise<readonly SourceFile[]>
  migrationsFolder: string
  queriesFolder: string
  /** files of rows, in the order in which they run; those that settings name must be there */
  seeds(): Promise<readonly {readonly path: string; readonly text: string}[]>
}
