// Locks, rewrites and scans, one by one, in; a Cost out.
import type {Cost, LockMode} from '../diff/model.ts'
import {counts, isAtLeast} from './mode.ts'
import type {Standing} from './standing.ts'

/** A Cost in the making. */
export class Bill {
  readonly #locks = new Map<string, LockMode>()
  readonly #rewrites = new Set<string>()
  readonly #scans = new Set<string>()
  #unknown = false
  readonly #standing: Standing

  constructor(standing: Standing) {
    this.#standing = standing
  }

  lock(mode: LockMode, ...names: readonly (string | undefined)[]): void {
    for (const name of names) {
      if (name === undefined) continue
      const held = this.#locks.get(name)
      if (!held || !isAtLeast(held, mode)) this.#locks.set(name, mode)
    }
  }

  /** those of them that hold rows */
  rewrite(...names: readonly string[]): void {
    for (const name of names) if (this.#standing.isStored(name)) this.#rewrites.add(name)
  }

  scan(...names: readonly string[]): void {
    for (const name of names) if (this.#standing.isStored(name)) this.#scans.add(name)
  }

  code(): void {
    this.#unknown = true
  }

  total(): Cost {
    const locks = new Map([...this.#locks].filter(([name, mode]) => counts(mode) && !this.#isCovered(name, mode)))
    const scans = new Set([...this.#scans].filter((name) => !this.#rewrites.has(name)))
    return {locks, rewrites: this.#rewrites, scans, ...(this.#unknown && {unknown: true as const})}
  }

  /** an index whose table is locked as strongly */
  #isCovered(name: string, mode: LockMode): boolean {
    const table = this.#standing.tableOf(name)
    const held = table === undefined ? undefined : this.#locks.get(table)
    return held !== undefined && isAtLeast(held, mode)
  }
}
