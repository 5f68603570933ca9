// A change in; which columns it changed, and whether one of its rows meets conditions, out: where that is not known, it is taken to be so.
import type {Change, Shape} from '../../events/model.ts'
import type {Watch} from './cover.ts'
import type {Condition} from './rule.ts'

const places = new WeakMap<Shape, ReadonlyMap<string, number>>()

/** Where a column stands in a row. */
export function placesOf(shape: Shape): ReadonlyMap<string, number> {
  let known = places.get(shape)
  if (!known) {
    known = new Map(shape.columns.map(({name}, at) => [name, at]))
    places.set(shape, known)
  }
  return known
}

/** Whether it may have changed any of these columns. */
export function touches({operation, shape, row, old}: Change, columns: Watch['columns']): boolean {
  if (operation !== 'UPDATE' || columns === 'all' || !row) return true
  const at = placesOf(shape)
  for (const name of columns) {
    const place = at.get(name)
    // what is computed is not sent
    if (place === undefined) return true
    // not sent, since it stood unchanged
    if (row[place] === undefined) continue
    const before = old?.[place]
    if (before === undefined ? !shape.columns[place]!.key : before !== row[place]) return true
  }
  return false
}

/** A column's value in the rows that there are, null for NULL; undefined: it is not known, and may be any. */
export function valuesOf(change: Change, column: string): readonly (string | null | undefined)[] {
  return imagesOf(change).map((image) => valueIn(change, image, column))
}

/** @param texts of a column of the result; undefined: not known now */
export function meets(
  change: Change,
  conditions: readonly Condition[],
  texts: (from: number) => ReadonlySet<string | null> | undefined,
): boolean {
  return imagesOf(change).some((image) =>
    conditions.every(({column, plain, values, from}) => {
      const wanted = values ?? texts(from!)
      const text = valueIn(change, image, column)
      return !wanted || text === undefined || wanted.has(text === null ? null : plain(text))
    }),
  )
}

type Image = 'row' | 'old'

const imagesOf = ({operation}: Change): readonly Image[] =>
  operation === 'INSERT' ? ['row'] : operation === 'DELETE' ? ['old'] : ['row', 'old']

function valueIn(change: Change, image: Image, column: string): string | null | undefined {
  const place = placesOf(change.shape).get(column)
  if (place === undefined) return undefined
  const value = change[image]?.[place]
  if (value !== undefined || change.operation !== 'UPDATE') return value
  // an UPDATE leaves the key as it was, and what was not sent of the new row
  if (image === 'old') return change.shape.columns[place]!.key ? change.row?.[place] : undefined
  return change.old?.[place]
}
