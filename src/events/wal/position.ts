// Places in the log as text in, as numbers that can be compared out, and back; tokens are such places under a consumer's incarnation.
import {PgextError} from '../../errors.ts'

/**
 * How far the log is read. Without messages: everything that was committed up to `lsn`. With: all before the transaction whose commit record
 * begins at `lsn`, and so many messages of that one. Either way the server is asked to go on from `lsn`.
 */
export interface Position {
  readonly lsn: bigint
  readonly messages: number
}

/** `16/B374D848`, as PostgreSQL writes it. */
export function readLsn(text: string): bigint {
  const [high = '', low = ''] = text.split('/')
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
}

export function showLsn(lsn: bigint): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase()
}

/** Negative: a comes first. */
export function comparePositions(a: Position, b: Position): number {
  return a.lsn === b.lsn ? a.messages - b.messages : a.lsn < b.lsn ? -1 : 1
}

export const laterOf = (a: Position, b: Position): Position => (comparePositions(a, b) < 0 ? b : a)

export function tokenOf(incarnation: string, {lsn, messages}: Position): string {
  return `w${incarnation}.${lsn.toString(16)}.${messages.toString(16)}`
}

/** @throws PgextError `usage` for what is no token, `events-gone` for one of another engine or incarnation */
export function readToken(token: string, incarnation: string): Position {
  const [, mark, lsn, messages] = /^w([0-9a-f]+)\.([0-9a-f]{1,16})\.([0-9a-f]{1,8})$/.exec(token) ?? []
  if (mark === incarnation && Number.parseInt(messages!, 16) < 2 ** 31)
    return {lsn: BigInt(`0x${lsn}`), messages: Number.parseInt(messages!, 16)}
  if ((mark === undefined && !token.startsWith('q')) || mark === incarnation) {
    throw new PgextError('usage', 'this is no token of an event', {hint: 'give one as it came with a batch, unchanged'})
  }
  throw goneError('the token is of another time: the slot, the server or the engine is not the one that made it')
}

export function goneError(why: string): PgextError {
  return new PgextError('events-gone', why, {hint: 'read the tables anew, then read on from here without a token'})
}
