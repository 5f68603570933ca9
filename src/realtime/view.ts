// What subscriptions of one viewer want of a table in, what each change is to them out: those that want the same share it.
import {PgextError} from '../errors.ts'
import {Excerpt} from '../events/excerpt.ts'
import type {Verdict} from '../events/filter.ts'
import type {Change} from '../events/model.ts'
import type {Filter} from './filter/filter.ts'
import type {Access, Viewer} from './model.ts'
import type {Subscription} from './subscription.ts'
import {asSeen, excerptOf, type Tri} from './told.ts'

/** Of a change, what does not depend on who looks. */
export interface Declaration {
  readonly row?: Verdict
  readonly old?: Verdict
}

/** Of a change, what is known of one viewer: whether its rows may be seen. */
export interface Permission {
  readonly row: Tri
  readonly old: Tri
}

export interface Wish {
  readonly viewer: Viewer
  /** without: all that may be seen */
  readonly columns?: readonly string[]
  readonly filter?: Filter
}

export class View {
  readonly wish: Wish
  readonly subscriptions = new Set<Subscription>()
  access: Access
  /** Equal for views that a change is the same to, where the same of it may be seen. */
  kind: string
  #excerpt: Excerpt
  #columns: string

  /** @param listed columns that pg_events lists of the table; undefined: all */
  constructor(wish: Wish, access: Access, listed?: ReadonlySet<string>) {
    this.wish = wish
    this.access = access
    this.#excerpt = excerptFor(wish, access, listed)
    this.#columns = keyOf(this.#excerpt)
    this.kind = kindOf(wish, access, this.#columns)
  }

  get columns(): ReadonlySet<string> {
    return this.#excerpt.columns
  }

  /** By another access, or list. */
  renew(access: Access, listed?: ReadonlySet<string>): void {
    this.access = access
    this.#excerpt = excerptFor(this.wish, access, listed)
    this.#columns = keyOf(this.#excerpt)
    this.kind = kindOf(this.wish, access, this.#columns)
  }

  /** What is left of a change; `gone` where something may be missed. Filters in SQL were asked before (`Filter.prepare`). */
  of(change: Change, declared: Declaration, permitted: Permission, same: Map<string, Change>): Change | 'gone' | undefined {
    const {filter} = this.wish
    const seen = asSeen(change, {
      row: all(permitted.row, triOf(declared.row), change.row && filter ? filter.met(change.shape, change.row) : true),
      old: all(
        permitted.old,
        triOf(declared.old),
        change.old && filter ? filter.met(change.shape, change.old) : filter ? undefined : true,
      ),
      isOpen: this.access.tier === 'privileges',
    })
    if (!seen || seen === 'gone') return seen
    // what is told of one change differs by columns, by operation, and by what is told of the row before
    const key = `${this.#columns}\0${seen.operation}${seen.old === change.old}`
    const known = same.get(key)
    if (known) return known
    const left = excerptOf(seen, this.#excerpt)
    if (left) same.set(key, left)
    return left
  }
}

const keyOf = ({columns}: Excerpt): string => [...columns].sort().join('\0')

const kindOf = ({filter}: Wish, {tier}: Access, columns: string): string =>
  JSON.stringify([columns, filter?.text ?? null, tier === 'privileges'])

function excerptFor({columns, filter: _}: Wish, access: Access, listed?: ReadonlySet<string>): Excerpt {
  const wanted = columns ? new Set([...columns, ...access.key]) : access.columns
  return new Excerpt([...wanted].filter((name) => access.columns.has(name) && (listed?.has(name) ?? true)))
}

/** As AND has it. */
function all(...parts: readonly Tri[]): Tri {
  if (parts.includes(false)) return false
  return parts.includes(undefined) ? undefined : true
}

/** No filter is declared, or nobody can tell. */
const triOf = (verdict: Verdict | undefined): Tri =>
  verdict === undefined ? true : verdict === 'unknown' || verdict instanceof PgextError ? undefined : verdict
