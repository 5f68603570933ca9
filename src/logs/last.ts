// Entries in, as many of them as somebody wants out: the last.
import type {LogEntry} from './model.ts'

export class Last {
  /** undefined: all */
  readonly most: number | undefined
  #entries: LogEntry[] = []
  #passed = 0

  constructor(most: number | undefined) {
    this.most = most
  }

  add(entry: LogEntry): void {
    this.#entries.push(entry)
    if (this.#entries.length > 2 * this.most! + 100) this.#trim()
  }

  take(): {entries: LogEntry[]; passed: number} {
    if (this.most !== undefined) this.#trim()
    const taken = {entries: this.#entries, passed: this.#passed}
    this.#entries = []
    this.#passed = 0
    return taken
  }

  #trim(): void {
    const over = this.#entries.length - this.most!
    if (over <= 0) return
    this.#entries = this.#entries.slice(over)
    this.#passed += over
  }
}
