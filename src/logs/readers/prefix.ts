// log_line_prefix in, what reads it from the beginning of a line out.

/** PostgreSQL's own */
export const PREFIX = '%m [%p] '

/** Names have at most 63 bytes, and addresses are not much longer: a line without them is soon seen to be one. */
const NAME = '.{0,80}?'

const ESCAPES: Readonly<Record<string, readonly [name: string | undefined, pattern: string]>> = {
  a: ['application', NAME],
  u: ['role', NAME],
  d: ['database', NAME],
  r: [undefined, NAME],
  h: [undefined, NAME],
  L: [undefined, NAME],
  b: [undefined, NAME],
  p: ['process', '\\d+'],
  P: [undefined, '\\d*'],
  t: ['stamp', '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d \\S+'],
  m: ['stamp', '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d+ \\S+'],
  n: ['epoch', '\\d+\\.\\d+'],
  i: [undefined, NAME],
  e: ['code', '[0-9A-Z]{5}'],
  c: [undefined, '[0-9a-f.]*'],
  l: [undefined, '\\d+'],
  s: [undefined, '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d \\S+'],
  v: [undefined, '\\S*'],
  x: [undefined, '\\d*'],
  Q: [undefined, '-?\\d*'],
}

/** The groups are named after fields; `label` and `text` are what follows. */
export function prefixPattern(prefix: string): RegExp {
  const named = new Set<string>()
  const read = (text: string): string => {
    let pattern = ''
    let at = 0
    for (const found of text.matchAll(/%(-?\d*)(.)/g)) {
      pattern += quoted(text.slice(at, found.index))
      at = found.index + found[0].length
      const [, padding, letter] = found as unknown as [string, string, string]
      if (letter === '%') pattern += '%'
      // what follows is left out by processes that serve no session
      else if (letter === 'q') return `${pattern}(?:${read(text.slice(at))})?`
      else pattern += escapePattern(letter, padding, named)
    }
    return pattern + quoted(text.slice(at))
  }
  return new RegExp(`^${read(prefix)}${LABELLED}$`, 'su')
}

function escapePattern(letter: string, padding: string, named: Set<string>): string {
  const [name, pattern] = ESCAPES[letter] ?? [undefined, '']
  const group = name && !named.has(name) ? `(?<${name}>${pattern})` : `(?:${pattern})`
  if (name) named.add(name)
  return padding === '' ? group : ` *${group} *`
}

const quoted = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/** In whatever language: a word in capitals, which other scripts have none of. */
const LABELLED = '(?<label>\\p{Lu}[\\p{Lu}\\d]*|[\\p{Lo}\\p{Lm}]+):  (?<text>.*)'

/** For lines of a prefix that nobody told. */
export const GUESSED =
  /^(?<before>.*?)(?<label>DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION|BACKTRACE): {2}(?<text>.*)$/s
