// SQL as PostgreSQL prints it in; pieces of it by its own tokens and parentheses out. What they mean, its parser says.
import {scan, type Token} from '../../postgres/parse.ts'

/** Tokens from `from`, before `to`. */
export interface Span {
  readonly from: number
  readonly to: number
}

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
