// Changes in, a line an object out; what belongs to a table that is made or goes stands on the table's line.
import type {CatalogObject, Change} from '../diff/model.ts'
import type {Capturing, Difference} from '../walk/model.ts'
import {count} from './difference.ts'
import type {Paint, Style} from './paint.ts'

/** Kinds that are parts of what they stand on; an index or a policy has a line of its own. */
const PARTS = new Set([
  'column',
  'default',
  'constraint',
  'comment',
  'privilege',
  'owner',
  'domain constraint',
  'owned by',
  'partition',
])

const MARKS: Record<Change['verb'], readonly [string, Style]> = {
  create: ['+', 'green'],
  alter: ['~', 'yellow'],
  drop: ['-', 'red'],
}

export function summaryLines(changes: readonly Change[], paint: Paint): string[] {
  const wholes = new Map(
    changes.filter(({verb}) => verb !== 'alter').map((change) => [`${change.verb} ${objectOf(change).id}`, change]),
  )
  const parts = new Map<Change, Map<string, number>>()
  const own: Change[] = []
  for (const change of changes) {
    const whole = PARTS.has(objectOf(change).kind) ? wholeOf(change, wholes) : undefined
    if (!whole) own.push(change)
    else tally(parts, whole, objectOf(change).kind)
  }
  return own.map((change) => {
    const [mark, style] = MARKS[change.verb]
    const held = [...(parts.get(change) ?? [])].sort(([a], [b]) => order(a) - order(b)).map(([kind, n]) => count(n, kind))
    return `${paint(style, mark)} ${oneLine(objectOf(change).id)}${held.length > 0 ? paint('dim', `  ${held.join(', ')}`) : ''}`
  })
}

/** Renames that were declared, or found; the names that follow (of constraints, indexes) go without saying. */
export function renameLines({renames}: Difference, paint: Paint): string[] {
  return renames.map(({sql}) => `${paint('cyan', '→')} ${oneLine(sql)}`)
}

/** Functions of functions/ that differ, under a heading of their own. */
export function waitingSummary(waiting: readonly Change[], paint: Paint): string[] {
  return waiting.length === 0 ? [] : [paint('bold', 'waiting for pgext deploy-functions:'), ...summaryLines(waiting, paint)]
}

/** The outermost object that is made (or goes) together with this one. */
function wholeOf(change: Change, wholes: ReadonlyMap<string, Change>): Change | undefined {
  let found: Change | undefined
  for (let parent = objectOf(change).parent; parent; ) {
    const next = wholes.get(`${change.verb} ${parent}`)
    if (!next) break
    found = next
    parent = objectOf(next).parent
  }
  return found
}

function tally(parts: Map<Change, Map<string, number>>, whole: Change, kind: string): void {
  const counts = parts.get(whole) ?? new Map<string, number>()
  parts.set(whole, counts.set(kind, (counts.get(kind) ?? 0) + 1))
}

function objectOf(change: Change): CatalogObject {
  return change.verb === 'drop' ? change.from : change.to
}

function order(kind: string): number {
  return [...PARTS].indexOf(kind)
}

/** A name may hold a line break. */
function oneLine(id: string): string {
  return id.replace(/[\r\n]+/g, ' ')
}

/** What capture of realtime tables lacks is a line of its own. */
export function captureSummary(capture: Capturing | undefined, paint: Paint): string[] {
  const statements = capture ? capture.steps.length + capture.inside : 0
  return statements > 0 ? [paint('yellow', `~ capture of realtime tables (${count(statements, 'statement')})`)] : []
}
