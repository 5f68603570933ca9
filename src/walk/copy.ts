// A catalog in, a throwaway database in that state out: what a live database is proven on, since its rows are never copied.
import {compare} from '../diff/compare.ts'
import type {Catalog, CatalogObject, Change} from '../diff/model.ts'
import {plan} from '../diff/plan.ts'
import {read} from '../diff/read.ts'
import {relabel} from '../diff/relabel.ts'
import {EVERYTHING, type Scope, scope} from '../diff/scope.ts'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'
import {runSteps} from '../prove/run.ts'
import type {Shadow, ShadowDatabase} from '../shadow/model.ts'
import {makeMighty, roleIn, type Target} from './target.ts'

export interface Copy {
  readonly database: ShadowDatabase
  /** as the shadow's server prints it */
  readonly catalog: Catalog
}

export interface Around {
  /** what others own: not copied, but made by `load` */
  readonly external: Scope['external']
  load(db: Db): Promise<void>
}

/** @param sameServer both are printed by one server, so the copy must read back equal */
export async function copy(whole: Catalog, shadow: Shadow, sameServer: boolean, around: Around, target?: Target): Promise<Copy> {
  const mine = (one: Catalog) => scope(one, one, {...EVERYTHING, external: around.external}).current
  const catalog = mine(whole)
  const database = await shadow.create()
  const db = await connectMighty(database, target, rolesIn(catalog))
  try {
    await around.load(db)
    const empty = mine(await read(db))
    const loaded = relabel(catalog, catalog.server.user, db.server.user)
    const {steps} = plan(empty, loaded, {server: db.server})
    await runSteps(
      db,
      steps.filter(({object}) => !isSetting(object)),
      async () => false,
    )
    // one that only the live server knows is no matter here, unless a plan changes it
    for (const {sql} of steps.filter(({object}) => isSetting(object))) await db.script(sql).catch(() => {})
    const made = mine(relabel(await read(db), db.server.user, catalog.server.user))
    if (sameServer) {
      const unseen = new Set(catalog.denied.map(({kind}) => kind))
      const of = (change: Change) => (change.verb === 'drop' ? change.from : change.to)
      const left = compare(made, catalog).filter((change) => !unseen.has(of(change).kind) && !isSetting(of(change).id))
      if (left.length > 0) throw inexact(left.map((change) => (change.verb === 'drop' ? change.from.id : change.to.id)))
    }
    await db.close()
    return {database, catalog: made}
  } catch (error) {
    await db.close()
    await database.drop()
    throw error
  }
}

const isSetting = (id: string): boolean => id.startsWith('database setting ')

/** A session that may do everything, under the name of the target's role where the cluster is ours. */
export async function connectMighty(
  database: ShadowDatabase,
  target: Target | undefined,
  roles: ReadonlySet<string>,
): Promise<Db> {
  const role = roleIn(database, target)
  if (database.shadow.engine === 'server') return database.connect()
  const own = await database.connect()
  await makeRoles(own, roles)
  if (!role) return own
  await makeMighty(own, role)
  await own.close()
  return database.connect({role})
}

function inexact(ids: readonly string[]): PgextError {
  const shown = ids.slice(0, 10).map((id) => `  ${id}`)
  return new PgextError(
    'proof-failed',
    `the current state can't be copied exactly, so nothing can be proven on it; these objects come out different:\n${shown.join('\n')}`,
    {
      hint: '--no-prove plans without a proof',
    },
  )
}

/** Every role a catalog speaks of. */
export function rolesIn(catalog: Catalog): Set<string> {
  const roles = new Set<string>()
  for (const o of catalog.objects.values()) for (const role of rolesOf(o)) roles.add(role)
  return roles
}

function rolesOf(o: CatalogObject): string[] {
  if (o.kind === 'owner') return [o.body.role]
  if (o.kind === 'privilege') return o.body.role ? [o.body.role] : []
  if (o.kind === 'default privilege') return [o.name[0]!, ...(o.name[3] === 'public' ? [] : [o.name[3]!])]
  if (o.kind === 'user mapping') return o.name[1] === 'public' ? [] : [o.name[1]!]
  if (o.kind === 'database setting of role') return [o.name[0]!]
  if (o.kind === 'policy') return (o.body.roles ?? []).filter((role: string) => role.toLowerCase() !== 'public')
  return []
}

export async function makeRoles(db: Db, roles: ReadonlySet<string>): Promise<void> {
  if (roles.size === 0) return
  const there = await db.query<{name: string}>('select rolname as name from pg_catalog.pg_roles')
  const known = new Set(there.map((row) => row.name))
  const missing = [...roles].filter((role) => !known.has(role))
  // another run on the same cluster may make it at this moment
  for (const role of missing) {
    await db.script(`create role ${quoteName(role)} nologin`).catch((error) => {
      if (error.sqlstate !== '42710' && error.sqlstate !== '23505') throw error
    })
  }
}
