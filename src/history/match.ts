// A database's state and migrations in; whether it is what they make, and what it is otherwise, out.
import type {Change} from '../diff/model.ts'
import type {Migration} from '../migrations/file.ts'
import {driftOf} from '../walk/drift.ts'
import {openMigrations, type Workplace} from '../walk/sides.ts'
import type {Present} from './present.ts'

/** Functions that are deployed beside migrations are no difference. */
export async function differing(present: Present, migrations: readonly Migration[], place: Workplace): Promise<Change[]> {
  const {live, files} = present
  const replayed = await openMigrations(migrations, place, files.loaded!.rolesCreated)
  return driftOf(live, replayed, files, place)
}
