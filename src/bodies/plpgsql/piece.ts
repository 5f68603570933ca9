// A piece of SQL in a body, and what stands in scope there, in; the same SQL with parameters for variables, its types and places out.
import {parse, SyntaxProblem, type Tree} from '../../postgres/parse.ts'
import {characters, offsets} from '../../postgres/places.ts'
import {quoteName} from '../../postgres/quote.ts'
import {RECORD} from '../kind.ts'
import {type Naming, type Reference, type References, referencesIn} from './reference.ts'
import type {Scope, Variable} from './scope.ts'
import type {Token} from './token.ts'
import type {Span} from './tree.ts'

/** As it stands in the body. */
export interface Source {
  readonly span: Span
  /** 'select ' before an expression */
  readonly prefix: string
  /** INTO and its targets, which PL/pgSQL takes out */
  readonly cut?: Span
  readonly scope: Scope
}

/** A name that stands for a variable. */
export interface Mention {
  readonly reference: Reference
  readonly variable: Variable
  /** of a record: the field that is named */
  readonly field?: string
  /** where in the body */
  readonly at: number
  /** what the parameter takes the place of: characters of the SQL that was parsed */
  readonly from: number
  readonly to: number
  /** a column is called after it */
  readonly naming?: Naming
}

export interface Piece {
  readonly source: Source
  readonly tree: Tree
  /** the parse node's name: 'SelectStmt' */
  readonly kind: string
  readonly mentions: readonly Mention[]
  readonly references: References
  /** $3 of a routine with two parameters: places in the body */
  readonly strays: readonly number[]
  /** where in the body what was parsed begins */
  readonly shift: number
  readonly text: string
  /** relations that are there only while the body runs, with queries in their place */
  readonly standins?: ReadonlySet<string>
}

/** SQL with parameters, and the way back. */
export interface Bound {
  readonly sql: string
  readonly types: readonly number[]
  /** a code point of `sql` as a character of the body */
  at(position: number): number
  /** a variable among them whose type nobody knows */
  readonly isVague: boolean
}

/** A relation that is there only while the body runs, and a query with its columns. */
export interface Standin {
  readonly name: string
  readonly query: string
}

/** The same piece with such relations as WITH queries before it. */
export async function withStandins(
  body: string,
  tokens: readonly Token[],
  piece: Piece,
  standins: readonly Standin[],
): Promise<Piece> {
  const {relations} = piece.references
  const wanted = standins.filter(({name}) => relations.some((names) => names.length === 1 && names[0] === name))
  if (wanted.length === 0) return piece
  const queries = wanted.map(({name, query}) => `${quoteName(name)} as (${query})`).join(', ')
  const {source, kind} = piece
  const marked = (made: Piece | undefined): Piece =>
    made?.kind === kind ? {...made, standins: new Set(wanted.map(({name}) => name))} : piece
  const own = tokens.findIndex(({from}) => from >= source.span.from)
  if (source.prefix !== '' || tokens[own]?.text !== 'with') {
    return marked(await pieceOf(body, tokens, {...source, prefix: `with ${queries} ${source.prefix}`}))
  }
  const last = tokens[own + 1]?.text === 'recursive' ? tokens[own + 1]! : tokens[own]!
  const prefix = `${body.slice(source.span.from, last.to)} ${queries},`
  return marked(await pieceOf(body, tokens, {...source, prefix, span: {...source.span, from: last.to}}))
}

