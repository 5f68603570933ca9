// A place in a stream as text in, as a number out, and back: tokens of the bus are every node's.
import {createHash} from 'node:crypto'
import {PgextError} from '../../errors.ts'
import {splitToken} from '../../events/token.ts'

/** @param created when the stream was made: one that is made anew counts from 1 again */
export const incarnationOf = (created: string): string => createHash('sha256').update(created).digest('hex').slice(0, 10)

export const tokenOf = (incarnation: string, sequence: number): string => `b${incarnation}.${sequence.toString(36)}`

/** @throws PgextError `events-gone` where it is of another stream, `usage` for what is no token */
export function sequenceOf(token: string, incarnation: string): number {
  const [, mark, sequence] = /^b([0-9a-f]{10})\.([0-9a-z]{1,10})$/.exec(token) ?? []
  if (mark === incarnation) return Number.parseInt(sequence!, 36)
  if (mark !== undefined || /^[wq]/.test(token)) throw goneError('the token is of another time, or of no bus')
  throw new PgextError('usage', 'this is no token of an event', {hint: 'give one as it came, unchanged'})
}

export const isBussed = (token: string): boolean => token.startsWith('b')

/** Whether a node that has told all up to `told` is as far as whoever has this token; of another stream there is nothing to wait for. */
export function isReached(token: string, told: string): boolean {
  const [base, mark] = [splitToken(token).base, told.split('.')[0]!]
  if (base.split('.')[0] !== mark) return true
  const incarnation = mark.slice(1)
  return sequenceOf(splitToken(told).base, incarnation) >= sequenceOf(base, incarnation)
}

export const goneError = (why: string): PgextError =>
  new PgextError('events-gone', `changes since then can't be told any more: ${why}`, {
    hint: 'read the tables anew, and go on from there',
  })
