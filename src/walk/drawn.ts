// The name of a side in, who uses whom there out; of one thing alone, where it is named, what it reaches either way.
import type {ObjectId} from '../diff/model.ts'
import {type Edge, type Graph, graphOf, nodesNamed} from './graph.ts'
import type {Side} from './model.ts'
import {openSide} from './pair.ts'
import type {Workplace} from './sides.ts'
import {refuseBlind} from './sight.ts'
import {usesIn} from './uses.ts'

const NEEDED = new Set([
  ...['function', 'procedure', 'aggregate', 'trigger', 'policy', 'table', 'column', 'default', 'constraint', 'index'],
  ...['view', 'materialized view', 'rule'],
])

export interface Drawing {
  readonly from: Side
  readonly name?: string
}

export async function drawn({from, name}: Drawing, place: Workplace): Promise<Graph & {readonly roots?: readonly ObjectId[]}> {
  const state = await openSide(from, place)
  refuseBlind(state.catalog, NEEDED, 'graphs')
  const graph = graphOf(state.catalog, await usesIn(state, place))
  if (name === undefined) return graph
  const roots = nodesNamed(name, graph, state.catalog)
  const down = reached(roots, graph.edges, (edge) => [edge.from, edge.to])
  const up = reached(roots, graph.edges, (edge) => [edge.to, edge.from])
  const among = (set: ReadonlySet<ObjectId>) => (edge: Edge) => set.has(edge.from) && set.has(edge.to)
  const edges = graph.edges.filter((edge) => among(down)(edge) || among(up)(edge))
  return {...graph, nodes: graph.nodes.filter((id) => down.has(id) || up.has(id)), edges, roots}
}

function reached(
  roots: readonly ObjectId[],
  edges: readonly Edge[],
  ends: (edge: Edge) => readonly [ObjectId, ObjectId],
): Set<ObjectId> {
  const next = new Map<ObjectId, ObjectId[]>()
  for (const edge of edges) {
    const [from, to] = ends(edge)
    const list = next.get(from)
    if (list) list.push(to)
    else next.set(from, [to])
  }
  const found = new Set(roots)
  // a set goes on with what is added to it
  for (const id of found) for (const to of next.get(id) ?? []) found.add(to)
  return found
}
