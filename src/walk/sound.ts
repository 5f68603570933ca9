// A project's files in; whether they load, and what is wrong in the bodies of their functions, out: asked in a shadow that holds them.
import {checkBodies} from '../bodies/check.ts'
import type {Finding} from '../bodies/model.ts'
import type {ObjectId} from '../diff/model.ts'
import type {SourceFile, Written} from '../shadow/model.ts'
import {openFiles, type Workplace} from './sides.ts'

export interface Sound {
  readonly findings: readonly Finding[]
  readonly written: ReadonlyMap<ObjectId, Written>
}

export async function sound(sources: readonly SourceFile[], place: Workplace): Promise<Sound> {
  const files = await openFiles(sources, 'files', place)
  const {written} = files.loaded!
  if (written.size === 0) return {findings: [], written}
  const database = await files.clone()
  const db = await database.connect()
  place.tell('looking at function bodies')
  try {
    return {findings: await checkBodies(db, new Set(written.keys())), written}
  } finally {
    await db.close()
    await database.drop()
  }
}
