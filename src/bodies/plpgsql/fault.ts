// The words for what is wrong in a body, and where; what PostgreSQL says of a statement in, its place in the body out.
import type {PgextError} from '../../errors.ts'
import {positionOf} from '../../postgres/error.ts'
import type {Level} from '../model.ts'
import type {Bound} from './piece.ts'
import type {Token} from './token.ts'
import type {Span} from './tree.ts'

export interface Fault {
  readonly message: string
  readonly sqlstate?: string
  /** characters of the body */
  readonly at: number
  readonly hint?: string
  /** default: error */
  readonly level?: Level
  /** default: statement */
  readonly rule?: string
}

/** Where PostgreSQL says so; else the first name in the piece that it quotes. */
export function placeOf(error: PgextError, {at}: Pick<Bound, 'at'>, {from, to}: Span, tokens: readonly Token[] = []): number {
  const position = positionOf(error)
  if (position !== undefined) return at(position)
  return quotedIn(error.message, tokens, from, to) ?? from
}

/** Names stand in "…" in PostgreSQL's messages, in most of its languages. */
export function quotedIn(message: string, tokens: readonly Token[], from: number, to: number): number | undefined {
  const names = new Set([...message.matchAll(/"([^"]+)"/g)].map(([, name]) => name))
  return tokens.find((token) => token.from >= from && token.to <= to && token.kind !== 'sign' && names.has(token.text))?.from
}
