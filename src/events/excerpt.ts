// A change and the columns that may be seen in, the change with those columns alone out.
import type {Change, Row, Shape} from './model.ts'

interface Part {
  readonly shape: Shape
  /** positions in the whole shape; undefined: all of it */
  readonly at?: readonly number[]
}

/** What is not among `columns` appears nowhere: not in row, old or key. One of these for each set of columns: it remembers shapes. */
export class Excerpt {
  readonly columns: ReadonlySet<string>
  readonly #parts = new WeakMap<Shape, Part>()

  constructor(columns: Iterable<string>) {
    this.columns = new Set(columns)
  }

  of(change: Change): Change {
    const {shape, at} = this.#part(change.shape)
    if (!at) return change
    const {row, old} = change
    return {...change, shape, ...(row && {row: pick(row, at)}), ...(old && {old: pick(old, at)})}
  }

  #part(shape: Shape): Part {
    const known = this.#parts.get(shape)
    if (known) return known
    const at = shape.columns.flatMap(({name}, at) => (this.columns.has(name) ? [at] : []))
    const isWhole = at.length === shape.columns.length
    const part = isWhole ? {shape} : {shape: {...shape, columns: at.map((at) => shape.columns[at]!)}, at}
    this.#parts.set(shape, part)
    return part
  }
}

const pick = (row: Row, at: readonly number[]): Row => at.map((at) => row[at])
