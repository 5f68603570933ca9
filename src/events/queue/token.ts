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

const MOST = 2n ** 63n - 1n

/** @throws PgextError `usage` for what is no token, `events-gone` for one of another engine */
export function readToken(token: string): Position {
  const {base, skip} = splitToken(token)
  const found = TOKEN.exec(base)
  if (!found) throw noToken(token)
  const [, incarnation, seen, until, last, id] = found
  if ([...`${seen},${until ?? ''},${last ?? ''},${id ?? ''}`.matchAll(/\d+/g)].some(([text]) => BigInt(text) > MOST))
    throw noToken(token)
  return {incarnation: incarnation!, seen: seen!, within: until ? {until, last: BigInt(last!), id: BigInt(id!)} : undefined, skip}
}

/** Negative: a reader comes to `a` first. Of one reader's way: what it has seen only grows. */
export function comparePositions(a: Position, b: Position): number {
  const [first, second] = [a, b].map(({seen}) => {
    const [, end, list] = seen.split(':') as [string, string, string]
    return {end: BigInt(end), running: list === '' ? 0 : list.split(',').length}
  }) as [Seen, Seen]
  if (first.end !== second.end) return first.end < second.end ? -1 : 1
  if (first.running !== second.running) return second.running - first.running
  const [start, other] = [a, b].map(({within}) => within ?? {last: -1n, id: -1n}) as [Within, Within]
  if (start.last !== other.last) return start.last < other.last ? -1 : 1
  if (start.id !== other.id) return start.id < other.id ? -1 : 1
  return (a.skip ?? 0) - (b.skip ?? 0)
}

interface Seen {
  readonly end: bigint
  readonly running: number
}

interface Within {
  readonly last: bigint
  readonly id: bigint
}

function noToken(token: string): PgextError {
  if (token.startsWith('w'))
    return new PgextError('events-gone', 'the token is of the WAL, and changes are captured by the queue', {
      hint: 'read the tables anew, and go on without a token',
    })
  return new PgextError('usage', 'this is no token of an event', {hint: 'give one as it came with an event, unchanged'})
}
