// Migrations in, and which of them are new; each of their statements with what it locks and takes away out. No database is asked: they are replayed.
import type {Migration} from '../migrations/file.ts'
import {type Priced, priced} from './priced.ts'
import {openMigrations, type Workplace} from './sides.ts'

export interface AddedRequest {
  /** all, in order */
  readonly migrations: readonly Migration[]
  /** versions of those that are new */
  readonly fresh: ReadonlySet<string>
}

/** The new ones run on what the others leave, wherever they stand among them. */
export async function added({migrations, fresh}: AddedRequest, place: Workplace): Promise<Priced> {
  const [old, young] = [true, false].map((isOld) => migrations.filter(({version}) => fresh.has(version) !== isOld))
  const before = await openMigrations(old!, place, new Set())
  const after = await openMigrations([...old!, ...young!], place, new Set())
  return priced(young!, before.catalog, after.catalog, place)
}
