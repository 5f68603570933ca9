// Numbers and a place among other schemas in; what every part of a generated schema asks: which of some options, what things are called.

/** One of `options`, the same for the same numbers and the same slot. */
export type Choose = <T>(slot: string, ...options: readonly T[]) => T

/** How many numbers decide a schema. */
export const NUMBERS = 997

export interface Spot {
  readonly choose: Choose
  /** the statement, or none */
  may(slot: string, sql: string): string
  readonly major: number
  /** which of the schemas that share a database */
  readonly at: number
  /** its two PostgreSQL schemas, quoted */
  readonly main: string
  readonly odd: string
  /** ends the names of what stands in no PostgreSQL schema, unquoted */
  readonly tag: string
}

/** @param at which of the schemas that share a database; the first has `public` */
export function spotOf(numbers: readonly number[], at: number, major: number): Spot {
  const choose: Choose = (slot, ...options) => {
    let place = 7
    for (const letter of slot) place = (place * 31 + letter.codePointAt(0)!) % 1_000_003
    return options[numbers[place % NUMBERS]! % options.length]!
  }
  return {
    choose,
    may: (slot, sql) => choose(slot, '', sql),
    major,
    at,
    main: at === 0 ? 'public' : `m${at}`,
    odd: at === 0 ? '"Odd S"' : `"Odd S ${at}"`,
    tag: at === 0 ? '' : ` ${at}`,
  }
}

/** Names that are not taken twice, but may change hands: as many as there are in `names`. */
export function dealt({choose}: Spot, slot: string, names: readonly string[]): readonly string[] {
  const turn = choose(slot, 0, 0, 0, 1, 2) % names.length
  return names.map((_, at) => names[(at + turn) % names.length]!)
}
