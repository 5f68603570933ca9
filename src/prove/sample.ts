// A regular expression in, a few strings that should match it out; PostgreSQL judges them afterwards.

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const CLASSES: Record<string, string> = {
  d: '0123456789',
  w: `${LETTERS}0123456789_`,
  s: ' ',
  D: LETTERS,
  W: '-',
  S: LETTERS,
  alpha: LETTERS,
  digit: '0123456789',
  alnum: `${LETTERS}0123456789`,
  lower: LETTERS,
  upper: LETTERS.toUpperCase(),
  xdigit: '0123456789abcdef',
  space: ' ',
  punct: '-.!',
}
const TRIES = 5

export function samplesOf(pattern: string): string[] {
  const found = new Set<string>()
  for (let seed = 0; seed < TRIES; seed++) {
    const reader = {pattern, at: 0, seed, picks: 0}
    const text = alternatives(reader)
    if (reader.at >= pattern.length && text.length <= 1000) found.add(text)
  }
  return [...found]
}

interface Reader {
  readonly pattern: string
  readonly seed: number
  at: number
  picks: number
}

/** Another choice for each seed; seed 0 takes the first of everything. */
function pick(reader: Reader, count: number): number {
  return reader.seed === 0 ? 0 : (reader.seed * 7 + reader.picks++ * 3) % count
}

function alternatives(reader: Reader): string {
  const all = [sequence(reader)]
  while (reader.pattern[reader.at] === '|') {
    reader.at++
    all.push(sequence(reader))
  }
  return all[pick(reader, all.length)]!
}

function sequence(reader: Reader): string {
  let text = ''
  while (reader.at < reader.pattern.length && reader.pattern[reader.at] !== '|' && reader.pattern[reader.at] !== ')') {
    const start = reader.at
    const first = atom(reader)
    const end = reader.at
    const times = quantity(reader)
    const after = reader.at
    text += times > 0 ? first : ''
    for (let n = 1; n < times; n++) {
      reader.at = start
      text += atom(reader)
      reader.at = end
    }
    reader.at = after
    if (reader.at === start) reader.at++
  }
  return text
}

function atom(reader: Reader): string {
  const c = reader.pattern[reader.at++]!
  if (c === '^' || c === '$') return ''
  if (c === '.') return LETTERS[pick(reader, 26)]!
  if (c === '[') return charOf(reader, bracket(reader))
  if (c === '\\') {
    const escaped = reader.pattern[reader.at++] ?? ''
    if ('AZyYmM'.includes(escaped)) return ''
    return CLASSES[escaped] ? charOf(reader, CLASSES[escaped]) : escaped
  }
  if (c !== '(') return c
  const skipped = reader.pattern.startsWith('?=', reader.at) || reader.pattern.startsWith('?!', reader.at)
  if (reader.pattern[reader.at] === '?') reader.at += 2
  const inside = alternatives(reader)
  reader.at++
  return skipped ? '' : inside
}

function charOf(reader: Reader, chars: string): string {
  return chars[pick(reader, chars.length)] ?? ''
}

function bracket(reader: Reader): string {
  const {pattern} = reader
  const negated = pattern[reader.at] === '^'
  if (negated) reader.at++
  let chars = ''
  for (let first = true; reader.at < pattern.length && (first || pattern[reader.at] !== ']'); first = false) {
    const named = pattern.startsWith('[:', reader.at) && pattern.indexOf(':]', reader.at)
    if (named && named > 0) {
      chars += CLASSES[pattern.slice(reader.at + 2, named)] ?? ''
      reader.at = named + 2
      continue
    }
    const escaped = pattern[reader.at] === '\\'
    if (escaped) reader.at++
    const low = pattern[reader.at++]!
    if (escaped && CLASSES[low]) chars += CLASSES[low]
    else if (pattern[reader.at] === '-' && pattern[reader.at + 1] !== ']') {
      const high = pattern[reader.at + 1]!
      for (let code = low.charCodeAt(0); code <= high.charCodeAt(0) && chars.length < 200; code++)
        chars += String.fromCharCode(code)
      reader.at += 2
    } else chars += low
  }
  reader.at++
  return negated ? [...`${LETTERS}0123456789-_`].filter((c) => !chars.includes(c)).join('') : chars
}

function quantity(reader: Reader): number {
  const c = reader.pattern[reader.at]
  if (c === undefined || !'*+?{'.includes(c)) return 1
  if (c === '{') {
    const end = reader.pattern.indexOf('}', reader.at)
    if (end < 0) return 1
    const [low, high] = reader.pattern.slice(reader.at + 1, end).split(',')
    reader.at = end + 1
    lazy(reader)
    const least = Number(low) || 0
    return high === undefined ? least : Math.max(least, Math.min(1, Number(high) || 1))
  }
  reader.at++
  lazy(reader)
  return c === '?' ? pick(reader, 2) : 1
}

function lazy(reader: Reader): void {
  if (reader.pattern[reader.at] === '?') reader.at++
}
