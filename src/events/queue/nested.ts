// The events of a transaction as they were captured in, as they happened out. A statement is captured when it ends: what its AFTER ROW
// triggers did to the same rows was captured before it. The order matters within a row alone.
import type {Change, Message, Row} from '../model.ts'

/** What one row of the queue stands for, and when it was captured. */
export interface Captured {
  readonly entry: Change | Message
  readonly depth: number
  /** The client's statement, by its time. */
  readonly statement: string
}

export function unnest(captured: readonly Captured[]): Captured[] {
  const list = [...captured]
  const deepest = list.reduce((most, {depth}) => Math.max(most, depth), 0)
  for (let depth = deepest - 1; depth >= 1; depth--) {
    let at = 0
    while (at < list.length) {
      const inner = run(list, at, ({depth: own}) => own > depth)
      const outer = run(list, inner, (one) => one.depth === depth && isLike(one, list[inner]!))
      const isOne = inner > at && outer > inner && list[inner]!.statement === list[at]!.statement
      if (isOne) settle(list, at, inner, outer)
      at = Math.max(outer, at + 1)
    }
  }
  return list
}

function run(list: readonly Captured[], from: number, belongs: (one: Captured) => boolean): number {
  let to = from
  while (to < list.length && list[to]!.statement === list[from]!.statement && belongs(list[to]!)) to++
  return to
}

/** Captured by the same trigger: of one statement, as far as can be told. */
function isLike(one: Captured, first: Captured): boolean {
  const [a, b] = [one.entry, first.entry]
  return a.kind === 'change' && b.kind === 'change' && a.shape === b.shape
}

/** Events from `inner` on, captured by a statement that ended then; those from `from` on may be its triggers' doing. */
function settle(list: Captured[], from: number, inner: number, to: number): void {
  const places = new Map<string, number[]>()
  for (let at = from; at < to; at++) {
    const key = keyOf(list[at]!.entry)
    if (key !== undefined) places.set(key, [...(places.get(key) ?? []), at])
  }
  for (const own of places.values()) {
    const nested = own.filter((at) => at < inner).map((at) => list[at]!)
    const outer = own.filter((at) => at >= inner).map((at) => list[at]!)
    if (nested.length === 0 || outer.length === 0) continue
    const [first, ...rest] = outer
    const turned = [first!, ...nested, ...rest]
    // what a BEFORE trigger does to the row of an UPDATE or DELETE, PostgreSQL refuses: where both orders could be, triggers came after
    if (isChain(turned)) for (const [index, at] of own.entries()) list[at] = turned[index]!
  }
}

/** Each begins with the row that the one before it left. */
function isChain(list: readonly Captured[]): boolean {
  return list.every(({entry}, at) => {
    if (at === 0) return true
    const before = list[at - 1]!.entry
    return entry.kind === 'change' && before.kind === 'change' && same(before.row, entry.old)
  })
}

const same = (a: Row | undefined, b: Row | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((value, at) => value === b[at]))

function keyOf(entry: Change | Message): string | undefined {
  if (entry.kind === 'message') return undefined
  const row = entry.row ?? entry.old
  if (!row) return undefined
  const keys = entry.shape.columns.flatMap(({key}, at) => (key ? [row[at]] : []))
  // without a key the row itself tells it: of an INSERT and of what follows it
  return JSON.stringify([entry.shape.relid, keys.length > 0 ? keys : 'all'])
}
