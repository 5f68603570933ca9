// A state in, what its functions' bodies use out: asked of a throwaway copy once, and kept by the state's content.
import type {Usage} from '../bodies/uses.ts'
import type {Catalog, CatalogObject, ObjectId} from '../diff/model.ts'
import {ROUTINES} from '../diff/routines.ts'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {keepFound, keyOf, recallFound} from './cache.ts'
import type {State} from './model.ts'
import type {Workplace} from './sides.ts'
import {VERSION} from './version.ts'

const NOTHING: Usage = {routines: [], uses: [], unsure: [], dynamic: [], unread: []}

export async function usesIn(state: Copied, place: Workplace, laid: readonly CatalogObject[] = []): Promise<Usage> {
  const {catalog, clone} = state
  if (laid.length === 0 && !hasRoutines(catalog)) return NOTHING
  const kept = await usesKept(catalog, place, laid)
  if (kept) return kept
  place.tell('reading function bodies')
  const database = await clone()
  try {
    const db = await database.connect()
    const {usesOf} = await import('../bodies/uses.ts')
    const path = place.target?.server.path
    const look = async () => without(await lay(db, laid), await usesOf(db, undefined, path === undefined ? {} : {path}))
    const usage = await look().finally(() => db.close())
    await keepFound(keyFor(catalog, place, laid), usage)
    return usage
  } finally {
    await database.drop()
  }
}

type Copied = Pick<State, 'catalog' | 'clone'>

/** For what can do without: nobody waits for a shadow, or fails for want of one. */
export async function usesWith(
  laid: readonly CatalogObject[],
  state: Copied,
  asks: boolean,
  place: Workplace,
): Promise<Usage | undefined> {
  const made = laid.filter(({body}) => typeof body.definition === 'string')
  if (!asks) return usesKept(state.catalog, place, made)
  return usesIn(state, place, made).catch((error) => {
    if (error instanceof PgextError && error.code !== 'stopped') return undefined
    throw error
  })
}

/** As it was found out before, if it ever was. */
async function usesKept(catalog: Catalog, place: Workplace, laid: readonly CatalogObject[]): Promise<Usage | undefined> {
  return laid.length > 0 || hasRoutines(catalog) ? recallFound<Usage>(keyFor(catalog, place, laid)) : NOTHING
}

/** Their bodies are looked at later: what they use need not be there. Those that can't be made so come back. */
async function lay(db: Db, laid: readonly CatalogObject[]): Promise<Set<ObjectId>> {
  const failed = new Set<ObjectId>()
  for (const {id, body} of laid) {
    await db.script(body.definition).catch((error) => {
      if (!(error instanceof PgextError) || error.code === 'connection-lost') throw error
      failed.add(id)
    })
  }
  return failed
}

/** What stands under the name of one of these is another. */
function without(ids: ReadonlySet<ObjectId>, usage: Usage): Usage {
  if (ids.size === 0) return usage
  return {
    ...usage,
    routines: usage.routines.filter((id) => !ids.has(id)),
    uses: usage.uses.filter(({routine}) => !ids.has(routine)),
  }
}

function hasRoutines(catalog: Catalog): boolean {
  for (const {kind} of catalog.objects.values()) if (ROUTINES.has(kind)) return true
  return false
}

function keyFor({fingerprint, server}: Catalog, {target}: Workplace, laid: readonly CatalogObject[]): string {
  const more = laid.map(({id, hash}) => [id, hash]).sort()
  return keyOf(['uses', FORMAT, VERSION, fingerprint, server.versionNumber, target?.server.path, more])
}

/** Raised with every change to what is found out. */
const FORMAT = 2
