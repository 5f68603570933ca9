// A state in, what its functions' bodies use out: asked of a throwaway copy once, and kept by the state's content.
import type {Usage} from '../bodies/uses.ts'
import type {Catalog} from '../diff/model.ts'
import {ROUTINES} from '../diff/routines.ts'
import {keepFound, keyOf, recallFound} from './cache.ts'
import type {State} from './model.ts'
import type {Workplace} from './sides.ts'
import {VERSION} from './version.ts'

const NOTHING: Usage = {uses: [], unsure: [], dynamic: [], unread: []}

export async function usesIn({catalog, clone}: Pick<State, 'catalog' | 'clone'>, place: Workplace): Promise<Usage> {
  const routines = [...catalog.objects.values()].filter(({kind}) => ROUTINES.has(kind))
  if (routines.length === 0) return NOTHING
  const path = place.target?.server.path
  const key = keyOf(['uses', VERSION, partsOf(catalog), catalog.server.versionNumber, path])
  const kept = await recallFound<Usage>(key)
  if (kept) return kept
  place.tell('reading function bodies')
  const database = await clone()
  try {
    const db = await database.connect()
    const {usesOf} = await import('../bodies/uses.ts')
    const usage = await usesOf(db, undefined, path === undefined ? {} : {path}).finally(() => db.close())
    await keepFound(key, usage)
    return usage
  } finally {
    await database.drop()
  }
}

const partsOf = ({fingerprint, server}: Catalog): unknown => [fingerprint, server.major]
