// How a reader of the log reads: what can be asked for, and every default.
import type {Limits} from './batches.ts'

export interface WalOptions {
  readonly publication?: string
  /** milliseconds between two looks whether the log has grown by what nobody reads here */
  readonly heartbeat?: number
  /** milliseconds for which a lost connection is made again */
  readonly patience?: number
  /** milliseconds after which a server that was asked and says nothing is gone */
  readonly silence?: number
  readonly limits?: Limits
  /** What it has read is kept for who comes after it, until it is acknowledged; and told as its past before anything is read. */
  readonly keeping?: Keeping
}

export interface Keeping {
  /** bytes of the log that are kept at most, and never more than half of what the server allows a slot */
  readonly bytes: number
  /** milliseconds for which another process that reads by this name is waited for */
  readonly patience: number
  /** seconds after which others of its kind that are away are forgotten */
  readonly away: number
  /** told of those that were */
  readonly forgot: (name: string) => void
}

export const DEFAULTS: Required<Omit<WalOptions, 'keeping'>> = {
  publication: 'pgext',
  heartbeat: 10_000,
  patience: 60_000,
  silence: 30_000,
  limits: {entries: 1000, bytes: 4 * 2 ** 20},
}
