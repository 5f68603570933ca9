// How far the queue was read, as text: the incarnation and a snapshot; inside of what was committed since, a second snapshot and a place.
import {PgextError} from '../../errors.ts'
import {joinToken, splitToken} from '../token.ts'

export interface Position {
  readonly incarnation: string
  /** Everything that this snapshot sees was handed over. */
  readonly seen: string
  /** On the way to this one: transactions up to `last` (their newest event's id), and of that one events up to `id`, were handed over too. */
  readonly within?: {readonly until: string; readonly last: bigint; readonly id: bigint}
  /** Entries after that, handed over as well. */
  readonly skip?: number
}

export function writeToken({incarnation, seen, within, skip = 0}: Position): string {
  const way = within ? `.${within.until}.${within.last}.${within.id}` : ''
  return joinToken(`q${incarnation}.${seen}${way}`, skip)
}

const SNAPSHOT = String.raw`\d+:\d+:[\d,]*`
const TOKEN = new RegExp(`^q([0-9a-f-]{36})\\.(${SNAPSHOT})(?:\\.(${SNAPSHOT})\\.(\\d+)\\.(\\d+))?$`)

/** @throws PgextError `events-gone` where it is none of the queue's */
export function readToken(token: string): Position {
  const {base, skip} = splitToken(token)
  const found = TOKEN.exec(base)
  if (!found)
    throw new PgextError('events-gone', 'the token is none of this database’s queue', {
      hint: 'read the tables anew, and go on without a token',
    })
  const [, incarnation, seen, until, last, id] = found
  return {incarnation: incarnation!, seen: seen!, within: until ? {until, last: BigInt(last!), id: BigInt(id!)} : undefined, skip}
}
