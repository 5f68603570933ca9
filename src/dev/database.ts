// A project in, the database of its local stack out: one that it names, a PostgreSQL of its own, or PGlite behind a socket.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {connect} from '../postgres/native.ts'
import {readUrl, showUrl} from '../postgres/url.ts'
import {MAJOR} from '../project/dev.ts'
import type {Project} from '../project/model.ts'
import {findBinaries} from '../shadow/binaries.ts'
import {agreeToDrop, createTarget, dropTarget} from '../terminal/database.ts'
import type {Log, Onlooker} from './model.ts'
import {openNative} from './native.ts'
import {openPglite} from './pglite.ts'
import type {State} from './state.ts'

export interface Database {
  /** of whoever owns what is in it */
  readonly url: string
  /** of a login that only enters the roles that tokens name: PostgREST's */
  readonly authenticator: string
  readonly engine: 'server' | 'native' | 'pglite'
  /** 'PostgreSQL 18.4' */
  readonly version: string
  /** it was made just now, and holds nothing */
  readonly isNew: boolean
  /** ours: roles may be made in it */
  readonly isOwn: boolean
  /** empty again */
  renew(): Promise<void>
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly project: Project
  readonly state: State
  readonly port: number
  /** of one that somebody named */
  readonly url?: string
  readonly engine?: 'native' | 'pglite'
  /** PGlite: what it logs of itself, 0 to 5, and whether it forgets everything at the end */
  readonly debug?: number
  readonly inMemory?: boolean
  readonly log: Log
  readonly onlooker: Onlooker
  readonly signal?: AbortSignal
  /** where one of our own is going to be; not called where it is made only now */
  readonly addressed?: (url: string) => void
}

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const {url: named, engine} = options
  if (named && engine) {
    throw new PgextError('usage', `--engine ${engine} brings a database of its own, and DATABASE_URL names another`, {
      hint: 'leave one of the two away: pgext.json may say "dev": {"engine": …}, and then DATABASE_URL goes before it',
    })
  }
  if (named) return ofServer(named, options)
  const {dev} = options.project.settings
  // a major that somebody asked for is a PostgreSQL of that major, and no other
  const wanted = engine ?? dev.engine ?? (dev.major === undefined && !findBinaries(MAJOR) ? undefined : 'native')
  if (wanted === 'native') return openNative(options)
  if (wanted === undefined) options.onlooker.note(`no PostgreSQL ${MAJOR} for this machine: PGlite takes its place`)
  const opened = await openPglite(options)
  const major = Number(/PostgreSQL (\d+)/.exec(opened.version)?.[1] ?? dev.major)
  if (dev.major !== undefined && dev.major !== major)
    options.onlooker.note(
      `this is PostgreSQL ${major}, as PGlite has no other: "major": ${dev.major} of pgext.json is not heeded`,
    )
  return opened
}

/** Somebody's: nothing of it is started or ended, and no role is made. */
async function ofServer(url: string, {project, onlooker}: DatabaseOptions): Promise<Database> {
  const db = await connect(url)
  const version = await versionOf(db)
  await db.close()
  onlooker.service({name: 'db', state: 'ready', url: showUrl(url), note: version})
  return {
    url,
    authenticator: url,
    engine: 'server',
    version,
    isNew: false,
    isOwn: false,
    async renew() {
      const target = {url, name: readUrl(url).database, shown: showUrl(url)}
      await agreeToDrop(project, target, true)
      await dropTarget(target, true)
      await createTarget(target)
    },
    close: async () => {},
  }
}

async function versionOf(db: Db): Promise<string> {
  const [row] = await db.query("select pg_catalog.current_setting('server_version') as version")
  return `PostgreSQL ${String(row!.version).split(' ')[0]}`
}
