// A session in, the login of whoever speaks for people there out, and the roles that it may enter.
import type {Db} from '../postgres/db.ts'
import {quoteName, quoteText} from '../postgres/quote.ts'

export const AUTHENTICATOR = 'authenticator'

/** Made where it is missing; it has this password, whatever it had. */
export async function makeAuthenticator(db: Db, password: string): Promise<void> {
  const [role] = await db.query('select 1 as there from pg_catalog.pg_roles where rolname = $1', [AUTHENTICATOR])
  const what = role ? `alter role ${AUTHENTICATOR}` : `create role ${AUTHENTICATOR} login noinherit`
  await db.script(`${what} password ${quoteText(password)}`)
}

/** Roles that the files speak of, and nobody has made: in a database of our own they are made, and may be entered. */
export async function makeRoles(db: Db, names: readonly string[]): Promise<string[]> {
  const made: string[] = []
  const rows = await db.query<{name: string; super: boolean; login: boolean}>(
    'select rolname::text as name, rolsuper as super, rolcanlogin as login from pg_catalog.pg_roles',
  )
  const known = new Map(rows.map((row) => [row.name, row]))
  for (const name of names) {
    const found = known.get(name)
    if (!found) {
      await db.script(`create role ${quoteName(name)} nologin`)
      made.push(name)
    }
    if (!found?.super && !found?.login && !name.startsWith('pg_')) await db.script(`grant ${quoteName(name)} to ${AUTHENTICATOR}`)
  }
  return made
}
