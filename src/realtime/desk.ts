// Who wants what of which table in; views found by it out, and which of them rely on which other tables.
import type {Filter} from './filter/filter.ts'
import type {Access, Viewer} from './model.ts'
import type {Subscription} from './subscription.ts'
import {View, type Wish} from './view.ts'

export class Desk {
  /** by table, viewer and wish */
  readonly #tables = new Map<number, Map<Viewer, Map<string, View>>>()
  readonly #dependents = new Map<number, Set<View>>()
  /** views with a filter, by table and text */
  readonly #filters = new Map<string, Set<View>>()

  /** Tables whose changes matter to anybody. */
  wants(relid: number): boolean {
    return this.#tables.has(relid) || this.#dependents.has(relid)
  }

  tables(): Iterable<number> {
    return this.#tables.keys()
  }

  viewersOf(relid: number): ReadonlyMap<Viewer, ReadonlyMap<string, View>> | undefined {
    return this.#tables.get(relid)
  }

  viewsOf(relid: number): View[] {
    return [...(this.#tables.get(relid)?.values() ?? [])].flatMap((views) => [...views.values()])
  }

  /** Whether two rows may bear the same key for a moment. */
  isLate(relid: number): boolean {
    for (const views of this.#tables.get(relid)?.values() ?? []) for (const view of views.values()) return view.access.isLate
    return false
  }

  /** Those whose policies read it. */
  dependentsOf(relid: number): Iterable<View> {
    return this.#dependents.get(relid) ?? []
  }

  /** Filters that somebody has on a table: the same text is read once. It speaks of these columns alone. */
  filterOf(relid: number, text: string, visible: ReadonlySet<string>): Filter | undefined {
    const [known] = this.#filters.get(`${relid} ${text}`) ?? []
    const filter = known?.wish.filter
    return filter?.columns.every((name) => visible.has(name)) ? filter : undefined
  }

  enter(wish: Wish, access: Access, listed: ReadonlySet<string> | undefined): View {
    const {relid} = access
    const key = JSON.stringify([wish.columns ? [...wish.columns].sort() : null, wish.filter?.text ?? null])
    const viewers = this.#tables.get(relid) ?? new Map<Viewer, Map<string, View>>()
    this.#tables.set(relid, viewers)
    const views = viewers.get(wish.viewer) ?? new Map<string, View>()
    viewers.set(wish.viewer, views)
    const known = views.get(key)
    if (known) return known
    const view = new View(wish, access, listed)
    views.set(key, view)
    this.#rely(view)
    if (wish.filter) {
      const name = `${relid} ${wish.filter.text}`
      this.#filters.set(name, (this.#filters.get(name) ?? new Set()).add(view))
    }
    return view
  }

  /** By another access than before. */
  renew(view: View, access: Access, listed: ReadonlySet<string> | undefined): void {
    this.#forget(view)
    view.renew(access, listed)
    this.#rely(view)
  }

  leave(subscription: Subscription): void {
    const {view} = subscription
    view.subscriptions.delete(subscription)
    if (view.subscriptions.size > 0) return
    const {relid} = view.access
    this.#forget(view)
    const name = `${relid} ${view.wish.filter?.text}`
    if (this.#filters.get(name)?.delete(view) && this.#filters.get(name)!.size === 0) this.#filters.delete(name)
    const viewers = this.#tables.get(relid)
    const views = viewers?.get(view.wish.viewer)
    for (const [key, one] of views ?? []) if (one === view) views!.delete(key)
    if (views?.size === 0) viewers!.delete(view.wish.viewer)
    if (viewers?.size === 0) this.#tables.delete(relid)
  }

  #rely(view: View): void {
    for (const relid of view.access.reads) this.#dependents.set(relid, (this.#dependents.get(relid) ?? new Set()).add(view))
  }

  #forget(view: View): void {
    for (const relid of view.access.reads) {
      const views = this.#dependents.get(relid)
      views?.delete(view)
      if (views?.size === 0) this.#dependents.delete(relid)
    }
  }
}
