// A batch's changes and what is known of each in; for each view what it is told of them, or that it can't be told, out.
import {PgextError} from '../errors.ts'
import type {Writers} from '../events/json.ts'
import type {Batch, Change} from '../events/model.ts'
import type {Weighed} from '../events/sieve.ts'
import {Message} from './message.ts'
import type {Judged, Seen, Viewer} from './model.ts'
import {toldJson} from './told.ts'
import type {Declaration, View} from './view.ts'

export interface Known {
  readonly weighed: Weighed
  readonly judged: Judged
}

export class Round {
  readonly #batch: Batch
  readonly #writers: Writers
  readonly #told = new Map<View, Change[]>()
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
    const declared = declarationOf(weighed)
    const error = [weighed.row, weighed.old].find((verdict) => verdict instanceof PgextError)
    /** views with the same columns are told the same */
    const same = new Map<string, Change>()
    /** by kind of view, and by what of the two rows may be seen */
    const outcomes = new Map<string, (Change | 'gone' | undefined)[]>()
    for (const viewer of candidates(viewers, change, judged)) {
      const failed = judged.row?.unknown.get(viewer) ?? judged.old?.unknown.get(viewer)
      for (const view of viewers.get(viewer)!.values()) {
        if (failed && failed.code !== 'events-gone') {
          this.failed.set(view, failed)
          continue
        }
        const permitted = {row: triOf(judged.row, viewer), old: change.old ? triOf(judged.old, viewer) : openOf(view)}
        const own = outcomes.get(view.kind) ?? []
        if (own.length === 0) outcomes.set(view.kind, own)
        const at = 3 * codeOf(permitted.row) + codeOf(permitted.old)
        if (!(at in own)) own[at] = error ? 'gone' : view.of(change, declared, permitted, same)
        const left = own[at]
        if (left === 'gone') this.lose(view, `a change can't be judged${error ? `: ${error.message}` : ''}`)
        else if (left) this.#add(view, left)
      }
    }
  }

  /** Views that are told the same share a message. */
  *messages(): Iterable<[View, Message]> {
    const numbers = new Map<Change, number>()
    const made = new Map<string, Message>()
    for (const [view, changes] of this.#told) {
      if (this.lost.has(view) || this.failed.has(view)) continue
      let key = ''
      for (const change of changes) {
        let number = numbers.get(change)
        if (number === undefined) {
          number = numbers.size
          numbers.set(change, number)
        }
        key += `${number},`
      }
      let message = made.get(key)
      if (!message) {
        message = new Message(this.#batch, changes, this.#writers, this.#json)
        made.set(key, message)
      }
      yield [view, message]
    }
  }

  #add(view: View, change: Change): void {
    const own = this.#told.get(view)
    if (own) own.push(change)
    else this.#told.set(view, [change])
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

/** Of those who want the table, who may have seen something of a change. */
function candidates(viewers: ReadonlyMap<Viewer, unknown>, change: Change, {row, old}: Judged): Iterable<Viewer> {
  if (change.operation === 'TRUNCATE' || row?.by === 'all' || old?.by === 'all') return viewers.keys()
  const found = new Set<Viewer>()
  for (const seen of [row, old]) {
    if (!seen) continue
    for (const viewer of seen.by as ReadonlySet<Viewer>) if (viewers.has(viewer)) found.add(viewer)
    for (const viewer of seen.unknown.keys()) if (viewers.has(viewer)) found.add(viewer)
  }
  return found
}

const triOf = (seen: Seen | undefined, viewer: Viewer): boolean | undefined =>
  !seen || seen.unknown.has(viewer) ? undefined : seen.by === 'all' || seen.by.has(viewer)

const codeOf = (tri: boolean | undefined): number => (tri === undefined ? 0 : tri ? 1 : 2)

/** The row before was not sent: who may see every row may have seen it. */
const openOf = (view: View): boolean | undefined => (view.access.tier === 'privileges' ? true : undefined)

function declarationOf({table, row, old}: Weighed): Declaration {
  return table?.filter ? {row: row ?? 'unknown', old: old ?? 'unknown'} : {}
}
