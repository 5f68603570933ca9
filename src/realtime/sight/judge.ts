// What each way of judging rows is: viewers join it, images come in, and of each is noted who sees it.
import type {PgextError} from '../../errors.ts'
import type {Seen, Viewer} from '../model.ts'
import type {Image} from './image.ts'

/** Of one table, for viewers whom the same law binds. */
export interface Judge {
  /** What is to be known of a viewer beforehand. */
  join(viewers: readonly Viewer[]): Promise<void>
  leave(viewer: Viewer): void
  /** One note for each image. A promise, where PostgreSQL has to be asked. */
  judge(images: readonly Image[], notes: readonly Note[]): Promise<void> | undefined
}

/** Who sees an image, as far as it is known. */
export class Note {
  #by: ReadonlySet<Viewer> = NOBODY
  #own?: Set<Viewer>
  #unknown?: Map<Viewer, PgextError>

  /** The set is nobody's to change from now on. */
  see(viewers: ReadonlySet<Viewer>): void {
    if (this.#by.size === 0) this.#by = viewers
    else if (viewers.size > 0) {
      this.#own ??= new Set(this.#by)
      this.#by = this.#own
      for (const viewer of viewers) this.#own.add(viewer)
    }
  }

  seeOne(viewer: Viewer): void {
    this.#own ??= new Set(this.#by)
    this.#by = this.#own.add(viewer)
  }

  doubt(viewers: Iterable<Viewer>, error: PgextError): void {
    this.#unknown ??= new Map()
    for (const viewer of viewers) this.#unknown.set(viewer, error)
  }

  /** Never `all`: who joins while others are judged was not. */
  get seen(): Seen {
    return this.#unknown
      ? {by: this.#by, unknown: this.#unknown}
      : this.#by === NOBODY
        ? UNSEEN
        : {by: this.#by, unknown: CERTAIN}
  }
}

const NOBODY: ReadonlySet<Viewer> = new Set()
const CERTAIN: ReadonlyMap<Viewer, PgextError> = new Map()
const UNSEEN: Seen = {by: NOBODY, unknown: CERTAIN}

/** No row-level security: whoever may read the table sees its rows. */
export class Open implements Judge {
  /** another one whenever somebody comes or goes: it is handed out */
  #viewers: ReadonlySet<Viewer> = NOBODY

  async join(viewers: readonly Viewer[]): Promise<void> {
    this.#viewers = new Set([...this.#viewers, ...viewers])
  }

  leave(viewer: Viewer): void {
    this.#viewers = new Set([...this.#viewers].filter((other) => other !== viewer))
  }

  judge(_: readonly Image[], notes: readonly Note[]): undefined {
    for (const note of notes) note.see(this.#viewers)
  }
}
