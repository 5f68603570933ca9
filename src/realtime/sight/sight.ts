// How to open sessions in; sight out: which viewers see which changes, as PostgreSQL's privileges and row-level security have it.
import type {Change} from '../../events/model.ts'
import type {Opening} from '../../events/watched.ts'
import type {Access, Judged, Sight, Viewer, Withdrawal} from '../model.ts'
import type {Image} from './image.ts'
import {Note} from './judge.ts'
import {State} from './state.ts'
import type {Table} from './table.ts'

export interface SightOptions {
  /** Milliseconds for each viewer where PostgreSQL is asked for each; 1,000. */
  readonly timeout?: number
  /** Ways that may be taken; all. A table whose policies are none of the cheaper ones' goes by `viewer`. */
  readonly tiers?: ReadonlySet<Access['tier']>
  /** Milliseconds between two looks whether something changed; 1,000. */
  readonly interval?: number
}

/** How often longer than that nobody may have looked, for a judgement to be handed out. */
const STALE = 3

/** @param open makes a session with pgext's settings; asked again when one is lost */
export function openSight(open: Opening, options: SightOptions = {}): Sight {
  return new Seeing(open, options)
}

class Seeing implements Sight {
  withdrawn: (withdrawal: Withdrawal) => void = () => {}
  readonly #state: State
  readonly #interval: number
  #timer?: NodeJS.Timeout
  #closed = false

  constructor(open: Opening, options: SightOptions) {
    this.#state = new State(open, options, (tables) => this.withdrawn({tables}))
    this.#interval = options.interval ?? 1000
  }

  async join(table: {readonly schema: string; readonly table: string}, viewer: Viewer): Promise<Access | undefined> {
    const access = await this.#state.join(table, viewer)
    if (access) this.#watch()
    return access
  }

  leave(relid: number, viewer: Viewer): void {
    this.#state.leave(relid, viewer)
  }

  access(relid: number, viewer: Viewer): Access | undefined {
    return this.#state.tables.get(relid)?.access(viewer)
  }

  judge(changes: readonly Change[]): Promise<readonly Judged[]> {
    const {tables, age} = this.#state
    if (tables.size > 0 && age > STALE * this.#interval) return this.look().then(() => this.judge(changes))
    const judged: {row?: Note; old?: Note}[] = changes.map(() => ({}))
    const lots = new Map<Table, {readonly images: Image[]; readonly notes: Note[]}>()
    for (const [n, {shape, row, old}] of changes.entries()) {
      const table = tables.get(shape.relid)
      if (!table) continue
      const lot = lots.get(table) ?? {images: [], notes: []}
      lots.set(table, lot)
      const note = (values: Change['row']) => {
        if (!values) return undefined
        const note = new Note()
        lot.images.push({shape, values})
        lot.notes.push(note)
        return note
      }
      judged[n] = {row: note(row), old: note(old)}
    }
    const waiting = [...lots].flatMap(([table, {images, notes}]) => table.judge(images, notes))
    const answer = () => judged.map(({row, old}): Judged => ({...(row && {row: row.seen}), ...(old && {old: old.seen})}))
    if (waiting.length === 0) return Promise.resolve(answer())
    // what was withdrawn meanwhile is judged by what holds now
    const isValid = () => [...lots.keys()].every((table) => this.#state.tables.get(table.relid) === table || table.isEmpty)
    return Promise.all(waiting).then(() => (isValid() ? answer() : this.judge(changes)))
  }

  look(): Promise<void> {
    return this.#state.look()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#state.close()
  }

  /** One look after the other, as long as anybody is here. What fails is tried again: judgements wait for it. */
  #watch(): void {
    if (this.#timer || this.#closed) return
    this.#timer = setTimeout(async () => {
      await this.look().catch(() => {})
      this.#timer = undefined
      if (this.#state.tables.size > 0) this.#watch()
    }, this.#interval)
    this.#timer.unref()
  }
}
