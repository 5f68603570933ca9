// A RangeVar in, its name as SQL would have it out.

import {rangeName, type Tree} from '../postgres/parse.ts'
import {quoteNames} from '../postgres/quote.ts'

export const rangeOf = (range: Tree): string => quoteNames(...rangeName(range))

/** A table's schema, as SQL would have it. */
export function schemaOf(table: string): string {
  const end = table.startsWith('"') ? /^"(?:[^"]|"")*"/.exec(table)![0].length : table.indexOf('.')
  return table.slice(0, end)
}
