// A type in, texts that may be values of it out: plausible ones first, then bounds. PostgreSQL's own casts judge them afterwards.
import type {Type} from './facts.ts'
import {type Literals, literalsIn, numbersAfter, textsAfter} from './literals.ts'
import {scalars, words} from './scalars.ts'

const NONE: Literals = {texts: [], numbers: []}

export interface Wanted {
  /** constants of the rules that the value must obey */
  readonly near?: Literals
  /** more of them than a free column needs */
  readonly many?: boolean
}

export function valuesOf(
  oid: number,
  types: ReadonlyMap<number, Type>,
  {near = NONE, many = false}: Wanted = {},
  depth = 0,
): string[] {
  const type = types.get(oid)
  if (!type || depth > 6) return [...words]
  const inner = (of: number, wanted: Wanted = {near, many}) => valuesOf(of, types, wanted, depth + 1)
  return [...new Set(made())]

  function made(): readonly string[] {
    if (type!.kind === 'e') return type!.labels ?? []
    if (type!.kind === 'd') return ofDomain(type!, near, many, inner)
    if (type!.kind === 'c') return composites(type!.fields ?? [], inner, near)
    if (type!.kind === 'r' && type!.of) return ranges(inner(type!.of))
    if (type!.kind === 'm' && type!.of) return ranges(inner(type!.of)).map((range) => (range === 'empty' ? '{}' : `{${range}}`))
    if (type!.isArray && type!.of) return arrays(inner(type!.of), near)
    return ofScalar(type!.name, near, many)
  }
}

function ofDomain(type: Type, near: Literals, many: boolean, inner: (of: number, wanted: Wanted) => string[]): string[] {
  const rules = type.checks ?? []
  if (rules.length === 0) return inner(type.of!, {near, many})
  const own = rules.map((rule) => literalsIn(rule))
  const all = {
    texts: [...own.flatMap((l) => l.texts), ...near.texts],
    numbers: [...own.flatMap((l) => l.numbers), ...near.numbers],
  }
  return inner(type.of!, {near: all, many: true})
}

function ofScalar(name: string, near: Literals, many: boolean): readonly string[] {
  const base = name.startsWith('pg_catalog.') ? name.slice(11) : name
  const known = scalars[base]
  const [first = [], more = []] = known ? [known.slice(0, 5), known.slice(5)] : [words, []]
  const isNumber = known?.[0] === '1'
  const mined = isNumber
    ? numbersAfter(near)
    : [...(TEXTUAL.has(base) || !known ? textsAfter(near) : near.texts), ...bytes(base, near)]
  return [...mined, ...first, ...(many || isNumber ? more : []), ...(many && TEXTUAL.has(base) ? words : [])]
}

const TEXTUAL = new Set(['text', 'character varying', 'character', 'bpchar', 'name', 'citext'])

function bytes(base: string, near: Literals): string[] {
  if (base === 'bytea') return near.numbers.filter((n) => n > 0 && n <= 2000).map((n) => `\\x${'00'.repeat(n)}`)
  return base === 'jsonb' || base === 'json'
    ? near.texts.flatMap((text) => [JSON.stringify(text), JSON.stringify({[text]: text})])
    : []
}

function arrays(elements: readonly string[], near: Literals): string[] {
  const [a = '', b = a] = elements
  const some = [[a], [a, b], [], elements.slice(0, 4)].map((list) => `{${list.map(inArray).join(',')}}`)
  const long = near.numbers
    .filter((n) => n > 0 && n <= 100)
    .map((n) => `{${Array.from({length: n}, () => inArray(a)).join(',')}}`)
  const near1 = elements.slice(0, 12).map((text) => `{${inArray(text)}}`)
  return [...some, `{${inArray(a)},NULL}`, ...long, ...near1]
}

function inArray(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** Each bound alone, so that ranges of unlike bounds never overlap; then pairs in both orders, as the casts know which is right. */
function ranges(bounds: readonly string[]): string[] {
  const quoted = bounds.slice(0, 6).map(inArray)
  const pairs = quoted.flatMap((low, n) => quoted.slice(n + 1, n + 3).flatMap((high) => [`[${low},${high})`, `[${high},${low})`]))
  return [
    ...quoted.slice(0, 3).map((b) => `[${b},${b}]`),
    '(,)',
    'empty',
    ...pairs,
    ...quoted.slice(3).map((b) => `[${b},${b}]`),
    `[${quoted[0]},)`,
  ]
}

function composites(fields: readonly number[], inner: (of: number) => string[], near: Literals): string[] {
  const values = fields.map((field) => inner(field))
  const row = (n: number) => `(${values.map((list) => (list.length ? inRow(list[n % list.length]!) : '')).join(',')})`
  // fields that differ from each other, for rules that compare them
  const stair = (n: number) =>
    `(${values.map((list, at) => (list.length ? inRow(list[(n + at) % list.length]!) : '')).join(',')})`
  const count = near.texts.length + near.numbers.length > 0 ? 12 : 3
  return [
    ...Array.from({length: count}, (_, n) => row(n)),
    `(${fields.map(() => '').join(',')})`,
    ...Array.from({length: count}, (_, n) => stair(n)),
  ]
}

function inRow(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '""')}"`
}
