// Migrations in; each replayed on an empty database behind the one before, and where they leave the chain of states that their headers name, out.

import type {Catalog} from '../diff/model.ts'
import {read} from '../diff/read.ts'
import {relabel} from '../diff/relabel.ts'
import {scope} from '../diff/scope.ts'
import {PgextError} from '../errors.ts'
import type {Migration} from '../migrations/file.ts'
import {replay} from '../migrations/replay.ts'
import {connectMighty} from '../walk/copy.ts'
import {loadExternal} from '../walk/external.ts'
import {rulesFor} from '../walk/rules.ts'
import {type Known, namesMentioned, openFiles, type Workplace} from '../walk/sides.ts'

export interface Verified {
  /** on which they ran */
  readonly major: number
  readonly replayed: number
  /** the first that fails, and why */
  readonly failure?: PgextError
  /** files whose headers name another state than the one that they come behind */
  readonly breaks: readonly {readonly path: string; readonly message: string}[]
  readonly notes: readonly string[]
}

export async function verify(migrations: readonly Migration[], place: Workplace): Promise<Verified> {
  const [{extensionsIn}, {isClusterLevel}] = await Promise.all([import('../shadow/load.ts'), import('../shadow/load.ts')])
  const files = await openFiles(await place.project.sources(), 'files', place)
  const sources = migrations.map(({path, text}) => ({path, text, holdsFunctions: false}))
  // roles that it makes are not to be met by others
  const isolated = await isClusterLevel(sources)
  const shadow = await place.shadow(await extensionsIn(sources), isolated)
  const database = await shadow.create()
  const db = await connectMighty(database, place.target, await namesMentioned(migrations))
  const {user, major} = db.server
  const states = new Chain(files, place)
  const notes = new Set<string>()
  const look = async () =>
    states.add(relabel(await read(db, files.loaded!.rolesCreated), user, place.target?.server.user ?? user))
  try {
    await loadExternal(db, await place.external(), shadow, place.project.settings)
    await look()
    for (const [at, migration] of migrations.entries()) {
      place.tell(`replaying ${migration.path} (${at + 1} of ${migrations.length})`)
      try {
        for (const note of await replay(db, [migration], {isGuest: shadow.engine === 'server'})) notes.add(note)
      } catch (error) {
        if (!(error instanceof PgextError) || !error.where) throw error
        return {major, replayed: at, failure: error, breaks: states.breaks, notes: [...notes]}
      }
      await look()
      states.judge(migration, at + 1)
    }
    return {major, replayed: migrations.length, breaks: states.breaks, notes: [...notes]}
  } finally {
    await db.close()
    await database.drop()
  }
}

/** The states that were passed through, by each fingerprint that a header may have named: of all, and of what the files manage. */
class Chain {
  readonly breaks: {path: string; message: string}[] = []
  readonly #files: Known
  readonly #place: Workplace
  readonly #states: Set<string>[] = []
  readonly #paths: string[] = ['the empty database']

  constructor(files: Known, place: Workplace) {
    this.#files = files
    this.#place = place
  }

  add(catalog: Catalog): void {
    const state: Known = {side: 'migrations', catalog, clone: () => Promise.reject(new Error('a state that was passed through'))}
    const managed = scope(catalog, this.#files.catalog, rulesFor(state, this.#files, this.#place)).current
    this.#states.push(new Set([catalog.fingerprint, managed.fingerprint]))
  }

  /**
   * A state that is none of these says nothing: it may be of other settings, or of functions that are deployed beside migrations.
   * @param at its place, from 1; the state behind it is known
   */
  judge({path, header: {from, to}}: Migration, at: number): void {
    this.#paths.push(path)
    // what is written by hand names what the one before it says it leads to
    if (to) this.#states[at]!.add(to)
    if (!from || this.#states[at - 1]!.has(from)) return
    const other = this.#states.slice(0, at).findIndex((state) => state.has(from))
    if (other < 0) return
    const message = `was written for the state after ${this.#paths[other]}, and comes behind ${this.#paths[at - 1]}`
    this.breaks.push({path, message})
  }
}
