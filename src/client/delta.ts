// The rows of a live query and what has changed since in, the rows as they are now out.
import type {Row} from './protocol.ts'

export interface Delta {
  readonly upserted: readonly Row[]
  readonly removed: readonly Row[]
  readonly order?: readonly Row[]
}

/** Rows stay where they were, new ones come last; unless an order is told. Neither list given is changed. */
export function applyDelta(rows: readonly Row[], key: readonly string[], {upserted, removed, order}: Delta): readonly Row[] {
  const keyOf = (row: Row): string => JSON.stringify(key.map((name) => row[name]))
  const all = new Map(rows.map((row) => [keyOf(row), row]))
  for (const row of removed) all.delete(keyOf(row))
  for (const row of upserted) all.set(keyOf(row), row)
  if (!order) return [...all.values()]
  return order.map(keyOf).flatMap((one): Row[] => (all.has(one) ? [all.get(one)!] : []))
}
