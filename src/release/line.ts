// What differs, or fails, in; a line for each out.
import type {Change} from '../diff/model.ts'
import type {Failing} from '../walk/rehearsal.ts'

const MOST = 10

export function driftLines(drift: readonly Change[]): string[] {
  const lines = drift.map((change) => {
    if (change.verb === 'drop') return `  it has ${change.from.id}`
    return change.verb === 'create' ? `  it lacks ${change.to.id}` : `  it has another ${change.to.id}`
  })
  return lines.length > MOST ? [...lines.slice(0, MOST), `  and ${lines.length - MOST} more`] : lines
}

export const failingLines = (all: readonly Failing[]): string[] => [
  ...new Set(all.map(({routine, why}) => `  ${routine}: ${why}`)),
]
