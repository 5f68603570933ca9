// How to open sessions in; sight out: which viewers see which changes, as PostgreSQL's privileges and row-level security have it.
import {readDeclared} from '../../events/declared.ts'
import {Link} from '../../events/link.ts'
import type {Change} from '../../events/model.ts'
import {Types} from '../../events/types.ts'
import type {Opening} from '../../events/watched.ts'
import type {Access, Judged, Sight, Viewer, Withdrawal} from '../model.ts'
import {Eyes} from './eyes.ts'
import type {Image} from './image.ts'
import {Note} from './judge.ts'
import {readLaws} from './law.ts'
import {Watched} from './watched.ts'

export interface SightOptions {
  /** Milliseconds for each viewer where PostgreSQL is asked for each; 1,000. */
  readonly timeout?: number
  /** Ways that may be taken; all. A table whose policies are none of the cheaper ones' goes by `viewer`. */
  readonly tiers?: ReadonlySet<Access['tier']>
}

/** @param open makes a session with pgext's settings; asked again when one is lost */
export function openSight(open: Opening, options: SightOptions = {}): Sight {
  return new Seeing(open, options)
}

class Seeing implements Sight {
  withdrawn: (withdrawal: Withdrawal) => void = () => {}
  readonly #side: Link
  readonly #eyes: Eyes
  readonly #types = new Types()
  readonly #tables = new Map<number, Watched>()

  constructor(open: Opening, {timeout = 1000}: SightOptions) {
    this.#side = new Link(open)
    this.#eyes = new Eyes(open, timeout)
  }

  async join(table: {readonly schema: string; readonly table: string}, viewer: Viewer): Promise<Access | undefined> {
    const relid = await this.#find(table)
    if (relid === undefined) return undefined
    const watched = this.#tables.get(relid) ?? new Watched({eyes: this.#eyes, types: this.#types})
    this.#tables.set(relid, watched)
    if (!watched.has(viewer.role)) {
      const [law] = await readLaws(this.#side, [{relid, role: viewer.role}])
      if (!law) return undefined
      await this.#types.know(this.#side, new Set(law.columns.map(({type}) => type)))
      watched.enact(law)
    }
    return watched.join(viewer)
  }

  leave(relid: number, viewer: Viewer): void {
    const watched = this.#tables.get(relid)
    watched?.leave(viewer)
    if (watched?.count === 0) this.#tables.delete(relid)
  }

  access(relid: number, viewer: Viewer): Access | undefined {
    return this.#tables.get(relid)?.access(viewer)
  }

  judge(changes: readonly Change[]): Promise<readonly Judged[]> {
    const judged: {row?: Note; old?: Note}[] = changes.map(() => ({}))
    const lots = new Map<Watched, {readonly images: Image[]; readonly notes: Note[]}>()
    for (const [n, {shape, row, old}] of changes.entries()) {
      const watched = this.#tables.get(shape.relid)
      if (!watched || watched.count === 0) continue
      const lot = lots.get(watched) ?? {images: [], notes: []}
      lots.set(watched, lot)
      const note = (values: Change['row']) => {
        if (!values) return undefined
        const note = new Note()
        lot.images.push({shape, values})
        lot.notes.push(note)
        return note
      }
      judged[n] = {row: note(row), old: note(old)}
    }
    const waiting = [...lots].flatMap(([watched, {images, notes}]) => watched.judge(images, notes))
    const answer = () => judged.map(({row, old}): Judged => ({...(row && {row: row.seen}), ...(old && {old: old.seen})}))
    return waiting.length === 0 ? Promise.resolve(answer()) : Promise.all(waiting).then(answer)
  }

  async look(): Promise<void> {}

  async close(): Promise<void> {
    await Promise.all([this.#side.close(), this.#eyes.close()])
  }

  async #find({schema, table}: {readonly schema: string; readonly table: string}): Promise<number | undefined> {
    const {tables} = await readDeclared(this.#side)
    for (const [oid, declared] of tables) if (declared.schema === schema && declared.table === table) return oid
    return undefined
  }
}
