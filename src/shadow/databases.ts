// An administrator's session in, throwaway databases on its server out.
import {randomBytes} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import {createDatabase, dropDatabase, endSessions, type Locale} from '../postgres/admin.ts'
import type {Db, Server} from '../postgres/db.ts'
import {connect} from '../postgres/native.ts'
import {hostMark} from './home.ts'
import type {Shadow, ShadowDatabase} from './model.ts'
import {copyShared, dropSubscriptions, hasShared} from './shared.ts'

export interface Place {
  readonly engine: 'native' | 'server'
  readonly isPrivate: boolean
  readonly admin: Db
  readonly urlOf: (database: string) => string
  readonly extensions: ReadonlySet<string>
  readonly locale?: Locale
  /** where its databases hold what says nothing else; default: as the server has it */
  readonly tablespace?: string
  /** after the last database is gone */
  readonly leave: () => Promise<void>
}

export class DatabaseShadow implements Shadow {
  readonly server: Server
  readonly engine: 'native' | 'server'
  readonly isPrivate: boolean
  readonly extensions: ReadonlySet<string>
  readonly place: Place
  readonly #databases = new Set<TemporaryDatabase>()
  #closing?: Promise<void>

  constructor(place: Place) {
    this.place = place
    this.server = place.admin.server
    this.engine = place.engine
    this.isPrivate = place.isPrivate
    this.extensions = place.extensions
  }

  create(): Promise<ShadowDatabase> {
    return this.make('template0', this.place)
  }

  /** a copy keeps to its template's locale and tablespace */
  async make(template: string, {locale, tablespace}: Pick<Place, 'locale' | 'tablespace'> = {}): Promise<TemporaryDatabase> {
    const database = new TemporaryDatabase(this, temporaryName())
    this.#databases.add(database)
    // copying files forces checkpoints, which cost nothing where nothing reaches a disk, and much on somebody's server
    const strategy = this.engine === 'native' ? 'file_copy' : undefined
    await createDatabase(this.place.admin, database.name, {template, locale, tablespace, strategy})
    return database
  }

  forget(database: TemporaryDatabase): void {
    this.#databases.delete(database)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const {engine, admin, leave} = this.place
    try {
      // a cluster of our own goes with everything in it
      for (const database of [...this.#databases]) {
        // what can't be dropped now is swept by a later run
        await (engine === 'native' ? database.disconnect() : database.drop()).catch(() => {})
      }
    } finally {
      await admin.close()
      await leave()
    }
  }
}

/** What files set for the database, or its roles, may not stand in the way of its own making. */
const UNHINDERED = {
  default_transaction_read_only: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
}

class TemporaryDatabase implements ShadowDatabase {
  readonly shadow: DatabaseShadow
  readonly name: string
  readonly #sessions = new Set<Db>()

  constructor(shadow: DatabaseShadow, name: string) {
    this.shadow = shadow
    this.name = name
  }

  async connect(options: {readonly role?: string} = {}): Promise<Db> {
    const db = await connect(this.shadow.place.urlOf(this.name), {
      application: 'pgext shadow',
      role: options.role,
      settings: UNHINDERED,
    })
    this.#sessions.add(db)
    return db
  }

  async clone(): Promise<ShadowDatabase> {
    await this.disconnect()
    await this.#untilUnused()
    const made = await this.shadow.make(this.name)
    if (await hasShared(this.shadow.place.admin, this.name)) await copyShared(this, made)
    return made
  }

  async drop(): Promise<void> {
    await this.disconnect()
    await dropSubscriptions(this.shadow.place.admin, this.name, () => this.connect())
    await this.disconnect()
    await dropDatabase(this.shadow.place.admin, this.name, {force: true})
    this.shadow.forget(this)
  }

  async disconnect(): Promise<void> {
    await Promise.all([...this.#sessions].map((db) => db.close()))
    this.#sessions.clear()
  }

  /** A backend ends a moment after its client has gone; CREATE DATABASE would look again only every 100 ms. */
  async #untilUnused(): Promise<void> {
    const {admin} = this.shadow.place
    for (let tries = 0; tries < 50; tries++) {
      const used = await admin.query(
        `select 1 from pg_catalog.pg_stat_activity where datname = $1 and backend_type = 'client backend' limit 1`,
        [this.name],
      )
      if (used.length === 0) return
      await sleep(2)
    }
    await endSessions(admin, this.name)
  }
}

/** Tells whose it is, so that a later run can sweep it. */
function temporaryName(): string {
  return `pgext_shadow_${hostMark()}_${process.pid}_${Math.floor(Date.now() / 1000)}${randomBytes(3).toString('hex')}`
}
