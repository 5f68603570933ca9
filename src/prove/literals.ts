// A rule's printed expression in; its constants, and values made after them, out.
import {samplesOf} from './sample.ts'

export interface Literals {
  readonly texts: readonly string[]
  readonly numbers: readonly number[]
}

/** The constants of a printed expression: quoted ones, and numbers that stand alone. */
export function literalsIn(printed: string): Literals {
  const texts = new Set<string>()
  const numbers = new Set<number>()
  for (let at = 0; at < printed.length; ) {
    const c = printed[at]!
    if (c === "'" || c === '"') {
      const [text, end] = quoted(printed, at)
      if (c === "'") texts.add(printed[at - 1] === 'E' ? text.replaceAll('\\\\', '\\') : text)
      at = end
    } else if (isDigit(c) && !isWord(printed[at - 1])) {
      let end = at
      while (isDigit(printed[end]) || printed[end] === '.') end++
      const minus = printed[at - 1] === '-' || printed.slice(at - 2, at) === '-('
      numbers.add(Number(printed.slice(at, end)) * (minus ? -1 : 1))
      at = end
    } else at++
  }
  // PostgreSQL prints negative numbers as '-1'::integer
  for (const text of texts) if (text.trim() !== '' && Number.isFinite(Number(text))) numbers.add(Number(text))
  return {texts: [...texts], numbers: [...numbers]}
}

function quoted(printed: string, start: number): [text: string, end: number] {
  const mark = printed[start]!
  let text = ''
  for (let at = start + 1; at < printed.length; at++) {
    if (printed[at] !== mark) text += printed[at]
    else if (printed[at + 1] === mark) text += printed[at++]
    else return [text, at + 1]
  }
  return [text, printed.length]
}

const isDigit = (c?: string): boolean => c !== undefined && c >= '0' && c <= '9'
const isWord = (c?: string): boolean =>
  c !== undefined && (isDigit(c) || c === '_' || c === '.' || c === '$' || c.toLowerCase() !== c.toUpperCase())

const LONGEST = 1000

/** Texts that a rule with these constants may have in mind. */
export function textsAfter({texts, numbers}: Literals): string[] {
  return [
    ...texts,
    ...texts.flatMap((text) => samplesOf(text)),
    ...texts.filter((text) => text.includes('%')).map((text) => text.replaceAll('%', '').replaceAll('_', 'a')),
    ...numbers.filter((n) => Number.isInteger(n) && n > 1 && n <= LONGEST).flatMap((n) => ['a'.repeat(n), '1'.repeat(n)]),
    ...texts.flatMap((text) => [`${text}a`, `a${text}`, `a${text}a`]),
  ]
}

export function numbersAfter({numbers}: Literals): string[] {
  return numbers.flatMap((n) => [n, n + 1, n - 1]).map(String)
}
