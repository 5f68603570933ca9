// A catalog in, the cluster's things that it speaks of out: roles and tablespaces, which no statement of a plan makes.
import type {Catalog, CatalogObject} from '../diff/model.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'
import type {Shadow} from '../shadow/model.ts'
import {makeTablespaces} from '../shadow/tablespace.ts'

export interface Names {
  readonly roles: ReadonlySet<string>
  readonly tablespaces: ReadonlySet<string>
}

export const NO_NAMES: Names = {roles: new Set(), tablespaces: new Set()}

export const namesIn = (catalog: Catalog): Names => ({roles: rolesIn(catalog), tablespaces: tablespacesIn(catalog)})

/** In a cluster of ours; somebody's server has them, or says that it lacks them. */
export async function makeNamed(db: Db, {roles, tablespaces}: Names, {engine}: Shadow): Promise<void> {
  if (engine !== 'server') await makeRoles(db, roles)
  await makeTablespaces(db, tablespaces, engine !== 'server')
}

export function tablespacesIn(catalog: Catalog): Set<string> {
  const places = [...catalog.objects.values()].map((o) => o.body?.tablespace)
  return new Set(places.filter((place) => typeof place === 'string'))
}

/** Every role a catalog speaks of. */
export function rolesIn(catalog: Catalog): Set<string> {
  const roles = new Set<string>()
  for (const o of catalog.objects.values()) for (const role of rolesOf(o)) roles.add(role)
  return roles
}

function rolesOf(o: CatalogObject): string[] {
  if (o.kind === 'owner') return [o.body.role]
  if (o.kind === 'privilege') return [o.body.role, o.body.by].filter((role) => role !== undefined)
  if (o.kind === 'default privilege') return [o.name[0]!, ...(o.name[3] === 'public' ? [] : [o.name[3]!])]
  if (o.kind === 'user mapping') return o.name[1] === 'public' ? [] : [o.name[1]!]
  if (o.kind === 'membership of others') return [o.name[0]!, o.name[1]!].filter((role) => !role.startsWith('pg_'))
  if (o.kind === 'database setting of role') return [o.name[0]!]
  if (o.kind === 'policy') return (o.body.roles ?? []).filter((role: string) => role.toLowerCase() !== 'public')
  return []
}

async function makeRoles(db: Db, roles: ReadonlySet<string>): Promise<void> {
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
