// A statement in, the search_path that it sets out.
import {namesIn, walk} from '../postgres/parse.ts'
import type {Statement} from '../postgres/statements.ts'

export interface Path {
  /** the statement that sets it; undefined: the one that files begin with */
  readonly sql?: string
  /** where names without a schema are looked up first; null: nobody can tell */
  readonly schema: string | null
}

/** As each file begins. */
export const FIRST: Path = {schema: 'public'}

/** undefined: it sets none. */
export function pathSetBy({kind, node, sql}: Statement): Path | undefined {
  if (kind === 'SelectStmt') return setsConfig(node) ? {schema: null} : undefined
  if (kind === 'DiscardStmt') return {schema: null}
  if (kind !== 'VariableSetStmt') return undefined
  if (node.kind === 'VAR_RESET_ALL') return {schema: null}
  if (node.name !== 'search_path') return undefined
  if (node.kind !== 'VAR_SET_VALUE') return {schema: null}
  const first: unknown = node.args?.[0]?.A_Const?.sval?.sval
  return {sql, schema: typeof first === 'string' && first !== '' && !first.startsWith('$') ? first : null}
}

/** `SELECT set_config('search_path', …)` */
function setsConfig(node: unknown): boolean {
  if (!namesIn(node).some((name) => name.at(-1) === 'set_config')) return false
  let found = false
  walk(node, (_, part) => {
    found ||= part.sval === 'search_path' || part.sval?.sval === 'search_path'
  })
  return found
}
