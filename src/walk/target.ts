// A URL in; the server behind it, and the rights that its role has there, out.
import type {Db, Server} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'
import type {Shadow, ShadowDatabase} from '../shadow/model.ts'

export interface Target {
  readonly url: string
  readonly server: Server
  /** as ALTER ROLE takes them */
  readonly attributes: string
  readonly memberships: readonly string[]
  readonly ownsDatabase: boolean
  readonly mayCreateSchemas: boolean
}

/** Whether it can be reached decides nothing here: the side that needs it says so itself. */
export async function readTarget(url: string): Promise<Target | undefined> {
  const {connect} = await import('../postgres/native.ts')
  const db = await connect(url).catch(() => undefined)
  if (!db) return undefined
  try {
    const [row] = await db.query(RIGHTS)
    return {
      url,
      server: db.server,
      attributes: row!.attributes,
      memberships: JSON.parse(row!.memberships),
      ownsDatabase: row!.owns,
      mayCreateSchemas: row!.creates,
    }
  } finally {
    await db.close()
  }
}

const RIGHTS = `
  select concat_ws(' ',
      case when r.rolsuper then 'SUPERUSER' else 'NOSUPERUSER' end, case when r.rolcreatedb then 'CREATEDB' else 'NOCREATEDB' end,
      case when r.rolcreaterole then 'CREATEROLE' else 'NOCREATEROLE' end, case when r.rolinherit then 'INHERIT' else 'NOINHERIT' end,
      case when r.rolreplication then 'REPLICATION' else 'NOREPLICATION' end, case when r.rolbypassrls then 'BYPASSRLS' else 'NOBYPASSRLS' end) as attributes,
    coalesce((select json_agg(g.rolname) from pg_catalog.pg_auth_members m join pg_catalog.pg_roles g on g.oid = m.roleid where m.member = r.oid), '[]')::text as memberships,
    pg_catalog.pg_has_role(r.oid, d.datdba, 'USAGE') as owns,
    pg_catalog.has_database_privilege(d.oid, 'CREATE') as creates
  from pg_catalog.pg_roles r, pg_catalog.pg_database d
  where r.rolname = current_user and d.datname = current_database()`

/** The target's role in a cluster of ours; undefined where the session's own user will do. */
export function roleNeeded(shadow: Shadow, target?: Target): string | undefined {
  if (!target || shadow.engine === 'server' || shadow.server.user === target.server.user) return undefined
  return target.server.user
}

export function roleIn({shadow}: ShadowDatabase, target?: Target): string | undefined {
  return roleNeeded(shadow, target)
}

/** To load and copy: it may do everything, so that all it makes is its own. */
export async function makeMighty(db: Db, role: string): Promise<void> {
  const [there] = await db.query('select 1 as one from pg_catalog.pg_roles where rolname = $1', [role])
  await db.script(`${there ? 'alter' : 'create'} role ${quoteName(role)} superuser`)
}

/** To prove: it may do what it may on the target, so that a right it lacks fails here, not there. */
export async function makeEqual(db: Db, target: Target): Promise<void> {
  const role = quoteName(target.server.user)
  await db.script(`alter role ${role} ${target.attributes}`)
  const there = await db.query<{name: string}>('select rolname as name from pg_catalog.pg_roles')
  const known = new Set(there.map((row) => row.name))
  for (const group of target.memberships.filter((name) => known.has(name)))
    await db.script(`grant ${quoteName(group)} to ${role}`)
  const database = quoteName(db.server.database)
  if (target.ownsDatabase) await db.script(`alter database ${database} owner to ${role}`)
  else if (target.mayCreateSchemas) await db.script(`grant create on database ${database} to ${role}`)
}
