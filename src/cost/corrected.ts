// What a step was said to cost, and what it was seen to, in; what it does cost, and whether that was said, out.
import type {Cost} from '../diff/model.ts'
import type {Seen} from './seen.ts'

export interface Corrected {
  readonly cost: Cost
  /** what was said before; absent where it was the same, or nothing was said */
  readonly said?: Cost
}

export function corrected(said: Cost | undefined, {locks, rewrites, scans, empty}: Seen): Corrected {
  // tables are joined, to check a foreign key, where there are rows to be joined
  const mayBeRead = empty.size > 0 ? [...(said?.scans ?? [])].filter((name) => locks.has(name) && !rewrites.has(name)) : []
  const cost: Cost = {locks, rewrites, scans: new Set([...scans, ...mayBeRead]), measured: true}
  if (!said || said.unknown || tellCost(said) === tellCost(cost)) return {cost}
  return {cost, said}
}

/** `ACCESS EXCLUSIVE on public.orders, reads public.orders` */
export function tellCost({locks, rewrites, scans}: Cost): string {
  const told = [
    ...[...locks].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, mode]) => `${mode} on ${name}`),
    ...[...rewrites].sort().map((name) => `writes ${name} anew`),
    ...[...scans].sort().map((name) => `reads ${name}`),
  ]
  return told.join(', ') || 'nothing'
}
