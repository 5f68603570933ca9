// A URL in; the server behind it, and the rights that its role has there, out.
import {idAbout, idOf} from '../diff/id.ts'
import type {ObjectId} from '../diff/model.ts'
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
  /** CREATE on schema public */
  readonly mayCreateHere: boolean
  /** its server's, each with whether the role may put something there */
  readonly tablespaces: ReadonlyMap<string, boolean>
}

/**
 * Whether it can be reached decides nothing here: the side that needs it says so itself.
 * @param keep is given the session, which is left open then
 */
export async function readTarget(url: string, keep?: (db: Db) => void): Promise<Target | undefined> {
  const {connect} = await import('../postgres/native.ts')
  const db = await connect(url).catch(() => undefined)
  if (!db) return undefined
  keep?.(db)
  try {
    const [row] = await db
      .query(RIGHTS)
      .catch(() => db.query(RIGHTS.replace(MEMBERSHIPS, "'[]'")))
      .catch(() => [LEAST])
    return {
      url,
      server: db.server,
      attributes: row!.attributes,
      memberships: JSON.parse(row!.memberships),
      ownsDatabase: row!.owns,
      mayCreateSchemas: row!.creates,
      mayCreateHere: row!.here,
      tablespaces: new Map(Object.entries(JSON.parse(row!.places))),
    }
  } finally {
    if (!keep) await db.close()
  }
}

/** Of a server that closes its catalogs: a role may do less than it may there, never more. */
const LEAST = {attributes: 'NOSUPERUSER', memberships: '[]', owns: false, creates: false, here: false, places: '{}'}

const MEMBERSHIPS = `coalesce((select json_agg(g.rolname) from pg_catalog.pg_auth_members m join pg_catalog.pg_roles g on g.oid = m.roleid where m.member = r.oid), '[]')`

const RIGHTS = `
  select concat_ws(' ',
      case when r.rolsuper then 'SUPERUSER' else 'NOSUPERUSER' end, case when r.rolcreatedb then 'CREATEDB' else 'NOCREATEDB' end,
      case when r.rolcreaterole then 'CREATEROLE' else 'NOCREATEROLE' end, case when r.rolinherit then 'INHERIT' else 'NOINHERIT' end,
      case when r.rolreplication then 'REPLICATION' else 'NOREPLICATION' end, case when r.rolbypassrls then 'BYPASSRLS' else 'NOBYPASSRLS' end) as attributes,
    ${MEMBERSHIPS}::text as memberships,
    pg_catalog.pg_has_role(r.oid, d.datdba, 'USAGE') as owns,
    pg_catalog.has_database_privilege(d.oid, 'CREATE') as creates,
    coalesce((select pg_catalog.has_schema_privilege(n.oid, 'CREATE') from pg_catalog.pg_namespace n where n.nspname = 'public'), false) as here,
    (select json_object_agg(t.spcname, pg_catalog.has_tablespace_privilege(t.oid, 'CREATE')) from pg_catalog.pg_tablespace t)::text as places
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
  // a replay's schema public is a new database's, whoever owns the target's
  const [closed] = await db.query(
    `select 1 as one from pg_catalog.pg_namespace where nspname = 'public' and not pg_catalog.has_schema_privilege($1, oid, 'CREATE')`,
    [target.server.user],
  )
  if (closed && target.mayCreateHere) await db.script(`grant create on schema public to ${role}`)
  const places = await db.query<{name: string}>(`select spcname as name from pg_catalog.pg_tablespace where spcname !~ '^pg_'`)
  // one that the target lacks has yet to be made there, by somebody who will let the role use it
  for (const {name} of places)
    if (target.tablespaces.get(name) !== false) await db.script(`grant create on tablespace ${quoteName(name)} to ${role}`)
}

/** What makeEqual gave, as a fact: of a state it is no part. */
export function lentTo(role: string): ObjectId {
  return idAbout('privilege', idOf('schema', ['public']), `to "${role.replaceAll('"', '""')}"`)
}
