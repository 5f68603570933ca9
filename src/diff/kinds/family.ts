// An object's id in, the ids of all that dies with it out, its own first.
import type {Context, ObjectId} from '../model.ts'

export function familyOf(id: ObjectId, context: Context): ObjectId[] {
  return [id, ...context.children('current', id).flatMap((child) => familyOf(child.id, context))]
}
