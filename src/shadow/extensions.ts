// A session or a shadow in, the extensions that can be created there, or that can't, out.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import type {Shadow} from './model.ts'

/** The npm package lists these and lacks the languages' own libraries. */
const UNLOADABLE = /plperl|plpython|pltcl/

export async function availableExtensions(db: Db, embedded = false): Promise<ReadonlySet<string>> {
  const rows = await db.query<{name: string}>('select name from pg_catalog.pg_available_extensions')
  return new Set(rows.map((row) => row.name).filter((name) => !embedded || !UNLOADABLE.test(name)))
}

export function missingExtensions(shadow: Shadow, wanted: readonly string[]): string[] {
  return wanted.filter((name) => !shadow.extensions.has(name))
}

export function missingError(names: readonly string[]): PgextError {
  const [one, more] = [names.length === 1, names.join(', ')]
  return new PgextError('extension-missing', `no shadow database can have the extension${one ? '' : 's'} ${more}`, {
    hint: `set SHADOW_DATABASE_URL to a server that has ${one ? 'it' : 'them'}; or "shadow": "target" in pgext.json to make shadow databases beside the target; or list ${one ? 'it' : 'them'} under "external": {"extensions": […]} as owned by others`,
  })
}
