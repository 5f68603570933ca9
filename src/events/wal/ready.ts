// Batches that were read in; the same out as they are asked for, by one who may be slow.
import type {Batch} from '../model.ts'
import {comparePositions, type Position} from './position.ts'

export interface Step {
  readonly batch: Batch
  readonly position: Position
}

/** Batches that are ready while the reader is busy with another. */
const MOST = 2

export class Ready {
  #steps: Step[] = []
  #tell: () => void = () => {}
  #change = this.#next()
  /** behind the last batch that somebody took */
  taken: Position = {lsn: 0n, messages: 0}

  get isFull(): boolean {
    return this.#steps.length >= MOST
  }

  get isEmpty(): boolean {
    return this.#steps.length === 0
  }

  /** When something is another than it was. */
  get change(): Promise<void> {
    return this.#change
  }

  push(step: Step): void {
    this.#steps.push(step)
    this.tell()
  }

  /** @param until what ends behind it stays here */
  take(until?: Position): Batch | undefined {
    const [first] = this.#steps
    if (!first || (until && comparePositions(first.position, until) > 0)) return undefined
    this.#steps.shift()
    this.taken = first.position
    this.tell()
    return first.batch
  }

  clear(): void {
    this.#steps = []
  }

  tell(): void {
    const tell = this.#tell
    this.#change = this.#next()
    tell()
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#tell = resolve
    })
  }
}
