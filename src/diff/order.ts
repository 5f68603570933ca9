// Steps in any order in, an order in which each can run out. Knows no kind of object: only what steps make, need and break.
import {PgextError} from '../errors.ts'
import {components} from './components.ts'
import type {CatalogObject, ObjectId, Step} from './model.ts'

export interface Ordering {
  /** objects of the current state by what they need */
  dependents(id: ObjectId): readonly CatalogObject[]
  /** what an object of the current state dies with */
  parent(id: ObjectId): ObjectId | undefined
  /** lower runs earlier when nothing else decides */
  rank(step: Step): number
}

/** `soft` edges give way in a cycle. */
interface Edge {
  readonly to: number
  readonly soft: boolean
}

export function order(steps: readonly Step[], ordering: Ordering): Step[] {
  let list = [...steps]
  const given = new Set<string>() // soft edges that gave way
  for (;;) {
    const edges = edgesOf(list, ordering, given)
    const sorted = sort(list, edges, ordering)
    if (sorted.length === list.length) return sorted.map((at) => list[at]!)
    const done = new Set(sorted)
    const rest = list.map((_, at) => at).filter((at) => !done.has(at))
    const cycles = components(rest, (at) => edges[at]!.map((edge) => edge.to).filter((to) => !done.has(to)))
    let progress = false
    for (const cycle of cycles) {
      const inside = new Set(cycle)
      for (const at of cycle) {
        for (const edge of edges[at]!) {
          if (!edge.soft || !inside.has(edge.to)) continue
          given.add(keyOf(list[at]!, list[edge.to]!))
          progress = true
        }
      }
    }
    if (progress) continue
    const cut = new Set(cycles.flat().filter((at) => list[at]!.split))
    if (cut.size === 0) throw cycleError(cycles[0]!.map((at) => list[at]!))
    list = list.flatMap((step, at) => (cut.has(at) ? step.split!() : [step]))
  }
}

const keyOf = (from: Step, to: Step): string => `${from.sql}\0${to.sql}`

function edgesOf(steps: readonly Step[], {dependents, parent}: Ordering, given: ReadonlySet<string>): Edge[][] {
  const makers = indexBy(steps, (step) => step.makes)
  const breakers = indexBy(steps, (step) => step.breaks)
  const releasers = indexBy(steps, (step) => step.releases)
  const freers = indexBy(steps, (step) => step.frees)
  const edges: Edge[][] = steps.map(() => [])
  const before = (first: number, then: number, soft = false) => {
    if (first === then) return
    if (soft && given.has(keyOf(steps[first]!, steps[then]!))) return
    edges[first]!.push({to: then, soft})
  }
  steps.forEach((step, at) => {
    for (const id of step.needs) for (const maker of makers.get(id) ?? []) before(maker, at)
    for (const id of step.softNeeds) for (const maker of makers.get(id) ?? []) before(maker, at, true)
    for (const id of [...step.makes, ...(step.awaits ?? [])]) for (const breaker of breakers.get(id) ?? []) before(breaker, at)
    for (const claim of step.claims) for (const freer of freers.get(claim) ?? []) before(freer, at)
    const own = new Set(step.breaks) // what goes with this step need not go before
    for (const id of step.breaks) {
      const letGo = new Set<ObjectId>() // what has let go, with all that dies with it, may be dropped at any time
      for (const releaser of releasers.get(id) ?? []) {
        before(releaser, at)
        letGo.add(steps[releaser]!.object)
      }
      for (const dependent of dependents(id)) {
        if (own.has(dependent.id) || hasLetGo(dependent.id, letGo, parent)) continue
        for (const breaker of breakers.get(dependent.id) ?? []) before(breaker, at)
      }
    }
    for (const {id, takesDown} of step.disturbs) {
      for (const dependent of dependents(id)) {
        if (takesDown(dependent)) for (const breaker of breakers.get(dependent.id) ?? []) before(breaker, at)
      }
    }
    if (step.verb === 'alter') {
      for (const id of step.makes) {
        for (const dependent of dependents(id)) for (const breaker of breakers.get(dependent.id) ?? []) before(breaker, at, true)
      }
    }
  })
  return edges
}

function hasLetGo(id: ObjectId, letGo: ReadonlySet<ObjectId>, parent: Ordering['parent']): boolean {
  if (letGo.size === 0) return false
  for (let at: ObjectId | undefined = id; at; at = parent(at)) if (letGo.has(at)) return true
  return false
}

function indexBy<T>(steps: readonly Step[], keysOf: (step: Step) => readonly T[]): Map<T, number[]> {
  const index = new Map<T, number[]>()
  steps.forEach((step, at) => {
    for (const key of keysOf(step)) {
      const list = index.get(key)
      if (list) list.push(at)
      else index.set(key, [at])
    }
  })
  return index
}

/** Kahn's algorithm; among the steps that may run, the one of the lowest rank, then the first given. */
function sort(steps: readonly Step[], edges: readonly Edge[][], {rank}: Ordering): number[] {
  const waiting = steps.map(() => 0)
  for (const list of edges) for (const edge of list) waiting[edge.to]!++
  const ranks = steps.map(rank)
  const ready = new Heap((a, b) => ranks[a]! - ranks[b]! || a - b)
  waiting.forEach((count, at) => {
    if (count === 0) ready.push(at)
  })
  const sorted: number[] = []
  for (let at = ready.pop(); at !== undefined; at = ready.pop()) {
    sorted.push(at)
    for (const edge of edges[at]!) if (--waiting[edge.to]! === 0) ready.push(edge.to)
  }
  return sorted
}

class Heap {
  readonly #items: number[] = []
  readonly #compare: (a: number, b: number) => number

  constructor(compare: (a: number, b: number) => number) {
    this.#compare = compare
  }

  push(item: number): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      if (this.#compare(items[up]!, item) <= 0) break
      items[at] = items[up]!
      at = up
    }
    items[at] = item
  }

  pop(): number | undefined {
    const items = this.#items
    const top = items[0]
    const last = items.pop()
    if (last === undefined || items.length === 0) return top
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      if (down >= items.length) break
      if (down + 1 < items.length && this.#compare(items[down + 1]!, items[down]!) < 0) down++
      if (this.#compare(last, items[down]!) <= 0) break
      items[at] = items[down]!
      at = down
    }
    items[at] = last
    return top
  }
}

function cycleError(steps: readonly Step[]): PgextError {
  const lines = steps.slice(0, 12).map((step) => `  ${step.sql.split('\n')[0]}`)
  return new PgextError('cycle', `these statements each need another of them first:\n${lines.join('\n')}`, {
    hint: 'change the schema in two migrations, or break the cycle in schema.sql',
  })
}
