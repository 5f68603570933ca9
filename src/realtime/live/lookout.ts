// Standing queries in; those that a change may concern out: found by the change's table and, where they say so, by its values. An idle one costs nothing.
import type {Change} from '../../events/model.ts'
import type {Watch} from './cover.ts'
import {meets, touches, valuesOf} from './image.ts'
import type {Condition} from './rule.ts'
import type {Standing} from './standing.ts'

/** Of one table. */
interface Lookouts {
  /** by the columns that matter to them: all that read the same are asked about once */
  readonly tracked: Map<string, {readonly columns: Watch['columns']; readonly members: Set<Standing>}>
  /** by the first of their conditions: its column, and how its values compare */
  readonly conditioned: Map<string, Conditioned>
  /** those with a function */
  readonly called: Set<Standing>
}

interface Conditioned {
  readonly column: string
  readonly plain: Condition['plain']
  readonly byValue: Map<string | null, Set<Standing>>
  /** their result is not known now: any value may be theirs */
  readonly unsettled: Set<Standing>
}

export class Lookout {
  readonly #tables = new Map<number, Lookouts>()
  /** where each stands, to be taken out again */
  readonly #places = new Map<Standing, Map<Conditioned, readonly (string | null)[] | undefined>>()

  add(standing: Standing): void {
    this.#places.set(standing, new Map())
    for (const watch of standing.prepared.watched.values()) {
      const table = this.#table(watch.oid)
      const [first] = standing.rule.conditions.get(watch.oid) ?? []
      if (standing.rule.call) table.called.add(standing)
      else if (first) this.#put(standing, conditioned(table, first), first)
      else tracked(table, watch.columns).add(standing)
    }
  }

  /** Its result is another one, or not known any more: what is looked up in it goes by that. */
  moved(standing: Standing): void {
    const places = this.#places.get(standing)
    if (!places || !standing.looksUp) return
    for (const watch of standing.prepared.watched.values()) {
      const [first] = standing.rule.conditions.get(watch.oid) ?? []
      if (first?.from !== undefined) this.#put(standing, conditioned(this.#table(watch.oid), first), first)
    }
  }

  remove(standing: Standing): void {
    for (const [place, values] of this.#places.get(standing) ?? []) takeOut(standing, place, values)
    this.#places.delete(standing)
    for (const {oid} of standing.prepared.watched.values()) {
      const table = this.#table(oid)
      table.called.delete(standing)
      for (const [key, {members}] of table.tracked) if (members.delete(standing) && members.size === 0) table.tracked.delete(key)
      for (const [key, {byValue, unsettled}] of table.conditioned)
        if (byValue.size === 0 && unsettled.size === 0) table.conditioned.delete(key)
      if (table.called.size + table.tracked.size + table.conditioned.size === 0) this.#tables.delete(oid)
    }
  }

  /** @param found is told of each, once or several times; `call`: its function is to be asked first */
  find(change: Change, found: (standing: Standing, call: boolean) => void): void {
    const table = this.#tables.get(change.shape.relid)
    if (!table) return
    const isEmptied = change.operation === 'TRUNCATE'
    for (const {columns, members} of table.tracked.values())
      if (isEmptied || touches(change, columns)) for (const standing of members) found(standing, false)
    for (const standing of table.called) found(standing, !isEmptied)
    for (const place of table.conditioned.values()) {
      const check = (standing: Standing) => {
        if (isEmptied || concerns(change, standing)) found(standing, false)
      }
      for (const members of membersBy(place, isEmptied ? [undefined] : valuesOf(change, place.column))) members.forEach(check)
      place.unsettled.forEach(check)
    }
  }

  #table(oid: number): Lookouts {
    const table = this.#tables.get(oid) ?? {tracked: new Map(), conditioned: new Map(), called: new Set()}
    this.#tables.set(oid, table)
    return table
  }

  #put(standing: Standing, place: Conditioned, {values, from}: Condition): void {
    const places = this.#places.get(standing)!
    takeOut(standing, place, places.get(place))
    const now = values ?? standing.texts(from!)
    places.set(place, now && [...now])
    if (!now) place.unsettled.add(standing)
    for (const value of now ?? []) {
      const members = place.byValue.get(value) ?? new Set()
      place.byValue.set(value, members.add(standing))
    }
  }
}

/** What a query without a rule would be triggered by, and its conditions. */
export function concerns(change: Change, standing: Standing): boolean {
  const {oid, columns} = standing.prepared.watched.get(change.shape.relid)!
  if (!touches(change, columns)) return false
  return meets(change, standing.rule.conditions.get(oid) ?? [], (from) => standing.texts(from))
}

function* membersBy({byValue, plain}: Conditioned, values: readonly (string | null | undefined)[]): Iterable<Set<Standing>> {
  if (values.includes(undefined)) yield* byValue.values()
  else
    for (const value of new Set(values.map((text) => (typeof text === 'string' ? plain(text) : null)))) {
      const members = byValue.get(value)
      if (members) yield members
    }
}

function conditioned({conditioned: all}: Lookouts, {column, sort, plain}: Condition): Conditioned {
  const key = `${sort} ${column}`
  const known = all.get(key) ?? {column, plain, byValue: new Map(), unsettled: new Set()}
  all.set(key, known)
  return known
}

function tracked({tracked: all}: Lookouts, columns: Watch['columns']): Set<Standing> {
  const key = columns === 'all' ? '' : JSON.stringify([...columns].sort())
  const known = all.get(key) ?? {columns, members: new Set()}
  all.set(key, known)
  return known.members
}

function takeOut(standing: Standing, {byValue, unsettled}: Conditioned, values: readonly (string | null)[] | undefined): void {
  unsettled.delete(standing)
  for (const value of values ?? []) {
    const members = byValue.get(value)
    if (members?.delete(standing) && members.size === 0) byValue.delete(value)
  }
}
