// Viewers and values of each in; groups of those whose values are equal out: what is asked of one is asked of all.
import type {Viewer} from '../model.ts'
import type {Note} from './judge.ts'

export class Group<V> {
  readonly values: V
  #viewers = new Set<Viewer>()
  /** of one alone, as of most where each person has a claim of their own */
  #only?: Viewer
  #isHandedOut = false

  constructor(values: V) {
    this.values = values
  }

  get size(): number {
    return this.#viewers.size
  }

  /** They see it. What is handed out never changes: it is another set whenever somebody comes or goes. */
  tell(note: Note): void {
    if (this.#only) note.seeOne(this.#only)
    else {
      this.#isHandedOut = true
      note.see(this.#viewers)
    }
  }

  add(viewer: Viewer): void {
    this.#change((viewers) => viewers.add(viewer))
  }

  delete(viewer: Viewer): void {
    this.#change((viewers) => viewers.delete(viewer))
  }

  #change(change: (viewers: Set<Viewer>) => void): void {
    if (this.#isHandedOut) this.#viewers = new Set(this.#viewers)
    this.#isHandedOut = false
    change(this.#viewers)
    const [only] = this.#viewers
    this.#only = this.#viewers.size === 1 ? only : undefined
  }
}

export class Groups<V> {
  readonly #byKey = new Map<string, Group<V>>()
  readonly #keys = new Map<Viewer, string>()
  #list?: readonly Group<V>[]

  get size(): number {
    return this.#keys.size
  }

  get list(): readonly Group<V>[] {
    this.#list ??= [...this.#byKey.values()]
    return this.#list
  }

  get viewers(): Iterable<Viewer> {
    return this.#keys.keys()
  }

  /** @returns a group that was not there before */
  join(viewer: Viewer, values: V): Group<V> | undefined {
    if (this.#keys.has(viewer)) return undefined
    const key = JSON.stringify(values)
    this.#keys.set(viewer, key)
    const known = this.#byKey.get(key)
    const group = known ?? new Group(values)
    group.add(viewer)
    if (known) return undefined
    this.#byKey.set(key, group)
    this.#list = undefined
    return group
  }

  /** @returns a group in which nobody is left */
  leave(viewer: Viewer): Group<V> | undefined {
    const key = this.#keys.get(viewer)
    if (key === undefined) return undefined
    this.#keys.delete(viewer)
    const group = this.#byKey.get(key)!
    group.delete(viewer)
    if (group.size > 0) return undefined
    this.#byKey.delete(key)
    this.#list = undefined
    return group
  }
}
