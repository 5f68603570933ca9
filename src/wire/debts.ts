// Clients that have not read what the engine said in; those told to go, one after the other, that keep others waiting by it, out.
import {MOST_OWED} from './model.ts'

export interface Debtor {
  /** bytes that it has not taken */
  readonly owed: number
  /** when it last took some */
  readonly took: number
  /** it keeps others waiting, and reads nothing */
  hoards(): void
}

/** What is to be known of the rest of the server. */
export interface Ledger<D extends Debtor> {
  debtors(): Iterable<D>
  /** bytes that all together have not taken: the engine waits when there are too many */
  owed(): number
  /** others than this one wait for the engine */
  isKeeping(debtor: D): boolean
}

/** a look for each such part of the time that one may take */
const LOOKS = 5

export class Debts<D extends Debtor> {
  readonly #ledger: Ledger<D>
  /** milliseconds */
  readonly #patience: number
  /** since when somebody is kept waiting */
  #since?: number
  #timer?: NodeJS.Timeout

  constructor(ledger: Ledger<D>, patience: number) {
    this.#ledger = ledger
    this.#patience = patience
  }

  /** The engine has said something. */
  watch(): void {
    if (this.#timer || this.#ledger.owed() <= MOST_OWED) return
    this.#timer = setTimeout(() => this.#look(), this.#patience / LOOKS)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#since = undefined
  }

  #look(): void {
    this.#timer = undefined
    if (this.#ledger.owed() <= MOST_OWED) {
      this.#since = undefined
      return
    }
    const debtors = [...this.#ledger.debtors()].filter((debtor) => debtor.owed > 0 && this.#ledger.isKeeping(debtor))
    const now = performance.now()
    this.#since = debtors.length > 0 ? (this.#since ?? now) : undefined
    const late = debtors.filter(({took}) => now - Math.max(took, this.#since!) >= this.#patience)
    // one at a time: it may be enough
    late.sort((a, b) => b.owed - a.owed)[0]?.hoards()
    this.watch()
  }
}
