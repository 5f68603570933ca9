// Placeholder until bodies are checked: nothing in, nothing found out.
import type {ObjectId} from '../diff/model.ts'
import type {Db} from '../postgres/db.ts'
import type {Finding} from './model.ts'
export async function checkBodies(_db: Db, _routines?: ReadonlySet<ObjectId>): Promise<Finding[]> {
  return []
}
