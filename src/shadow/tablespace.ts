// Names of tablespaces in; those that are absent made where the cluster is ours, inside its own folder: where they are is no schema.
import {PgextError, type Where} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'
import type {Statement} from '../postgres/statements.ts'

/** Who runs a server makes them, elsewhere in each place. */
export function isAboutTablespace({kind, node}: Statement): boolean {
  return (
    /^(Create|Drop|Alter)TableSpace/.test(kind) || [node.objtype, node.objectType, node.renameType].includes('OBJECT_TABLESPACE')
  )
}

export async function makeTablespaces(
  db: Db,
  names: Iterable<string>,
  mayBeMade: boolean,
  whereOf?: (name: string) => Where | undefined,
): Promise<void> {
  const wanted = [...new Set(names)].filter((name) => !name.startsWith('pg_'))
  if (wanted.length === 0) return
  const there = await db.query<{name: string; owner: string}>(
    'select spcname as name, pg_catalog.pg_get_userbyid(10) as owner from pg_catalog.pg_tablespace',
  )
  const missing = wanted.filter((name) => !there.some((one) => one.name === name))
  if (missing.length === 0) return
  if (!mayBeMade) {
    throw new PgextError('tablespace-missing', `the shadow's server lacks the tablespace ${missing.join(', ')}`, {
      hint: 'create it there, or let pgext use a shadow of its own (unset SHADOW_DATABASE_URL, "shadow": "auto")',
      where: whereOf?.(missing[0]!),
    })
  }
  await db.script('set allow_in_place_tablespaces = on')
  for (const name of missing) {
    // whoever loads the files may use it there, and need not where they will be applied; another session may make it meanwhile
    await db.query(`create tablespace ${quoteName(name)} owner ${quoteName(there[0]!.owner)} location ''`).catch((error) => {
      if (error.sqlstate !== '42710' && error.sqlstate !== '23505') throw error
    })
  }
  await db.script('reset allow_in_place_tablespaces')
}
