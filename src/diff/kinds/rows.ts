// A view in, what must be gone before it is made: it names the columns of a function's rows by their places.
import type {CatalogObject, Context, ObjectId} from '../model.ts'
import {goneColumn} from './partition.ts'

export function columnsBefore(o: CatalogObject, context: Context): ObjectId[] {
  const {objects} = context.desired
  const functions = o.needs
    .flatMap((id) => objects.get(id) ?? [])
    .filter((need) => need.kind === 'function' && need.body.returnsSet)
  const tables = functions.flatMap(({needs}) => needs.filter((id) => objects.get(id)?.kind === 'table'))
  const columns = [...new Set(tables)].flatMap((id) => context.children('current', id))
  return columns
    .filter(({kind, id}) => kind === 'column' && context.isBroken(id) && !context.isMade(id))
    .map(({id}) => goneColumn(id))
}
