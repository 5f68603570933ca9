// A session whose turn has come in; the one backend as that session left it out. Between units outside of transactions, and never else.
import {quoteName, quoteText} from '../../postgres/quote.ts'
import type {Activity} from './activity.ts'
import type {Loop} from './loop.ts'
import type {Memory} from './memory.ts'
import type {Places} from './places.ts'
import type {Processes} from './process.ts'
import {type Identity, type Session, SLOTS} from './session.ts'

const OWNER = 'postgres'
/** its oid */
const BOOTSTRAP = 10

export class Stage {
  current: Session
  readonly #memory: Memory
  readonly #loop: Loop
  readonly #places: Places
  readonly #processes: Processes
  readonly #activity: Activity

  constructor(memory: Memory, loop: Loop, places: Places, processes: Processes, activity: Activity, root: Session) {
    this.#memory = memory
    this.#loop = loop
    this.#places = places
    this.#processes = processes
    this.#activity = activity
    this.current = root
  }

  /** Throws when the session can't be as it was, its role being gone, say. */
  enter(session: Session): void {
    if (session === this.current) this.#mend(session)
    else {
      this.leave()
      this.#arrange(session)
    }
  }

  /** Keeps what the running session has. */
  leave(): void {
    const {current} = this
    for (const slot of SLOTS) current.slots.set(slot, this.#memory.get(this.#places[slot]))
    current.settings = new Map([...current.defaults, ...this.#places.settings.read()])
    current.identity = this.#identity(current)
  }

  /** The backend is nobody's any more, whatever state it was left in. */
  clear(root: Session): void {
    this.#memory.set(this.#places.authenticated, BOOTSTRAP)
    this.ask('rollback')
    this.ask(`set session authorization ${OWNER}; reset all`)
    for (const slot of SLOTS) this.#memory.set(this.#places[slot], root.slots.get(slot)!)
    root.identity = {user: OWNER}
    root.settings = root.defaults
    this.current = root
  }

  /** A statement of pgext's own. */
  ask(sql: string): (string | null)[][] {
    // a simple query drops the unnamed statement
    const unnamed = this.#memory.get(this.#places.unnamed)
    this.#memory.set(this.#places.unnamed, 0)
    try {
      return this.#loop.ask(sql)
    } catch (error) {
      // meant for the client's statement, which has ended or has yet to begin
      if (!/canceling statement/.test((error as Error).message)) throw error
      return this.#loop.ask(sql)
    } finally {
      this.#memory.set(this.#places.unnamed, unnamed)
    }
  }

  #arrange(session: Session): void {
    const {current} = this
    const isMoved = current.slots.get('temporary') !== session.slots.get('temporary')
    this.current = session
    for (const slot of SLOTS) this.#memory.set(this.#places[slot], session.slots.get(slot)!)
    this.#processes.nameOwn(session.pid)
    this.#activity.leave(current)
    this.#activity.enter(session)
    const settings = settingsBetween(current.settings, session.settings)
    if (isMoved || settings.length > 0 || !isSame(current.identity, session.identity))
      this.#asOwner([...(isMoved ? hide(current) : []), ...settings, ...identityOf(session.identity)])
    this.#memory.set(this.#places.authenticated, session.guest.oid)
  }

  /** RESET goes back to what the session began with, where PostgreSQL here would go back to what the engine began with. */
  #mend(session: Session): void {
    const read = this.#places.settings.read()
    const isLost = this.#places.settings.user === undefined && this.#memory.module._GetSessionUserId() !== session.guest.oid
    if (!isLost && [...session.defaults.keys()].every((name) => read.has(name))) return
    this.#asOwner([...settingsBetween(read, new Map([...session.defaults, ...read])), ...identityOf(this.#identity(session))])
    this.#memory.set(this.#places.authenticated, session.guest.oid)
  }

  /** Whoever is at work now may not do it. */
  #asOwner(changes: readonly string[]): void {
    this.#memory.set(this.#places.authenticated, BOOTSTRAP)
    this.ask(
      [...changes.filter(isFirst), `set session authorization ${OWNER}`, ...changes.filter((sql) => !isFirst(sql))].join('; '),
    )
  }

  #identity(session: Session): Identity {
    const user = this.#places.settings.user ?? session.login
    const role = this.#places.settings.role
    return role === undefined ? {user} : {user, role}
  }
}

const READ_WRITE = 'set transaction read write'
const isFirst = (sql: string): boolean => sql === READ_WRITE

/** A session's temporary tables stand in a schema whose name the next session would take for its own, and empty. */
function hide(session: Session): string[] {
  const update = 'update pg_catalog.pg_namespace set nspname ='
  const own = session.slots.get('temporary')!
  // without a change to some schema, PostgreSQL would go on to look names up where it did
  if (own === 0) return [READ_WRITE, `${update} nspname where nspname = 'pg_toast'`]
  return [
    READ_WRITE,
    `${update} 'pg_temp_${session.pid}' where oid = ${own}`,
    `${update} 'pg_toast_temp_${session.pid}' where oid = ${session.slots.get('temporaryToast')}`,
  ]
}

function settingsBetween(from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>): string[] {
  const gone = [...from.keys()]
    .filter((name) => !to.has(name))
    .map((name) => `pg_catalog.set_config(${quoteText(name)}, null, false)`)
  const set = [...to]
    .filter(([name, value]) => from.get(name) !== value)
    .map(([name, value]) => `pg_catalog.set_config(${quoteText(name)}, ${quoteText(value)}, false)`)
  const all = [...gone, ...set]
  return all.length === 0 ? [] : [`select ${all.join(', ')}`]
}

function identityOf({user, role}: Identity): string[] {
  return [
    ...(user === OWNER ? [] : [`set session authorization ${quoteName(user)}`]),
    ...(role === undefined ? [] : [`set role ${quoteName(role)}`]),
  ]
}

const isSame = (a: Identity, b: Identity): boolean => a.user === b.user && a.role === b.role
