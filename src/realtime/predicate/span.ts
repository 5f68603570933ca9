// SQL as PostgreSQL prints it in; pieces of it by its own tokens and parentheses out. What they mean, its parser says.
import {scan, type Token} from '../../postgres/parse.ts'

/** Tokens from `from`, before `to`. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** of a type's name, and what stands before it: `::timestamp(3) without time zone[]` */
const WORDS = 10

export class Printed {
  readonly tokens: readonly Token[]
  readonly #bytes: Buffer
  /** of parentheses and brackets: where the other one is */
  readonly #partner = new Map<number, number>()

  private constructor(sql: string, tokens: readonly Token[]) {
    this.tokens = tokens
    this.#bytes = Buffer.from(sql)
    const open: number[] = []
    for (const [at, {text}] of tokens.entries()) {
      if (text === '(' || text === '[') open.push(at)
      if (text !== ')' && text !== ']') continue
      const other = open.pop()!
      this.#partner.set(at, other).set(other, at)
    }
  }

  static async read(sql: string): Promise<Printed> {
    return new Printed(sql, await scan(sql))
  }

  text({from, to}: Span): string {
    return to <= from ? '' : this.#bytes.toString('utf8', this.tokens[from]!.start, this.tokens[to - 1]!.end)
  }

  word(at: number): string {
    return this.tokens[at]?.text.toUpperCase() ?? ''
  }

  /** Without parentheses around all of it. */
  bare(span: Span): Span {
    let {from, to} = span
    while (to - from > 2 && this.tokens[from]!.text === '(' && this.#partner.get(from) === to - 1) {
      from++
      to--
    }
    return {from, to}
  }

  /** Tokens that stand in no parentheses. */
  *tops({from, to}: Span): Generator<number> {
    for (let at = from; at < to; at++) {
      yield at
      const partner = this.#partner.get(at)
      if (partner !== undefined && partner > at) at = partner - 1
    }
  }

  /** The token behind the parentheses that open here. */
  after(open: number): number {
    return this.#partner.get(open)! + 1
  }

  /** Behind a call that begins here: `auth.uid()`, `CURRENT_USER`. */
  endOfCall(start: number): number {
    let at = start + 1
    while (this.tokens[at]?.text === '.') at += 2
    return this.tokens[at]?.text === '(' ? this.after(at) : at
  }

  /** What may be an expression around a piece of one: as far as the parentheses around it, with these, with what stands before them; each with a cast. */
  *around({from, to}: Span): Generator<Span> {
    const open = this.#opens(from)
    const [first, behind] = open === undefined ? [1, this.tokens.length] : [open + 1, this.#partner.get(open)!]
    const commas = [...this.tops({from: first, to: behind})].filter((at) => this.tokens[at]!.text === ',')
    const piece = {from: (commas.filter((at) => at < from).at(-1) ?? first - 1) + 1, to: commas.find((at) => at >= to) ?? behind}
    yield* this.#cast({from, to})
    yield piece
    if (open === undefined) return
    for (let at = open; at > 0; at -= at === open ? 1 : 2) {
      const isName = /^[\w"]/.test(this.tokens[at]!.text)
      if (at < open && !isName) return
      yield {from: at, to: behind + 1}
      yield* this.#cast({from: at, to: behind + 1})
      if (at < open && this.tokens[at - 1]?.text !== '.') return
    }
  }

  /** To types whose names are some words. */
  *#cast({from, to}: Span): Generator<Span> {
    if (this.tokens[to]?.text !== '::') return
    for (let end = to + 2; end <= to + WORDS && end <= this.tokens.length; end++) yield {from, to: end}
  }

  /** The parenthesis or bracket around a token. */
  #opens(at: number): number | undefined {
    for (let open = at - 1; open > 0; open--) {
      const partner = this.#partner.get(open)
      if (partner === undefined) continue
      if (partner > at) return open
      if (partner < open) open = partner
    }
    return undefined
  }

  /** The token at a byte. */
  at(span: Span, location: number): number | undefined {
    for (const at of this.tops(span)) if (this.tokens[at]!.start === location) return at
    return undefined
  }

  /** What stands between words of this kind. The parser makes one list of `(a AND b) AND c`. */
  split(span: Span, word: 'AND' | 'OR'): Span[] {
    const bare = this.bare(span)
    const ends = [...this.tops(bare)].filter((at) => this.word(at) === word)
    if (ends.length === 0) return [span]
    const parts = [bare.from - 1, ...ends].map((start, n) => ({from: start + 1, to: ends[n] ?? bare.to}))
    return [...this.split(parts[0]!, word), ...parts.slice(1)]
  }
}
