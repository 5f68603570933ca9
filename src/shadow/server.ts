// The URL of a server that belongs to somebody in, a shadow of temporary databases on it out.
import {PgextError} from '../errors.ts'
import {localeOf} from '../postgres/admin.ts'
import type {Db} from '../postgres/db.ts'
import {connect} from '../postgres/native.ts'
import {showUrl, withDatabase} from '../postgres/url.ts'
import {DatabaseShadow} from './databases.ts'
import {onSignal} from './exit.ts'
import {availableExtensions} from './extensions.ts'
import type {Shadow} from './model.ts'
import {sweepDatabases} from './sweep.ts'
import type {Target} from './target.ts'

/** `like`: whose encoding, locale provider and collation the databases get; default: those of the URL's own database. */
export async function openServer(url: string, like?: Target): Promise<Shadow> {
  const admin = await connect(url, {application: 'pgext'})
  try {
    await mayCreate(admin, url)
    await sweepDatabases(admin, (name) => connect(withDatabase(url, name), {application: 'pgext'}))
    const tablespace = await placeThere(admin, like?.tablespace)
    const shadow = new DatabaseShadow({
      engine: 'server',
      isPrivate: false,
      admin,
      urlOf: (database) => withDatabase(url, database),
      extensions: await availableExtensions(admin),
      locale: like?.locale ?? (await localeOf(admin)),
      ...(tablespace && {tablespace}),
      leave: async () => forget(),
    })
    const forget = onSignal(() => shadow.close())
    return shadow
  } catch (error) {
    await admin.close()
    throw error
  }
}

/** Another server need not have the target's, and gets none. */
async function placeThere(admin: Db, tablespace: string | undefined): Promise<string | undefined> {
  if (tablespace === undefined) return undefined
  const [row] = await admin.query(
    `select pg_catalog.has_tablespace_privilege(oid, 'CREATE') as may from pg_catalog.pg_tablespace where spcname = $1`,
    [tablespace],
  )
  return row?.may ? tablespace : undefined
}

async function mayCreate(admin: Db, url: string): Promise<void> {
  const [row] = await admin.query(
    'select rolcreatedb or rolsuper as may, pg_catalog.pg_is_in_recovery() as standby from pg_catalog.pg_roles where rolname = current_user',
  )
  const here = showUrl(url)
  if (row?.standby)
    throw new PgextError('not-allowed', `${here} is a standby: no shadow database can be made there`, {hint: WAYS})
  if (!row?.may)
    throw new PgextError('not-allowed', `the role ${admin.server.user} may not create a shadow database on ${here}`, {
      hint: `ALTER ROLE … CREATEDB, or ${WAYS}`,
    })
}

const WAYS =
  'set SHADOW_DATABASE_URL to a server where databases may be made, or "shadow": "native" or "pglite" in pgext.json to use an embedded one'
