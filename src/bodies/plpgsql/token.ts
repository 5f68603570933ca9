// A body in, its tokens and comments with their places out. PL/pgSQL has the scanner of SQL.
import {scan} from '../../postgres/parse.ts'
import {offsets} from '../../postgres/places.ts'

export interface Token {
  /** characters (UTF-16) of the body */
  readonly from: number
  readonly to: number
  /** 'word' is an identifier or keyword without quotes, 'name' one in quotes, 'text' a string constant */
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'parameter' | 'sign'
  /** as PostgreSQL takes it: words in lower case, names without their quotes, all else as written */
  readonly text: string
}

export interface Tokens {
  readonly tokens: readonly Token[]
  readonly comments: readonly {readonly from: number; readonly to: number}[]
}

const STRINGS = new Set(['SCONST', 'USCONST', 'BCONST', 'XCONST'])

export async function tokensOf(body: string): Promise<Tokens> {
  const at = offsets(body)
  const tokens: Token[] = []
  const comments: {from: number; to: number}[] = []
  for (const {start, end, name} of await scan(body)) {
    const [from, to] = [at(start), at(end)]
    if (name === 'SQL_COMMENT' || name === 'C_COMMENT') comments.push({from, to})
    else tokens.push({from, to, ...kindOf(name, body.slice(from, to))})
  }
  return {tokens, comments}
}

function kindOf(name: string, text: string): Pick<Token, 'kind' | 'text'> {
  if (STRINGS.has(name)) return {kind: 'text', text}
  if (name === 'PARAM') return {kind: 'parameter', text}
  if (name === 'ICONST' || name === 'FCONST') return {kind: 'number', text}
  if (text.startsWith('"')) return {kind: 'name', text: text.slice(1, -1).replaceAll('""', '"')}
  const first = text.codePointAt(0)!
  const isWord = text[0] === '_' || first > 127 || (text[0]!.toLowerCase() >= 'a' && text[0]!.toLowerCase() <= 'z')
  // beyond ASCII PostgreSQL folds nothing where characters take several bytes
  return isWord ? {kind: 'word', text: text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())} : {kind: 'sign', text}
}
