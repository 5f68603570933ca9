// Who uses whom in; the lines that show it out: a list, a tree from one of them, or a chart.
import type {ObjectId} from '../diff/model.ts'
import type {Edge, Graph} from '../walk/graph.ts'
import type {Paint} from './paint.ts'

const COLUMN = /^(view column|foreign column|column) /
const RELATION = /^(table|view|materialized view|foreign table) /

/** Edges to columns of one relation stand in one line, behind their relation's. */
interface Line {
  readonly manner: string
  readonly id: ObjectId
  readonly columns: readonly string[]
  readonly guessed: boolean
}

export function listLines(graph: Graph, paint: Paint): string[] {
  const [uses, users] = [by(graph, 'from'), by(graph, 'to')]
  const routines = graph.nodes.filter((id) => /^(function|procedure|aggregate) /.test(id))
  return routines.flatMap((id, at) => {
    const lines = linesOf(uses.get(id) ?? []).map((line) => `  ${shown(line, paint)}`)
    const above = [...new Set((users.get(id) ?? []).map(({from}) => from))].map((from) => `  ${paint('dim', 'used by')} ${from}`)
    return [...(at > 0 ? [''] : []), paint('bold', id), ...lines, ...remarks(id, graph, paint).map((one) => `  ${one}`), ...above]
  })
}

/** @param ways which way from each of them */
export function treeLines(
  roots: readonly ObjectId[],
  ways: readonly ('uses' | 'used by')[],
  graph: Graph,
  paint: Paint,
): string[] {
  const [uses, users] = [by(graph, 'from'), by(graph, 'to')]
  return roots.flatMap((root, at) => {
    const trees = ways.flatMap((way) => {
      const lines = way === 'uses' ? down(root, uses, graph, paint, new Set([root])) : up(root, users, paint, new Set([root]))
      return lines.length > 0 ? [paint('dim', way), ...lines.map((line) => `  ${line}`)] : [paint('dim', `${way} nothing`)]
    })
    return [...(at > 0 ? [''] : []), paint('bold', root), ...trees.map((line) => `  ${line}`)]
  })
}

function down(id: ObjectId, uses: Edges, graph: Graph, paint: Paint, path: ReadonlySet<ObjectId>): string[] {
  const lines = linesOf(uses.get(id) ?? []).flatMap((line) => {
    const head = shown(line, paint)
    if (path.has(line.id)) return [`${head} ${paint('dim', '…')}`]
    return [head, ...down(line.id, uses, graph, paint, new Set([...path, line.id])).map((one) => `  ${one}`)]
  })
  return [...lines, ...remarks(id, graph, paint)]
}

function up(id: ObjectId, users: Edges, paint: Paint, path: ReadonlySet<ObjectId>): string[] {
  // of a relation, those that use a column of it are its users, too
  const edges = users.get(id) ?? []
  const found = new Map<ObjectId, Set<string>>()
  for (const {from, manner, guessed} of edges) {
    const manners = found.get(from) ?? new Set<string>()
    found.set(from, manners.add(guessed ? `${manner}?` : manner))
  }
  return [...found].flatMap(([from, manners]) => {
    const head = `${from} ${paint('dim', [...manners].join(', '))}`
    if (path.has(from)) return [`${head} ${paint('dim', '…')}`]
    return [head, ...up(from, users, paint, new Set([...path, from])).map((one) => `  ${one}`)]
  })
}

type Edges = ReadonlyMap<ObjectId, readonly Edge[]>

function by({edges}: Graph, end: 'from' | 'to'): Edges {
  const map = new Map<ObjectId, Edge[]>()
  for (const edge of edges) {
    const list = map.get(edge[end])
    if (list) list.push(edge)
    else map.set(edge[end], [edge])
  }
  return map
}

function remarks(id: ObjectId, {dynamic, unread, unsure}: Graph, paint: Paint): string[] {
  if (unread.has(id)) return [paint('yellow', 'its body can’t be looked into')]
  return [
    ...(dynamic.has(id) ? [paint('yellow', 'runs dynamic SQL, which nobody can look into')] : []),
    ...(unsure.has(id) ? [paint('yellow', 'of some of its statements only names are known')] : []),
  ]
}

function linesOf(edges: readonly Edge[]): Line[] {
  const lines = new Map<string, {manner: string; id: ObjectId; columns: string[]; guessed: boolean}>()
  const lineOf = ({manner, guessed}: Edge, id: ObjectId) => {
    const key = `${manner}\0${id}`
    const line = lines.get(key) ?? {manner, id, columns: [], guessed: guessed === true}
    lines.set(key, line)
    return line
  }
  const wholes = new Set(edges.map(({to}) => to))
  for (const edge of edges) {
    const whole = wholeOf(edge.to, wholes)
    if (whole) lineOf(edge, whole.id).columns.push(whole.column)
    else lineOf(edge, edge.to)
  }
  return [...lines.values()].sort((a, b) => (a.manner + a.id < b.manner + b.id ? -1 : 1))
}

/** Of a column whose relation is there, too: that, and its own name. */
function wholeOf(id: ObjectId, among: ReadonlySet<ObjectId>): {readonly id: ObjectId; readonly column: string} | undefined {
  if (!COLUMN.test(id)) return undefined
  for (const whole of among) {
    if (!RELATION.test(whole)) continue
    const name = whole.replace(RELATION, '')
    const mine = id.replace(COLUMN, '')
    if (mine.startsWith(`${name}.`)) return {id: whole, column: mine.slice(name.length + 1)}
  }
  return undefined
}

function shown({manner, id, columns, guessed}: Line, paint: Paint): string {
  const list = columns.length > 0 ? ` (${columns.join(', ')})` : ''
  return `${paint('dim', manner.padEnd(6))} ${id}${list}${guessed ? paint('yellow', ' by name') : ''}`
}

/** Without columns, which would hide what it is about. */
export function mermaidLines(graph: Graph): string[] {
  const wholes = new Set(graph.nodes.filter((id) => RELATION.test(id)))
  const numbers = new Map<ObjectId, string>()
  const numberOf = (id: ObjectId) => {
    const number = numbers.get(id) ?? `n${numbers.size + 1}`
    numbers.set(id, number)
    return number
  }
  const arrows = new Map<string, {from: ObjectId; to: ObjectId; manners: Set<string>; guessed: boolean}>()
  for (const {from, to, manner, guessed} of graph.edges) {
    const end = wholeOf(to, wholes)?.id ?? to
    const key = `${from}\0${end}`
    const arrow = arrows.get(key) ?? {from, to: end, manners: new Set<string>(), guessed: true}
    arrow.manners.add(manner)
    arrows.set(key, {...arrow, guessed: arrow.guessed && guessed === true})
  }
  const lines = [...arrows.values()].map(({from, to, manners, guessed}) => {
    const label = [...manners].sort().join(', ')
    return `  ${numberOf(from)} ${guessed ? `-. ${label} .->` : `-- ${label} -->`} ${numberOf(to)}`
  })
  const nodes = [...numbers].map(
    ([id, number]) => `  ${number}["${id.replaceAll('"', '#quot;')}${graph.dynamic.has(id) ? ' (dynamic)' : ''}"]`,
  )
  return ['flowchart LR', ...nodes, ...lines]
}
