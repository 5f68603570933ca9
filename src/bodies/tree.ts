// A body in, the parse trees of its statements with the way from their places to the body's out.
import {parse, SyntaxProblem, type Tree} from '../postgres/parse.ts'
import {offsets} from '../postgres/places.ts'
import type {Understood} from './plpgsql/check.ts'
import type {Routine} from './routine.ts'

export interface Placed {
  readonly tree: Tree
  /** bytes from the start of what was parsed as a character of the body */
  readonly at: (location: number) => number
}

/** Of a body in SQL. */
export async function statementsIn({body}: Routine): Promise<Placed[]> {
  const parsed = await parse(body).catch((error) => {
    if (error instanceof SyntaxProblem) return []
    throw error
  })
  return parsed.map(({stmt}) => ({tree: stmt, at: (location) => offsets(body)(location)}))
}

export function treesOf({statements}: Understood): Placed[] {
  return statements.map(({piece: {kind, tree, text, shift}}) => ({
    tree: {[kind]: tree},
    at: (location) => offsets(text)(location) + shift,
  }))
}
