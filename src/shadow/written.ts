// Where a file makes a routine in; the place in that file that an offset into the routine's body means out.
import type {Where} from '../errors.ts'
import {scan, type Tree} from '../postgres/parse.ts'
import {placeOf, type Statement} from '../postgres/statements.ts'
import type {SourceFile, Written} from './model.ts'
import {splitOnce} from './work.ts'

/** @param at characters into the body; absent: the statement itself */
export async function placeOfBody(files: readonly SourceFile[], {path, start}: Written, at?: number): Promise<Where | undefined> {
  const source = files.find((file) => file.path === path)
  if (!source) return undefined
  const {statements} = await splitOnce(source)
  const statement = statements.find((one) => one.start === start)
  const body = statement && at !== undefined ? await bodyOf(statement) : undefined
  return placeOf(source.text, body ? start + body.start + raw(body, at!) : start, path)
}

interface Body {
  /** of what stands between the quotes: an offset into the statement */
  readonly start: number
  readonly text: string
  readonly quote: 'dollar' | 'plain' | 'escape'
}

/** The string after AS. */
async function bodyOf({sql, node, offset}: Statement): Promise<Body | undefined> {
  const as = (node.options ?? []).map((item: Tree) => item.DefElem).find((item: Tree) => item?.defname === 'as')
  if (as?.location === undefined) return undefined
  const from = offset(as.location)
  const bytes = Buffer.from(sql.slice(from))
  const token = (await scan(sql.slice(from))).find(({name}) => name === 'SCONST')
  if (!token) return undefined
  const text = bytes.toString('utf8', token.start, token.end)
  const start = from + bytes.toString('utf8', 0, token.start).length
  const open = /^(\$[^$]*\$|[eE]?')/.exec(text)?.[0]
  if (!open) return undefined
  const quote = open.startsWith('$') ? 'dollar' : open === "'" ? 'plain' : 'escape'
  return {start: start + open.length, text: text.slice(open.length, quote === 'dollar' ? -open.length : -1), quote}
}

/** Characters of the body as characters of what is written: a quote in quotes is doubled, a backslash begins an escape. */
function raw({text, quote}: Body, at: number): number {
  if (quote === 'dollar') return at
  let place = 0
  for (let n = 0; n < at && place < text.length; n++) {
    if (text.startsWith("''", place)) place += 2
    else if (quote === 'escape' && text[place] === '\\') place += escapeLength(text.slice(place, place + 10))
    else place++
  }
  return place
}

const escapeLength = (text: string): number =>
  /^\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|.)/s.exec(text)?.[0].length ?? 1
