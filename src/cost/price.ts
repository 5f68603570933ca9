// A plan's steps and both states in; the same steps out, each with what it costs on what was there before, and the hazards that follow.
import type {Catalog, Cost, Hazard, Step} from '../diff/model.ts'
import {split} from '../postgres/statements.ts'
import {advance, costOf} from './cost.ts'
import {isAtLeast} from './mode.ts'
import {Standing} from './standing.ts'

interface States {
  readonly current: Catalog
  readonly desired: Catalog
  readonly major: number
}

const LOCKABLE = new Set(['table', 'foreign table', 'view', 'materialized view', 'sequence'])

/** `current`: the state in which the first of them runs */
export async function price(steps: readonly Step[], {current, desired, major}: States): Promise<Step[]> {
  // on an empty database nobody is in the way
  if (![...current.objects.values()].some(({kind}) => LOCKABLE.has(kind))) return [...steps]
  const standing = new Standing(current.objects.values(), desired)
  const made = new Set<string>()
  const priced: Step[] = []
  for (const step of steps) {
    // an older server may have given a name that is a keyword now: nobody can tell then, and the plan is no worse for it
    const [statement] = (await split(step.sql, 'plan')).statements
    if (!statement || statement.kind === 'Unparsed') {
      priced.push(step)
      standing.advance(step)
      continue
    }
    const cost = without(step.cost ?? costOf(statement, standing, {major}), made)
    priced.push({...step, cost, hazards: [...step.hazards, ...hazardsOf(cost)]})
    advance(statement, standing)
    standing.advance(step)
    for (const id of step.makes) if (step.verb === 'create') made.add(id.slice(id.indexOf(' ') + 1))
  }
  return priced
}

/** Nobody but the plan itself uses what it has just made. */
function without(cost: Cost, made: ReadonlySet<string>): Cost {
  const isOld = (name: string) => !made.has(name)
  return {
    ...cost,
    locks: new Map([...cost.locks].filter(([name]) => isOld(name))),
    rewrites: new Set([...cost.rewrites].filter(isOld)),
    scans: new Set([...cost.scans].filter(isOld)),
  }
}

/** A lock that is held for as long as rows are read or written is a hazard; one that comes and goes with the catalogs is not. */
export function hazardsOf({locks, rewrites, scans}: Cost): Hazard[] {
  const written: Hazard[] = [...rewrites].map((name) => ({
    name: 'rewrite',
    why: `every row of ${name} is written again, and nobody can read or write it meanwhile`,
  }))
  const read = [...scans].map((name): Hazard => {
    const mode = locks.get(name)
    if (mode === 'ACCESS EXCLUSIVE')
      return {name: 'blocking-reads', why: `every row of ${name} is read, and nobody can read or write it meanwhile`}
    if (mode !== undefined && isAtLeast(mode, 'SHARE'))
      return {name: 'blocking-writes', why: `every row of ${name} is read, and nobody can write to it meanwhile`}
    return {name: 'long-scan', why: `every row of ${name} is read, while others read and write it`}
  })
  return [...written, ...read]
}
