// Patterns of pgext.json's "ignore" in, whether an object is meant by one of them out.
import {idOf} from './id.ts'
import {kinds} from './kinds/index.ts'
import type {Catalog, CatalogObject, ObjectId} from './model.ts'
import {schemasOf} from './schemas.ts'

/** `table public.tmp_*`, `function public.f(integer)`, `comment table public.a`, `privilege * to web_*` */
export interface Pattern {
  readonly text: string
  readonly kind: string
  /** facts: the kind they are about */
  readonly of?: string
  /** undefined: of any name */
  readonly name?: readonly string[]
  readonly signature?: string
  /** privileges: the role that has them */
  readonly to?: string
}

/** What has one name, and no schema before it. */
const ALONE = new Set([
  'role',
  'schema',
  'extension',
  'language',
  'access method',
  'foreign data wrapper',
  'foreign server',
  'event trigger',
  'publication',
  'subscription',
])
const GRANTED = new Set(['privilege', 'default privilege'])

/** @returns what is wrong with it, as a hint, where it can't be read */
export function readPattern(text: string): Pattern | string {
  const kind = kindAt(text)
  if (!kind) return `"${text}" begins with no kind of object: write a kind and a name, as "table public.tmp_*"; kinds: ${known()}`
  const rest = text.slice(kind.length).trim()
  const of = kindAt(rest)
  const subject = of ? rest.slice(of.length).trim() : rest
  const [named, to] = GRANTED.has(kind) ? splitRole(subject) : [subject]
  const read = readName(named)
  if (typeof read === 'string') return `"${text}": ${read}`
  const role = to === undefined ? undefined : readName(to)
  if (typeof role === 'string' || (role && role.name.length !== 1)) return `"${text}": after "to" stands one role`
  const isAny = read.name.length === 1 && read.name[0] === '*'
  const about = of ?? kind
  if (!isAny && ALONE.has(about) && read.name.length > 1) return `"${text}": a ${about} stands in no schema`
  if (!isAny && !ALONE.has(about) && read.name.length < 2)
    return `"${text}": a name without its schema; write "${kind} public.${named}", or "${kind} *.${named}" for all schemas`
  return {
    text,
    kind,
    ...(of && {of}),
    ...(!isAny && {name: read.name}),
    ...(read.signature !== undefined && {signature: read.signature}),
    ...(role && {to: role.name[0]!}),
  }
}

export function matches(pattern: Pattern, o: CatalogObject, catalog: Catalog): boolean {
  if (pattern.kind !== o.kind) return false
  if (pattern.of && catalog.objects.get(o.parent!)?.kind !== pattern.of) return false
  if (pattern.to !== undefined && !like(pattern.to, granteeOf(o))) return false
  if (pattern.signature !== undefined && !like(pattern.signature, o.signature ?? '')) return false
  return !pattern.name || isNamed(pattern.name, o.name)
}

export interface Ignored {
  readonly ids: ReadonlySet<ObjectId>
  /** those that the patterns mean themselves */
  readonly named: ReadonlySet<ObjectId>
  /** the patterns that mean something here */
  readonly used: ReadonlySet<Pattern>
}

/** What the patterns mean, what stands in it, and what dies with it without being a part of it. */
export function ignoredIn(catalog: Catalog, patterns: readonly Pattern[]): Ignored {
  const ids = new Set<ObjectId>()
  const named = new Set<ObjectId>()
  const used = new Set<Pattern>()
  if (patterns.length === 0) return {ids, named, used}
  const schemas = patterns.filter((one) => one.kind === 'schema')
  const ignoring = (schema: string) => schemas.filter(({name}) => !name || like(name[0]!, schema))
  for (const o of catalog.objects.values()) {
    const schema = schemas.length > 0 ? schemasOf(o, catalog).find((one) => ignoring(one).length > 0) : undefined
    for (const pattern of schema === undefined ? [] : ignoring(schema)) used.add(pattern)
    const meant = patterns.filter((pattern) => matches(pattern, o, catalog))
    for (const pattern of meant) used.add(pattern)
    if (schema !== undefined) named.add(idOf('schema', [schema]))
    else if (meant.length > 0) named.add(o.id)
    else continue
    ids.add(o.id)
  }
  const goes = (id: ObjectId | undefined): boolean => id !== undefined && (ids.has(id) || goes(catalog.objects.get(id)?.parent))
  for (const o of catalog.objects.values()) {
    if (o.kind === 'owned by' && o.needs.some(goes)) ids.add(o.parent!)
    if (o.kind === 'publication table' && o.needs.some((id) => id !== o.parent && goes(id))) ids.add(o.id)
  }
  return {ids, named, used}
}

/** Of `public.orders.note` the table may be left out. */
export function isNamed(wanted: readonly string[], name: readonly string[]): boolean {
  if (wanted.length === 2 && name.length === 3) return like(wanted[0]!, name[0]!) && like(wanted[1]!, name[2]!)
  return wanted.length === name.length && wanted.every((part, at) => like(part, name[at]!))
}

function granteeOf(o: CatalogObject): string {
  return o.kind === 'privilege' ? (o.body.role ?? o.body.to) : o.name[3]!
}

/** `*` stands for any characters, also none. */
export function like(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const last = parts.pop()!
  if (parts.length === 0) return text === last
  let at = parts[0]!.length
  if (!text.startsWith(parts[0]!)) return false
  for (const part of parts.slice(1)) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** The longest kind that the text begins with. */
function kindAt(text: string): string | undefined {
  return kinds
    .map(({name}) => name)
    .filter((name) => text.startsWith(`${name} `))
    .sort((a, b) => b.length - a.length)[0]
}

function known(): string {
  return kinds.map(({name}) => name).join(', ')
}

function splitRole(text: string): [string, string?] {
  const at = text.lastIndexOf(' to ')
  return at < 0 ? [text] : [text.slice(0, at).trim(), text.slice(at + 4).trim()]
}

/** Names as in SQL: lower case unless quoted; what stands in parentheses is a signature. */
function readName(text: string): {name: string[]; signature?: string} | string {
  const name: string[] = []
  let at = 0
  for (;;) {
    const part = text[at] === '"' ? quoted(text, at) : plain(text, at)
    if (!part || part.end === at) return 'here stands no name'
    name.push(part.text)
    at = part.end
    if (text[at] !== '.') break
    at++
  }
  const rest = text.slice(at).trim()
  if (rest === '') return {name}
  return rest.startsWith('(') && rest.endsWith(')')
    ? {name, signature: rest}
    : `"${rest}" is too much; names with spaces are quoted`
}

function plain(text: string, start: number): {text: string; end: number} {
  let end = start
  while (end < text.length && !'."( '.includes(text[end]!)) end++
  return {text: text.slice(start, end).toLowerCase(), end}
}

function quoted(text: string, start: number): {text: string; end: number} | undefined {
  for (let end = text.indexOf('"', start + 1); end > 0; end = text.indexOf('"', end + 2))
    if (text[end + 1] !== '"') return {text: text.slice(start + 1, end).replaceAll('""', '"'), end: end + 1}
  return undefined
}