/** undefined: this parser can't read it; PostgreSQL has judged its grammar already. */
export async function pieceOf(body: string, tokens: readonly Token[], source: Source): Promise<Piece | undefined> {
  const {span, prefix, cut, scope} = source
  let text = prefix + body.slice(span.from, span.to)
  const shift = span.from - prefix.length
  if (cut) text = text.slice(0, cut.from - shift) + ' '.repeat(cut.to - cut.from) + text.slice(cut.to - shift)
  const statements = await parse(text).catch((error) => {
    if (error instanceof SyntaxProblem) return []
    throw error
  })
  if (statements.length !== 1) return undefined
  const [kind, tree] = Object.entries(statements[0]!.stmt)[0] as [string, Tree]
  const references = referencesIn({[kind]: tree})
  const toChars = offsets(text)
  const mentions: Mention[] = []
  const strays: number[] = []
  for (const reference of references.found) {
    const from = toChars(reference.location)
    const found = scope.find(reference.names, span.from)
    if (!found && reference.names[0]!.startsWith('$')) strays.push(from + shift)
    if (!found) continue
    const {variable, used} = found
    const rest = reference.names.slice(used)
    if (rest.length > (variable.isRow ? 1 : 0) || (reference.star && (!variable.isRow || rest.length > 0))) continue
    // a field of a record is a variable of its own; one of a row is taken from the row by PostgreSQL itself
    const field = variable.isRecord && rest.length === 1 ? rest[0] : undefined
    // the target list of UPDATE … SET (a, b) = (…) holds the right side once for each column
    if (mentions.some((one) => one.from === from)) continue
    const parts = used + (field === undefined ? 0 : 1) + (reference.star === 'row' ? 1 : 0)
    const to = reference.isKey ? from : endOf(tokens, from + shift, parts) - shift
    // PostgreSQL calls a column after the field that it takes from a row
    const isWhole = !reference.star && !reference.isKey && rest.length === (field === undefined ? 0 : 1)
    const isNamed = isWhole && (reference.naming?.isAll || !references.isDistinct)
    const naming = isNamed ? reference.naming : undefined
    mentions.push({reference, variable, field, at: from + shift, from, to, naming})
  }
  mentions.sort((a, b) => a.from - b.from)
  return {source, tree, kind, mentions, references, strays, shift, text}
}

/** Behind so many names with dots between them. */
function endOf(tokens: readonly Token[], from: number, names: number): number {
  let low = 0
  let high = tokens.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (tokens[middle]!.from < from) low = middle + 1
    else high = middle
  }
  return tokens[low + (names - 1) * 2]?.to ?? from
}

/** A variable's type where it is named, or that of the field; 0: nobody knows. */
export type TypeAt = (mention: Mention) => number

/** A parameter has no name: what stands around it where a column is called after the variable. */
function naming({reference: {names}, naming}: Mention, type: number, {prefix}: Source): readonly [string, string] {
  const isUnseen = naming?.isTop && prefix.endsWith('select ')
  if (!naming || isUnseen || names[0]!.startsWith('$')) return ['', '']
  const name = ` as ${quoteName(names.at(-1)!)}`
  if (naming.isAll) return ['', name]
  // inside of a subquery a type that nobody knows would be text
  return type === 0 || type === RECORD ? ['', ''] : ['(select ', `${name})`]
}

/** `left` stay as they are written. */
export function bind({text, mentions, shift, source}: Piece, typeAt: TypeAt, left: ReadonlySet<Mention> = new Set()): Bound {
  const numbers = new Map<string, number>()
  const types: number[] = []
  const jumps: {readonly bound: number; readonly body: number}[] = [{bound: 0, body: shift}]
  let sql = ''
  let end = 0
  let isVague = false
  for (const mention of mentions) {
    if (mention.reference.isKey || left.has(mention)) continue
    const {variable, field, from, to} = mention
    const key = JSON.stringify([variable.number, field])
    let number = numbers.get(key)
    if (number === undefined) {
      const type = typeAt(mention)
      if (type === 0 || (type === RECORD && field === undefined)) isVague = true
      number = types.push(type)
      numbers.set(key, number)
    }
    const [before, after] = naming(mention, types[number - 1]!, source)
    sql += text.slice(end, from) + before
    jumps.push({bound: sql.length, body: shift + from})
    sql += `$${number}${after}`
    jumps.push({bound: sql.length, body: shift + to})
    end = to
  }
  sql += text.slice(end)
  const at = (position: number) => {
    const character = characters(sql, position)
    const jump = jumps.findLast(({bound}) => bound <= character)!
    return jump.body + character - jump.bound
  }
  return {sql, types, isVague, at}
}
