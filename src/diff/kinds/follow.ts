// An object and a statement in, a step out that runs once the object stands (an enabled state, a view's column default).

import type {CatalogObject, Step} from '../model.ts'
import {creates} from '../step.ts'

export function follows(o: CatalogObject, sql: string): Step {
  return {...creates(o, sql, {makes: [], needs: [o.id], softNeeds: [], claims: []}), verb: 'alter'}
}
