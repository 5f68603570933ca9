// What a clean run sent and a seed in, the faults that other runs are to meet out.
import {type Dice, diceOf} from './random.ts'
import type {Stop} from './wire.ts'

export type Kill = 'pgext' | 'session' | 'backend' | 'server'

export interface Fault extends Pick<Stop, 'exchange' | 'at' | 'delay'> {
  readonly kill: Kill
  /** what waits for old snapshots and for other sessions finds some */
  readonly isHeldUp: boolean
}

/**
 * pgext    SIGKILL
 * session  pg_terminate_backend
 * backend  SIGKILL of the process that serves pgext, on which PostgreSQL ends all sessions and recovers
 * server   SIGKILL of all processes of PostgreSQL
 */
const KILLS: readonly Kill[] = ['pgext', 'pgext', 'session', 'backend', 'server']

/** Each end of a step first, where there is room for all of them; the rest is spread over the whole run. */
export function faultsFor(sent: readonly string[], seed: number, count: number): Fault[] {
  const dice = diceOf(seed)
  const ends = sent.flatMap((sql, at) => (isEnd(sql) ? [at + 1] : []))
  const first = ends.length * 2 > count ? [] : ends
  const rest = count - first.length
  const spread = Array.from({length: rest}, (_, n) => 1 + Math.floor(((n + dice.roll(1000) / 1000) * sent.length) / rest))
  return [
    ...first.map((exchange) => faultAt(exchange, sent, dice, dice.pick(['before', 'after'] as const))),
    ...spread.map((exchange) => faultAt(exchange, sent, dice)),
  ]
}

export function faultAt(exchange: number, sent: readonly string[], dice: Dice, where?: Stop['at']): Fault {
  const sql = sent[exchange - 1] ?? ''
  const at = where ?? dice.pick(isLong(sql) ? ['during', 'during', 'after'] : ['before', 'during', 'after'])
  return {
    exchange,
    at,
    kill: dice.pick(KILLS),
    isHeldUp: at === 'during' && isLong(sql) && dice.roll(3) > 0,
    delay: dice.roll(60),
  }
}

const isEnd = (sql: string): boolean => sql === 'select; commit' || isLong(sql)
export const isLong = (sql: string): boolean => /\bCONCURRENTLY\b|^VACUUM/.test(sql)
