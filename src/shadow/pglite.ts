// Wanted extensions in, a shadow of PGlite databases, each a cluster of its own in this process, out.
import type {Extension, Extensions, PGlite} from '@electric-sql/pglite'
import {PgextError} from '../errors.ts'
import type {Db, Server} from '../postgres/db.ts'
import {openPglite, startPglite, stopPglite} from '../postgres/pglite.ts'
import {emptyDump} from './empty.ts'
import type {Shadow, ShadowDatabase} from './model.ts'

/** Modules that come with PGlite, by the names of their extensions. They must be there when the engine starts. */
const BUNDLED =
  `amcheck bloom btree_gin btree_gist citext cube dict_int dict_xsyn earthdistance file_fdw fuzzystrmatch hstore intarray isn lo ltree
  moddatetime pageinspect pg_buffercache pg_freespacemap pg_stat_statements pg_surgery pg_trgm pg_visibility pg_walinspect pgcrypto seg tablefunc tcn
  tsm_system_rows tsm_system_time unaccent uuid-ossp`.split(/\s+/)

export const PGLITE_EXTENSIONS: ReadonlySet<string> = new Set(['plpgsql', ...BUNDLED])

export async function openPgliteShadow(extensions: readonly string[] = []): Promise<Shadow> {
  const shadow = new PgliteShadow(await modulesOf(extensions))
  await shadow.start()
  return shadow
}

class PgliteShadow implements Shadow {
  readonly engine = 'pglite'
  readonly isPrivate = true
  readonly extensions = PGLITE_EXTENSIONS
  server!: Server
  readonly #modules: Extensions
  readonly #databases = new Set<PgliteDatabase>()
  /** the first engine, started to learn what server it is; the first database asked for takes it */
  #spare?: PGlite
  #count = 0

  constructor(modules: Extensions) {
    this.#modules = modules
  }

  async start(): Promise<void> {
    this.#spare = await this.#boot()
    const db = await openPglite({engine: this.#spare})
    this.server = db.server
    await db.close()
  }

  async create(): Promise<ShadowDatabase> {
    const engine = this.#spare ?? (await this.#boot())
    this.#spare = undefined
    return this.#keep(engine)
  }

  async copy(engine: PGlite): Promise<ShadowDatabase> {
    return this.#keep(await startPglite({dump: await engine.dumpDataDir('none'), extensions: this.#modules}))
  }

  forget(database: PgliteDatabase): void {
    this.#databases.delete(database)
  }

  async close(): Promise<void> {
    for (const database of [...this.#databases]) await database.drop()
    if (this.#spare) await stopPglite(this.#spare)
    this.#spare = undefined
  }

  #keep(engine: PGlite): ShadowDatabase {
    const database = new PgliteDatabase(this, engine, `pgext_shadow_${++this.#count}`)
    this.#databases.add(database)
    return database
  }

  async #boot(): Promise<PGlite> {
    return startPglite({dump: await emptyDump(), extensions: this.#modules})
  }
}

class PgliteDatabase implements ShadowDatabase {
  readonly shadow: PgliteShadow
  readonly name: string
  readonly #engine: PGlite
  #session?: Db

  constructor(shadow: PgliteShadow, engine: PGlite, name: string) {
    this.shadow = shadow
    this.#engine = engine
    this.name = name
  }

  /** There is one backend: a new session ends the one before it. */
  async connect(options: {readonly role?: string} = {}): Promise<Db> {
    await this.#session?.close()
    this.#session = await openPglite({engine: this.#engine, role: options.role})
    return this.#session
  }

  async clone(): Promise<ShadowDatabase> {
    // ends an open transaction; a checkpoint spares the copy its recovery
    const db = await this.connect()
    await db.script('checkpoint')
    await db.close()
    return this.shadow.copy(this.#engine)
  }

  async drop(): Promise<void> {
    await this.#session?.close()
    await stopPglite(this.#engine)
    this.shadow.forget(this)
  }
}

export async function modulesOf(names: readonly string[]): Promise<Extensions> {
  const wanted = names.includes('earthdistance') ? ['cube', ...names] : names
  const modules: Extensions = {}
  for (const name of wanted.filter((wanted) => BUNDLED.includes(wanted))) {
    const word = name.replaceAll('-', '_')
    try {
      const module = (await import(`@electric-sql/pglite/contrib/${word}`)) as Record<string, Extension>
      modules[word] = module[word]!
    } catch (cause) {
      throw new PgextError('extension-missing', `PGlite's module of extension ${name} can't be loaded`, {
        hint: 'install pgext again',
        cause,
      })
    }
  }
  return modules
}
