// A text of SQL in, a piece of it out, as PostgreSQL's own scanner cuts it.
import {scan} from '../postgres/parse.ts'

interface Between {
  /** the keyword that stands before the piece; the text's start by default */
  readonly after?: string
  /** keywords that end it, beside a comma */
  readonly until?: readonly string[]
  /** what the parentheses hold that come next */
  readonly inside?: boolean
}

/** Tokens that are names and values, whatever their text. */
const OTHERS = new Set(['IDENT', 'UIDENT', 'SCONST', 'USCONST', 'BCONST', 'XCONST'])
const OPEN = new Set(['(', '['])
const CLOSE = new Set([')', ']'])

/** Tokens inside parentheses neither begin nor end it; undefined: the text has no such piece. */
export async function piece(text: string, {after, until = [], inside = false}: Between): Promise<string | undefined> {
  const tokens = (await scan(text)).filter(({name}) => !name.endsWith('COMMENT'))
  let depth = 0
  let started = after === undefined
  let [start, end] = [-1, -1]
  for (const token of tokens) {
    const word = OTHERS.has(token.name) ? '' : token.text.toUpperCase()
    if (CLOSE.has(word)) depth--
    const isOut = depth === 0
    if (started && isOut && (inside ? start >= 0 : word === ',' || until.includes(word))) break
    if (started && (!inside || !isOut)) {
      if (start < 0) start = token.start
      end = token.end
    }
    if (isOut && word === after) started = true
    if (OPEN.has(word)) depth++
  }
  return start < 0 ? undefined : Buffer.from(text).subarray(start, end).toString()
}
