// Who wants to say something to the engine in; one after the other, in the order in which they came, out. Who is in a transaction stays until it ends.
import type {Engine} from './engine.ts'
import type {Answer, Call} from './model.ts'

/** One who waits for a turn. */
export interface Party {
  readonly id: number
  /** what it has to say; undefined: nothing, any more */
  next(): Call | undefined
  /** true: the turn stays with it, a transaction being open */
  heard(answer: Answer): boolean
  /** it keeps others waiting, and says nothing */
  dawdles(): void
}

export class Turns {
  readonly #engine: Engine
  /** milliseconds */
  readonly #patience: number
  readonly #waiting: Party[] = []
  readonly #blocked = new Set<Party>()
  #speaking?: Party
  #holder?: Party
  /** whoever speaks has more to say behind that */
  #goesOn = false
  /** it could speak, and does not */
  #isSilent = false
  #timer?: NodeJS.Timeout

  constructor(engine: Engine, patience: number) {
    this.#engine = engine
    this.#patience = patience
  }

  get isIdle(): boolean {
    return !this.#speaking && !this.#holder && this.#waiting.length === 0
  }

  isSpeaking(party: Party): boolean {
    return this.#speaking === party
  }

  /** Others than this one wait. */
  isWanted(but: Party): boolean {
    const others = [...this.#waiting, ...(this.#speaking ? [this.#speaking] : [])]
    return others.some((party) => party !== but)
  }

  /** It has something to say. */
  want(party: Party): void {
    if (this.#speaking === party) this.#goesOn = true
    else if (this.#holder === party) {
      this.#isSilent = false
      this.#give(party)
    } else if (!this.#waiting.includes(party) && !this.#blocked.has(party)) this.#waiting.push(party)
    this.#go()
  }

  /** It has nothing to say any more, but what `next` gives. */
  unblock(party: Party): void {
    if (this.#blocked.delete(party)) this.want(party)
  }

  /** Whoever speaks is silent in the middle of what it says, or goes on. */
  pause(isSilent: boolean): void {
    this.#isSilent = isSilent
    this.#watch()
  }

  hear(answer: Answer): void {
    const party = this.#speaking
    if (!party) return
    this.#goesOn = false
    const stays = party.heard(answer)
    this.#speaking = undefined
    this.#holder = stays ? party : undefined
    this.#isSilent = stays
    if (answer.kind === 'done' && answer.blocked) this.#blocked.add(party)
    // only now is it known whether it holds the turn, or waits for one as others do
    if (stays || this.#goesOn) this.want(party)
    if (answer.kind === 'done' && answer.released)
      for (const blocked of [...this.#blocked]) if (blocked !== party) this.unblock(blocked)
    this.#go()
  }

  #go(): void {
    while (!this.#speaking && !this.#holder && this.#waiting.length > 0) this.#give(this.#waiting.shift()!)
    this.#watch()
  }

  #give(party: Party): void {
    const call = party.next()
    if (!call) {
      if (this.#holder === party) this.#isSilent = true
      return
    }
    this.#speaking = party
    this.#engine.call(call)
  }

  /** Only where somebody waits. */
  #watch(): void {
    const dawdler = this.#isSilent && this.#waiting.length > 0 ? (this.#speaking ?? this.#holder) : undefined
    if (!dawdler) {
      clearTimeout(this.#timer)
      this.#timer = undefined
      return
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      dawdler.dawdles()
    }, this.#patience)
  }
}
