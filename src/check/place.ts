// A difference between migrations and files in; where the files speak of an object that differs, else where a migration makes it, out.
import type {ObjectId} from '../diff/model.ts'
import type {Where} from '../errors.ts'
import {declaredIn} from '../shadow/declared.ts'
import {placeOfBody} from '../shadow/written.ts'
import type {Difference} from '../walk/model.ts'
import type {Given} from './model.ts'

export async function placesIn(
  {current, desired}: Difference,
  {sources, migrations}: Given,
): Promise<(id: ObjectId) => Where | undefined> {
  const inFiles = await declaredIn(sources)
  const inMigrations = await declaredIn(migrations.map(({path, text}) => ({path, text, holdsFunctions: false})))
  const routines = new Map<ObjectId, Where>()
  for (const [id, written] of desired.loaded?.written ?? []) {
    const where = await placeOfBody(sources, written)
    if (where) routines.set(id, where)
  }
  const objectOf = (id: ObjectId) => desired.catalog.objects.get(id) ?? current.catalog.objects.get(id)
  /** its own place, or that of the nearest thing that it is a part of */
  const along = (id: ObjectId, find: (id: ObjectId) => Where | undefined): Where | undefined => {
    for (let at: ObjectId | undefined = id; at !== undefined; at = objectOf(at)?.parent) {
      const where = find(at)
      if (where) return where
    }
    return undefined
  }
  return (id) => {
    const files = along(id, (one) => {
      const object = objectOf(one)
      return routines.get(one) ?? (object && inFiles(object))
    })
    return (
      files ??
      along(id, (one) => {
        const object = objectOf(one)
        return object && inMigrations(object)
      })
    )
  }
}
