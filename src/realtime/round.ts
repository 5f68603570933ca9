// A batch's changes and what is known of each in; for each view what it is told of them, or that it can't be told, out.
import {PgextError} from '../errors.ts'
import type {Writers} from '../events/json.ts'
import type {Batch, Change} from '../events/model.ts'
import type {Weighed} from '../events/sieve.ts'
import {Message} from './message.ts'
import type {Judged, Seen, Viewer} from './model.ts'
import {toldJson} from './told.ts'
import {untangle} from './untangle.ts'
import type {Declaration, View} from './view.ts'

export interface Known {
  readonly weighed: Weighed
  readonly judged: Judged
}

/**
 * The order in which changes are told, by their places; and tables of which nobody can tell which rows stand after them.
 * @param isWhole they are all that their transaction changed
 */
export function settle(
  changes: readonly Change[],
  isWhole: boolean,
  isLate: (relid: number) => boolean,
): {readonly order: Iterable<number>; readonly lost: ReadonlySet<number>} {
  const lost = new Set<number>()
  let order = [...changes.keys()]
  for (const relid of new Set(changes.map(({shape}) => shape.relid))) {
    if (!isLate(relid)) continue
    const places = order.filter((at) => changes[at]!.shape.relid === relid)
    const told = isWhole ? untangle(places.map((at) => changes[at]!)) : undefined
    if (!told) lost.add(relid)
    else {
      const own = new Set(places)
      const others = order.filter((at) => !own.has(at))
      order = [...others, ...told.map((n) => places[n]!)]
    }
  }
  return {order, lost}
}

/** What views are told so far: one for all who are told the same. */
class Tale {
  /** undefined: nothing so far */
  readonly before?: Tale
  readonly change?: Change
  readonly #next = new Map<Change, Tale>()
  #last?: Tale
  message?: Message

  constructor(before?: Tale, change?: Change) {
    this.before = before
    this.change = change
  }

  /** And this. */
  and(change: Change): Tale {
    if (this.#last?.change === change) return this.#last
    const next = this.#next.get(change) ?? new Tale(this, change)
    this.#next.set(change, next)
    this.#last = next
    return next
  }

  get changes(): Change[] {
    const changes: Change[] = []
    for (let tale: Tale | undefined = this; tale?.change; tale = tale.before) changes.push(tale.change)
    return changes.reverse()
  }
}

export class Round {
  readonly #batch: Batch
  readonly #writers: Writers
  readonly #untold = new Tale()
  readonly #told = new Map<View, Tale>()
  /** something may be missing: why */
  readonly lost = new Map<View, string>()
  /** it raised an error for this viewer alone */
  readonly failed = new Map<View, PgextError>()
  readonly #texts = new Map<Change, string>()

  constructor(batch: Batch, writers: Writers) {
    this.#batch = batch
    this.#writers = writers
  }

  lose(view: View, reason: string): void {
    this.lost.set(view, reason)
  }

  take(change: Change, {weighed, judged}: Known, viewers: ReadonlyMap<Viewer, ReadonlyMap<string, View>>): void {
    if (!weighed.table) return
    const {row, old} = judged
    const declared = declarationOf(weighed)
    const error = [weighed.row, weighed.old].find((verdict) => verdict instanceof PgextError)
    /** views with the same columns are told the same */
    const same = new Map<string, Change>()
    /** by kind of view, and by what of the two rows may be seen */
    const outcomes = new Map<string, (Change | 'gone' | undefined)[]>()
    for (const viewer of candidates(viewers, change, judged)) {
      const views = viewers.get(viewer)
      if (!views) continue
      const failed = row?.unknown.get(viewer) ?? old?.unknown.get(viewer)
      const seesRow = triOf(row, viewer)
      const sawOld = change.old ? triOf(old, viewer) : undefined
      for (const view of views.values()) {
        if (failed && failed.code !== 'events-gone') {
          this.failed.set(view, failed)
          continue
        }
        const permitted = {row: seesRow, old: change.old ? sawOld : openOf(view)}
        const own = outcomes.get(view.kind) ?? []
        if (own.length === 0) outcomes.set(view.kind, own)
        const at = 3 * codeOf(permitted.row) + codeOf(permitted.old)
        if (!(at in own)) own[at] = error ? 'gone' : view.of(change, declared, permitted, same)
        const left = own[at]
        if (left === 'gone') this.lose(view, `a change can't be judged${error ? `: ${error.message}` : ''}`)
        else if (left) this.#told.set(view, (this.#told.get(view) ?? this.#untold).and(left))
      }
    }
  }

  /** Views that are told the same share a message. */
  tell(to: (view: View, message: Message) => void): void {
    for (const [view, tale] of this.#told) {
      if (this.lost.has(view) || this.failed.has(view)) continue
      tale.message ??= new Message(this.#batch, tale.changes, this.#writers, this.#json)
      to(view, tale.message)
    }
  }

  readonly #json = (change: Change): string => {
    let text = this.#texts.get(change)
    if (text === undefined) {
      text = toldJson(change, this.#writers)
      this.#texts.set(change, text)
    }
    return text
  }
}

/** Those who may have seen something of a change; some of them may want nothing of its table. */
function candidates(viewers: ReadonlyMap<Viewer, unknown>, change: Change, {row, old}: Judged): Iterable<Viewer> {
  if (change.operation === 'TRUNCATE' || row?.by === 'all' || old?.by === 'all') return viewers.keys()
  const sets = new Set([row, old].flatMap((seen) => (seen ? [seen.by as ReadonlySet<Viewer>] : [])))
  const unknown = [row, old].flatMap((seen) => [...(seen?.unknown.keys() ?? [])])
  const [first = NOBODY, ...others] = sets
  return others.length === 0 && unknown.length === 0
    ? first
    : new Set([...first, ...others.flatMap((set) => [...set]), ...unknown])
}

const NOBODY: ReadonlySet<Viewer> = new Set()

const triOf = (seen: Seen | undefined, viewer: Viewer): boolean | undefined =>
  !seen || seen.unknown.has(viewer) ? undefined : seen.by === 'all' || seen.by.has(viewer)

const codeOf = (tri: boolean | undefined): number => (tri === undefined ? 0 : tri ? 1 : 2)

/** The row before was not sent: who may see every row may have seen it. */
const openOf = (view: View): boolean | undefined => (view.access.tier === 'privileges' ? true : undefined)

function declarationOf({table, row, old}: Weighed): Declaration {
  return table?.filter ? {row: row ?? 'unknown', old: old ?? 'unknown'} : {}
}
