// Columns and dice in; conditions of policies over them out: most that people write, and some that nobody should.
import type {Dice} from '../../chaos/random.ts'
import {KINDS, type Kind} from './pools.ts'

export interface FuzzColumn {
  readonly name: string
  readonly kind: Kind
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`
const CLAIMS = `current_setting('request.jwt.claims', true)`
/** what claims may be called */
export const NAMES = ['sub', 'role', 'n', 'list', 'flag', 'deep'] as const

export class Grammar {
  readonly #dice: Dice
  readonly #columns: readonly FuzzColumn[]

  constructor(dice: Dice, columns: readonly FuzzColumn[]) {
    this.#dice = dice
    this.#columns = columns
  }

  condition(depth = 3): string {
    const {roll} = this.#dice
    if (depth > 0) {
      const at = roll(9)
      if (at < 2) return `(${this.condition(depth - 1)} and ${this.condition(depth - 1)})`
      if (at < 4) return `(${this.condition(depth - 1)} or ${this.condition(depth - 1)})`
      if (at < 5) return `(not ${this.condition(depth - 1)})`
    }
    const sort = roll(26)
    if (sort < 13) return this.#compared()
    if (sort < 15) return this.#rowless()
    if (sort < 17) return this.#tested(depth)
    if (sort < 20) return this.#listed()
    if (sort < 22) return this.#asked()
    if (sort < 24) return this.#mixed()
    return this.#odd()
  }

  #column(): FuzzColumn {
    return this.#dice.pick(this.#columns)
  }

  #single(): FuzzColumn {
    const singles = this.#columns.filter(({kind}) => !kind.isArray)
    return singles.length > 0 ? this.#dice.pick(singles) : {name: 'id', kind: KINDS[0]!}
  }

  #compared(): string {
    const {pick, roll} = this.#dice
    const {name, kind} = this.#single()
    const term = this.#term(kind)
    const operator =
      kind.isOrdered && roll(4) === 0
        ? pick(['<', '<=', '>', '>='])
        : pick(['=', '=', '=', '=', '<>', 'is distinct from', 'is not distinct from'])
    const of = kind.type === 'jsonb' && roll(2) === 0 ? `(${name}->>'a')` : name
    const [left, right] = of === name ? [of, term] : [of, this.#text()]
    return roll(4) === 0 ? `(${right} ${flipped(operator)} ${left})` : `(${left} ${operator} ${right})`
  }

  #term({type, said}: Kind): string {
    const {pick, roll} = this.#dice
    const literal = `${quote(pick(said))}::${type}`
    const sort = roll(14)
    if (sort < 3) return literal
    if (sort < 5) return `(${this.#claim()})::${type}`
    if (sort < 6) return `(select (${this.#claim()})::${type})`
    if (sort < 7) return `coalesce((${this.#claim()})::${type}, ${literal})`
    if (sort < 8) return `nullif((${this.#claim()})::${type}, ${literal})`
    if (sort < 9) return `case when ${this.#rowless()} then ${literal} end`
    if (type === 'uuid')
      return pick([
        'auth.uid()',
        'auth.uid()',
        '(select auth.uid())',
        'auth.own()',
        '(select auth.atomic())',
        'auth.configured()',
      ])
    if (type === 'text' || type === 'name') return `(${this.#text()})::${type}`
    return `(${this.#claim()})::${type}`
  }

  #text(): string {
    return this.#dice.pick([
      this.#claim(),
      'auth.role()',
      `(select auth.jwt() ->> 'role')`,
      `(auth.jwt() #>> '{deep,role}')`,
      'current_user::text',
      `lower(${this.#claim()})`,
      `current_setting('role')`,
      `current_setting('request.nothing', true)`,
      `('a' || coalesce(${this.#claim()}, ''))`,
      'auth.plain()',
    ])
  }

  #claim(): string {
    const name = this.#dice.pick(NAMES)
    const [json, path] = [this.#dice.pick(['json', 'jsonb']), quote(name)]
    return this.#dice.pick([
      `${CLAIMS}::${json} ->> ${path}`,
      `${CLAIMS}::${json} ->> ${path}`,
      `nullif(${CLAIMS}, '')::${json} ->> ${path}`,
      `${CLAIMS}::${json} -> 'deep' ->> ${path}`,
      `${CLAIMS}::${json} #>> '{list,0}'`,
    ])
  }

  /** Speaks of no row. */
  #rowless(): string {
    const {pick} = this.#dice
    return pick([
      'true',
      'false',
      'null::bool',
      `(auth.role() = 'a')`,
      `(${this.#claim()} = ${quote(pick(['a', '1', 'A']))})`,
      `(${this.#claim()}) is null`,
      `(${CLAIMS}::jsonb ? 'n')`,
      `(${CLAIMS}::jsonb @> '{"role": "a"}')`,
      `((${this.#claim()})::bool)`,
      `((select auth.jwt() ->> 'flag')::bool)`,
      `(current_user = 'viewer_a')`,
      `pg_has_role('group_a', 'usage')`,
      `(session_user = 'server')`,
    ])
  }

  #tested(depth: number): string {
    const {pick, roll} = this.#dice
    const bools = this.#columns.filter(({kind}) => kind.type === 'bool')
    if (bools.length > 0 && roll(2) === 0)
      return `(${pick(bools).name}${pick(['', '', ' is true', ' is not false', ' is unknown', ' is not true', ' is false'])})`
    if (roll(3) === 0)
      return `((${this.condition(Math.min(depth, 1) - 1)}) is ${pick(['true', 'not true', 'unknown', 'not unknown', 'false', 'not false'])})`
    return `(${this.#column().name} is ${pick(['null', 'not null'])})`
  }

  #listed(): string {
    const {pick, roll} = this.#dice
    const {name, kind} = this.#column()
    if (kind.isArray)
      return pick([
        `(${this.#term(kind)} = any (${name}))`,
        `(${this.#term(kind)} = any (${name}))`,
        `(${quote('{1}')} && ${name}::text[])`,
        `(${name} = '{}')`,
        `(${this.#term(kind)} <> all (${name}))`,
      ])
    const literals = Array.from({length: 1 + roll(3)}, () => `${quote(pick(kind.said))}`)
    return pick([
      `(${name} in (${literals.map((text) => `${text}::${kind.type}`).join(', ')}))`,
      `(${name} = any (array[${literals.map((text) => `${text}::${kind.type}`).join(', ')}, null]))`,
      `(${name} not in (${literals.map((text) => `${text}::${kind.type}`).join(', ')}))`,
      `(${name}::text = any (array(select jsonb_array_elements_text(auth.jwt() -> 'list'))))`,
      `(${name}::text in ('a', '1', ${this.#text()}))`,
      `(${name}::text = any (string_to_array(${this.#claim()}, ',')))`,
    ])
  }

  /** Of other tables, or of functions. */
  #asked(): string {
    const {pick} = this.#dice
    const {name} = this.#column()
    return pick([
      `exists (select from fuzz.member m where m.who = auth.role() and m.what = t.${name}::text)`,
      `(${name}::text in (select what from fuzz.member))`,
      `(${name}::text in (select hidden.word from hidden.secret hidden))`,
      `hidden.may(${name}::text)`,
      `(select hidden.may(${name}::text))`,
      `fuzz.counts(t)`,
      `(t is not null)`,
      `fuzz.slow_role('a')`,
      `((select count(*) from fuzz.member) > 1)`,
      'auth.settled()',
    ])
  }

  /** Of the row and of the viewer at once, more than a comparison. */
  #mixed(): string {
    const {pick} = this.#dice
    const {name} = this.#column()
    return pick([
      `(${name}::text like ${this.#text()} || '%')`,
      `(${this.#text()} like ${name}::text || '%')`,
      `(lower(${name}::text) = lower(${this.#text()}))`,
      `(upper(${name}::text) = any (string_to_array(upper(${this.#text()}), 'A')))`,
      `(length(${name}::text) >= (${this.#claim()})::int)`,
      `(${name}::text || ${this.#text()} = 'aa')`,
      `(octet_length((${this.#text()})::char(3)) = length(${name}::text) + 2)`,
      `((${this.#text()})::char(3)::bpchar like ${name}::text || '%')`,
      `((select auth.jwt()) -> 'list' ? ${name}::text)`,
      `(auth.jwt() -> 'list' @> to_jsonb(${name}::text))`,
      `(case when ${this.#rowless()} then ${name}::text like 'a%' else ${name}::text = ${this.#text()} end)`,
      `(coalesce(${this.#text()}, ${name}::text) > 'a')`,
      `(greatest(${name}::text, ${this.#text()}) = ${name}::text)`,
      `(substr(${name}::text, (${this.#claim()})::int, 1) in ('a', '1', ${this.#text()}))`,
      `(array[${name}::text, ${this.#text()}] && array['a', ${this.#text()}])`,
      `(${name}::text < ${this.#text()})`,
      `(${name}::text collate "C" >= current_user)`,
      `((${this.#claim()})::timestamptz > '2020-01-01'::timestamptz + length(${name}::text) * interval '1 day')`,
      `(to_jsonb(${name}) = (${CLAIMS}::jsonb -> 'n'))`,
      `(${name}::text not like all (array[${this.#text()}, 'b%']))`,
    ])
  }

  /** What raises, and what few people write. */
  #odd(): string {
    const {pick} = this.#dice
    const {name} = this.#column()
    const ints = this.#columns.filter(({kind}) => kind.type === 'int' && !kind.isArray)
    return pick([
      `(1 / (length(${name}::text) - 1) >= 0)`,
      `(${name}::text::int = 1)`,
      `((${this.#claim()})::int = length(${name}::text))`,
      `(${name}::text like 'a%')`,
      `(${name}::text ~ '^[a-z]')`,
      `(lower(${name}::text) = lower(${this.#text()}))`,
      `(${name}::text collate "C" < ${this.#text()})`,
      `(${name}::text = ${this.#text()})`,
      `(${name}::text::char(2) = ${this.#text()}::char(2))`,
      `(coalesce(${name}::text, 'a') = ${this.#text()})`,
      `(case when ${name} is null then true else ${name}::text = 'a' end)`,
      `(row(${name}::text, 1) = row(${this.#text()}, 1))`,
      `(${name}::text = to_char(now(), 'YYYY') or true)`,
      `(tableoid is not null)`,
      `((${name}::text) operator(fuzz.=~) ${this.#text()})`,
      ...(ints.length > 0
        ? [
            `(1 / ${pick(ints).name} >= 0)`,
            `(${pick(ints).name} + 1 = (${this.#claim()})::int)`,
            `(${pick(ints).name} between 0 and 1)`,
          ]
        : []),
    ])
  }
}

function flipped(operator: string): string {
  return ({'<': '>', '>': '<', '<=': '>=', '>=': '<='} as Record<string, string>)[operator] ?? operator
}
