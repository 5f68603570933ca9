// Functions that differ in, unified diffs of their text out.
import type {CatalogObject, Change, Json, Step} from '../diff/model.ts'
import type {Paint} from './paint.ts'
import {patchLines} from './patch.ts'
import {privilegeWords} from './privilege.ts'

interface Edit {
  readonly from?: CatalogObject
  readonly to?: CatalogObject
}

/** The functions that wait for deploy-functions, under their heading. */
export function waitingLines(waiting: readonly Change[], paint: Paint): string[] {
  if (waiting.length === 0) return []
  return [paint('bold', '-- waiting for pgext deploy-functions:'), ...functionLines(waiting, paint)]
}

/** Each function under its name; one whose signature changed shows as one edit, not as two functions. */
export function functionLines(changes: readonly Change[], paint: Paint): string[] {
  return pair(changes).flatMap((edit) => [headline(edit, paint), ...patch(edit, paint).map((line) => `    ${line}`)])
}

/** Statements about what relies on them, by their first line. */
export function besideLines(steps: readonly Step[], changes: readonly Change[], paint: Paint): string[] {
  const own = new Set<string>(changes.map(({from, to}) => (to ?? from)!.id))
  const others = steps.filter(
    ({object}) => !own.has(object) && !/^(owner|privilege|comment) (function|procedure|aggregate) /.test(object),
  )
  return others.map(({sql}) => paint('dim', `  ${sql.split('\n')[0]!.trimEnd()}${sql.includes('\n') ? ' …' : ''}`))
}

export function headlines(changes: readonly Change[], paint: Paint): string[] {
  return pair(changes).map((edit) => headline(edit, paint))
}

/** A function whose signature changed counts once. */
export function countEdits(changes: readonly Change[]): number {
  return pair(changes).length
}

function pair(changes: readonly Change[]): Edit[] {
  const dropped = changes.flatMap((change) => (change.verb === 'drop' ? [change.from] : []))
  const created = changes.flatMap((change) => (change.verb === 'create' ? [change.to] : []))
  const partner = (o: CatalogObject, others: readonly CatalogObject[], own: readonly CatalogObject[]) => {
    const same = others.filter((other) => nameOf(other) === nameOf(o))
    return same.length === 1 && own.filter((other) => nameOf(other) === nameOf(o)).length === 1 ? same[0] : undefined
  }
  return changes.flatMap((change): Edit[] => {
    if (change.verb === 'alter') return [change]
    if (change.verb === 'create') return [{from: partner(change.to, dropped, created), to: change.to}]
    return partner(change.from, created, dropped) ? [] : [{from: change.from}]
  })
}

function nameOf(o: CatalogObject): string {
  return JSON.stringify([o.kind, ...o.name])
}

function headline(edit: Edit, paint: Paint): string {
  const {from, to} = edit
  const words = privilegeWords(edit)
  if (words) return `${from && to ? paint('yellow', '~') : to ? paint('green', '+') : paint('red', '-')} ${words}`
  if (!to) return `${paint('red', '-')} ${from!.id}`
  if (!from) return `${paint('green', '+')} ${to.id}`
  return `${paint('yellow', '~')} ${from.id === to.id ? to.id : `${from.id} → ${to.id}`}`
}

function patch({from, to}: Edit, paint: Paint): string[] {
  // its line has said all of it
  if (to?.kind === 'privilege') return []
  return to ? patchLines(from && textOf(from), textOf(to), paint) : []
}

/** Its definition, as PostgreSQL prints it; of what has none (a comment, an owner), its attributes a line each. */
function textOf({body}: CatalogObject): string {
  const {definition, ...attributes} = body as Record<string, Json>
  if (typeof definition === 'string') return `${definition.trim()}\n`
  return Object.entries(attributes)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}\n`)
    .join('')
}
