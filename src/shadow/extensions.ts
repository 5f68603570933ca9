// A session in, the names of the extensions that can be created there out.
import type {Db} from '../postgres/db.ts'

/** The npm package lists these and lacks the languages' own libraries. */
const UNLOADABLE = /plperl|plpython|pltcl/

export async function availableExtensions(db: Db, embedded = false): Promise<ReadonlySet<string>> {
  const rows = await db.query<{name: string}>('select name from pg_catalog.pg_available_extensions')
  return new Set(rows.map((row) => row.name).filter((name) => !embedded || !UNLOADABLE.test(name)))
}
