// A change and what of its two rows a subscriber sees in, what it is told out: a row that comes into sight is new, one that leaves it is gone.
import {changedIn, changeJson, partitionJson} from '../events/event.ts'
import type {Excerpt} from '../events/excerpt.ts'
import type {Writers} from '../events/json.ts'
import type {Change, Row} from '../events/model.ts'

/** undefined: nobody can tell. */
export type Tri = boolean | undefined

export interface InSight {
  /** Whether the row after, and the row before, may be seen. */
  readonly row: Tri
  readonly old: Tri
  /** The role may see every row, so that the key of one tells it nothing that it could not read. */
  readonly isOpen: boolean
}

/** `gone`: whether something was missed can't be told. undefined: it is none of the subscriber's business. */
export function asSeen(change: Change, {row, old, isOpen}: InSight): Change | 'gone' | undefined {
  switch (change.operation) {
    case 'TRUNCATE':
      return change
    case 'INSERT':
      return row === undefined ? 'gone' : row ? change : undefined
    case 'DELETE':
      if (old === undefined) return isOpen ? goneBy(change, change.old!) : 'gone'
      return old ? change : undefined
    default:
      if (row === undefined) return 'gone'
      if (row) return old === false ? appeared(change) : old === undefined ? without(change) : change
      if (old === undefined) return isOpen ? goneBy(change, change.row!) : 'gone'
      return old ? goneBy(change, change.old ?? change.row!) : undefined
  }
}

const appeared = ({shape, row}: Change): Change => ({kind: 'change', operation: 'INSERT', shape, row: row!})

/** What it was before may not have been theirs to see. */
const without = ({shape, row}: Change): Change => ({kind: 'change', operation: 'UPDATE', shape, row: row!})

/** By its key alone. */
function goneBy({shape}: Change, row: Row): Change {
  const key = row.map((value, at) => (shape.columns[at]!.key ? value : undefined))
  return {kind: 'change', operation: 'DELETE', shape, old: key}
}

/** With the columns that are seen; undefined where only others changed: that they did is nobody's business either. */
export function excerptOf(change: Change, excerpt: Excerpt): Change | undefined {
  const left = excerpt.of(change)
  if (left.shape === change.shape) return left
  const isQuiet = changedIn(left)?.length === 0 && changedIn(change)?.length !== 0
  return isQuiet ? undefined : left
}

/** The JSON of one change, as a part of a message. */
export const toldJson = (change: Change, writers: Writers): string =>
  `{${[...changeJson(change, writers), ...partitionJson(change)].join(',')}}`
