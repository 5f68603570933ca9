// A database that another tool has brought to its state, and its migrations, in; what of them is true of it, and what they do not say, out.
import type {Change} from '../diff/model.ts'
import {PgextError} from '../errors.ts'
import type {Migration} from '../migrations/file.ts'
import type {Dumped} from '../walk/model.ts'
import {openMigrations, type Workplace} from '../walk/sides.ts'
import {differing} from './match.ts'
import {type Present, presentOf} from './present.ts'
import {type Reached, reach} from './reach.ts'

/** Of the migration that says what no other one does. */
export const AS_FOUND = 'as_found'

export interface History {
  readonly applied: readonly Migration[]
  readonly pending: readonly Migration[]
  /** written when another database was taken over */
  readonly asFound?: Migration
}

export interface Adoption {
  readonly present: Present
  /** what of the history the database is the outcome of */
  readonly journal: readonly Migration[]
  /** what it has otherwise than that */
  readonly drift: readonly Change[]
  /** says it, where nothing has said so yet */
  readonly found?: Reached
  /** the project's files, where it has none: with what is pending */
  readonly dumped?: Dumped
}

export async function adoption(url: string, history: History, place: Workplace): Promise<Adoption> {
  const {applied, asFound} = history
  const present = await presentOf(url, place)
  const drift = await differing(present, applied, place).catch(withWay)
  if (drift.length === 0) return {present, journal: applied, drift, ...(await dumpedWith(present, history, [], place))}
  if (asFound) {
    const left = await differing(present, [...applied, asFound], place)
    return left.length === 0 ? {present, journal: [...applied, asFound], drift: []} : {present, journal: applied, drift}
  }
  const found = await reach(present, applied, AS_FOUND, place)
  return {present, journal: applied, drift, found, ...(await dumpedWith(present, history, [found], place))}
}

/** What is pending is the project's, too: files without it would take it back. */
async function dumpedWith(
  {dumped}: Present,
  {applied, pending}: History,
  found: readonly Reached[],
  place: Workplace,
): Promise<{dumped?: Dumped}> {
  if (!dumped || pending.length === 0) return dumped ? {dumped} : {}
  const {dumpFrom} = await import('../walk/dump.ts')
  const more = found.map(({sql}) => ({...pending[0]!, path: `${AS_FOUND}.sql`, text: sql, checksum: sql}))
  const state = await openMigrations([...applied, ...more, ...pending], place, new Set())
  const request = {split: 'none', functions: 'files', roles: false, prove: true} as const
  return {dumped: await dumpFrom(state, request, place)}
}

/** A history need not be one that PostgreSQL can run again: files were edited, or the tool ran them otherwise. */
function withWay(error: unknown): never {
  if (!(error instanceof PgextError) || !error.where || error.code === 'connection-lost') throw error
  const {code, message, where, sqlstate} = error
  throw new PgextError(code, `the migrations can't be replayed on an empty database: ${message}`, {
    hint: 'mend the file, where it was edited since; or take the database as it is, without this history: pgext migrate:baseline',
    where,
    cause: error,
    ...(sqlstate && {sqlstate}),
  })
}
