// A table that somebody watches: laws by role and viewers in, who sees its rows out.
import type {Access, Viewer} from '../model.ts'
import {Alone, type Asked} from './alone.ts'
import type {Image} from './image.ts'
import {type Judge, type Note, Open} from './judge.ts'
import type {Law} from './law.ts'

interface Enacted {
  readonly law: Law
  readonly access: Access
  readonly judge: Judge
}

export class Watched {
  readonly #asked: Asked
  readonly #roles = new Map<string, Enacted>()
  readonly #counts = new Map<Viewer, number>()

  constructor(asked: Asked) {
    this.#asked = asked
  }

  /** viewers */
  get count(): number {
    return this.#counts.size
  }

  has(role: string): boolean {
    return this.#roles.has(role)
  }

  enact(law: Law): void {
    const judge = law.policies ? new Alone(this.#asked, law) : new Open()
    this.#roles.set(law.role, {law, access: accessOf(law), judge})
  }

  async join(viewer: Viewer): Promise<Access> {
    const {access, judge} = this.#roles.get(viewer.role)!
    const count = this.#counts.get(viewer) ?? 0
    if (count === 0) await judge.join([viewer])
    this.#counts.set(viewer, (this.#counts.get(viewer) ?? 0) + 1)
    return access
  }

  leave(viewer: Viewer): void {
    const count = this.#counts.get(viewer) ?? 0
    if (count > 1) this.#counts.set(viewer, count - 1)
    if (count !== 1) return
    this.#counts.delete(viewer)
    this.#roles.get(viewer.role)?.judge.leave(viewer)
  }

  access(viewer: Viewer): Access | undefined {
    return this.#counts.has(viewer) ? this.#roles.get(viewer.role)?.access : undefined
  }

  judge(images: readonly Image[], notes: readonly Note[]): Promise<void>[] {
    return [...this.#roles.values()].flatMap(({judge}) => judge.judge(images, notes) ?? [])
  }
}

function accessOf({relid, schema, table, columns, policies}: Law): Access {
  return {
    relid,
    schema,
    table,
    columns: new Set(columns.filter(({granted}) => granted).map(({name}) => name)),
    key: columns.filter(({key}) => key).map(({name}) => name),
    tier: policies ? 'viewer' : 'privileges',
    reads: new Set(),
    warnings: [],
  }
}
