// Tokens in; words, names and pieces of SQL out, one after the other, as PL/pgSQL's own grammar cuts them.

import type {Token} from './token.ts'
import type {Dynamic, Into, Named, Span, Target} from './tree.ts'

/** The grammar has more than is known here. */
export class Unread extends Error {
  readonly at: number

  constructor(at: number) {
    super(`unread at ${at}`)
    this.at = at
  }
}

const END: Token = {from: Number.MAX_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER, kind: 'sign', text: ''}

export class Reader {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? END
  }

  get isDone(): boolean {
    return this.#at >= this.#tokens.length
  }

  /** where the last token ended */
  get end(): number {
    return this.#tokens[this.#at - 1]?.to ?? 0
  }

  next(): Token {
    if (this.isDone) throw new Unread(this.end)
    return this.#tokens[this.#at++]!
  }

  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.text === text && (token.kind === 'word' || token.kind === 'sign')
  }

  isAny(...texts: readonly string[]): boolean {
    return texts.some((text) => this.is(text))
  }

  take(...texts: readonly string[]): boolean {
    if (!texts.every((text, ahead) => this.is(text, ahead))) return false
    this.#at += texts.length
    return true
  }

  expect(text: string): Token {
    if (!this.is(text)) throw new Unread(this.peek().from === END.from ? this.end : this.peek().from)
    return this.next()
  }

  name(): Token {
    const token = this.peek()
    if (token.kind !== 'word' && token.kind !== 'name') throw new Unread(this.end)
    return this.next()
  }

  /** Up to one of these words or signs outside parentheses, which stays; undefined when nothing stands before it. */
  until(...texts: readonly string[]): Span | undefined {
    const from = this.peek().from
    const start = this.#at
    let depth = 0
    while (depth > 0 || !this.isAny(...texts)) {
      const {kind, text} = this.next()
      if (kind === 'sign' && (text === '(' || text === '[')) depth++
      if (kind === 'sign' && (text === ')' || text === ']')) depth--
      if (depth < 0) throw new Unread(this.end)
    }
    return this.#at === start ? undefined : {from, to: this.end}
  }

  /** As `until`, of what must be there. */
  sql(...texts: readonly string[]): Span {
    const span = this.until(...texts)
    if (!span) throw new Unread(this.end)
    return span
  }

  /** Whether one of these signs stands before that word, outside parentheses. */
  sees(sign: string, before: string): boolean {
    let depth = 0
    for (let ahead = 0; this.#at + ahead < this.#tokens.length; ahead++) {
      const {kind, text} = this.peek(ahead)
      if (depth === 0 && this.is(before, ahead)) return false
      if (depth === 0 && this.is(sign, ahead)) return true
      if (kind === 'sign' && (text === '(' || text === '[')) depth++
      if (kind === 'sign' && (text === ')' || text === ']')) depth--
    }
    return false
  }

  target(): Target {
    const from = this.peek().from
    if (this.peek().kind === 'parameter') return {names: [this.next().text], isPart: false, from, to: this.end}
    const names = [this.name().text]
    while (this.is('.')) {
      this.next()
      names.push(this.name().text)
    }
    const isPart = this.is('[')
    while (this.is('[') || (isPart && this.is('.'))) {
      if (this.next().text === '.') this.name()
      else {
        this.until(']')
        this.expect(']')
      }
    }
    return {names, isPart, from, to: this.end}
  }

  targets(): Target[] {
    const targets = [this.target()]
    while (this.take(',')) targets.push(this.target())
    return targets
  }

  /** Behind INTO. */
  into(from: number): Into {
    const strict = this.take('strict')
    const targets = this.targets()
    return {from, to: this.end, strict, targets}
  }

  label(): string | undefined {
    if (!this.take('<<')) return undefined
    const name = this.name().text
    this.expect('>>')
    return name
  }

  list(...ends: readonly string[]): Span[] {
    const spans: Span[] = []
    do spans.push(this.sql(',', ...ends))
    while (this.take(','))
    return spans
  }

  /** Behind `(`: values of parameters, some of them with their names before := or =>. */
  named(): Named[] {
    const list: Named[] = []
    do {
      const isNamed = this.is(':=', 1) || this.is('=>', 1)
      const name = isNamed ? this.name().text : undefined
      if (isNamed) this.next()
      list.push({name, value: this.sql(',', ')')})
    } while (this.take(','))
    this.expect(')')
    return list
  }

  /** `name` or `name (…)` with that word right behind it, which stays: all that it is, and what may be a cursor's parameters. */
  call(end: string): {query: Span; values: readonly Named[]} | undefined {
    const start = this.#at
    const {kind, from} = this.peek()
    if (kind === 'word' || kind === 'name') {
      this.next()
      try {
        const values = this.take('(') ? this.named() : []
        if (this.is(end)) return {query: {from, to: this.end}, values}
      } catch (error) {
        if (!(error instanceof Unread)) throw error
      }
    }
    this.#at = start
    return undefined
  }

  /** Behind EXECUTE, where nothing but USING may follow. */
  dynamic(...ends: readonly string[]): Dynamic {
    const text = this.sql('using', ...ends)
    return {text, using: this.take('using') ? this.list(...ends) : []}
  }
}
