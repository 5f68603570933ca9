// Two types as PostgreSQL prints them in, the expression that turns a column's values from one to the other out.

const STRING = new Set(['text', 'character varying', 'character', 'name', '"char"', 'citext'])
const NUMBER = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'money', 'oid'])
/** Each with a cast to each: what has none goes by its text, and fails on values that don't fit. */
const FAMILIES = [
  NUMBER,
  new Set(['date', 'timestamp without time zone', 'timestamp with time zone']),
  new Set(['time without time zone', 'time with time zone']),
  new Set(['time without time zone', 'interval']),
  new Set(['json', 'jsonb']),
  new Set(['inet', 'cidr']),
  new Set(['macaddr', 'macaddr8']),
  new Set(['bit', 'integer']),
  new Set(['bit', 'bigint']),
  new Set(['boolean', 'integer']),
]

const BITS = new Set(['bit', 'bit varying'])

/** `timestamp(3) with time zone` → `timestamp with time zone`, `numeric(10,2)[]` → `numeric[]`. */
export function baseType(type: string): string {
  const open = type.indexOf('(')
  return open < 0 ? type : type.slice(0, open) + type.slice(type.indexOf(')', open) + 1)
}

/** Only length or precision differs. */
export function isTypmodChange(from: string, to: string): boolean {
  return baseType(from) === baseType(to)
}

/**
 * The USING expression; undefined where PostgreSQL converts by assignment, which fails on a value that does not fit,
 * while an explicit cast to varchar(n) would cut it silently.
 */
export function castExpression(column: string, from: string, to: string): string | undefined {
  const [a, b] = [baseType(from), baseType(to)]
  const [elementA, elementB] = [a.replace('[]', ''), b.replace('[]', '')]
  const bothArrays = a.endsWith('[]') && b.endsWith('[]')
  if (a === b || STRING.has(b) || (bothArrays && STRING.has(elementB))) return undefined
  if (NUMBER.has(elementA) && NUMBER.has(elementB) && a.endsWith('[]') === b.endsWith('[]')) return undefined
  if (a.endsWith('[]') !== b.endsWith('[]')) return `${column}::text::${to}`
  if (BITS.has(elementA) && BITS.has(elementB)) return undefined
  // an explicit cast to so many bits would cut, or fill up, what has others
  if (STRING.has(elementA) && BITS.has(elementB))
    return `${column}::${bothArrays ? 'text[]::bit varying[]' : 'text::bit varying'}`
  const direct =
    STRING.has(elementA) || STRING.has(elementB) || FAMILIES.some((family) => family.has(elementA) && family.has(elementB))
  if (direct) return `${column}::${to}`
  return a.endsWith('[]') ? `${column}::text[]::${to}` : `${column}::text::${to}`
}

/** Whatever prints the column's type, or was compiled against it, must be down while it changes. */
export const SEES_TYPE = new Set([
  'view',
  'materialized view',
  'rule',
  'policy',
  'trigger',
  'function',
  'procedure',
  'publication table',
  'statistics',
])

/** Types that differ in nothing that is stored: pg_cast says "binary coercible". */
const ALIKE: readonly (readonly [string, string])[] = [
  ['character varying', 'text'],
  ['text', 'character varying'],
  ['cidr', 'inet'],
  ['bit', 'bit varying'],
  ['xml', 'text'],
  ['xml', 'character varying'],
  ['integer', 'oid'],
  ['oid', 'integer'],
  // under TimeZone UTC, which pgext's sessions have
  ['timestamp without time zone', 'timestamp with time zone'],
  ['timestamp with time zone', 'timestamp without time zone'],
]
/** Their values need not be looked at when they may get longer, or finer. */
const GROWING = new Set([
  'character varying',
  'numeric',
  'bit varying',
  'timestamp without time zone',
  'timestamp with time zone',
  'time without time zone',
  'time with time zone',
])

/** ALTER COLUMN … TYPE that changes the catalogs alone. */
export function changesInPlace(from: string, to: string): boolean {
  if (from === to) return true
  const [a, b] = [baseType(from), baseType(to)]
  const [was, now] = [modifiers(from), modifiers(to)]
  // of arrays, length and precision may go, but not grow
  if (a === b && a.endsWith('[]')) return now.length === 0 && GROWING.has(a.replaceAll('[]', ''))
  const isAlike = a === b ? GROWING.has(a) : ALIKE.some(([one, other]) => one === a && other === b)
  if (!isAlike) return false
  if (now.length === 0) return true
  if (a !== b) return false
  // the finest that times can be is what they are when nothing is said
  if (was.length === 0) return a.startsWith('time') && now[0]! >= 6
  // numeric: the precision may grow, the scale must stay
  return now[0]! >= was[0]! && (now[1] ?? 0) === (was[1] ?? 0)
}

const INTEGERS = ['smallint', 'integer', 'bigint']
const WIDER: Readonly<Record<string, readonly string[]>> = {
  smallint: [...INTEGERS, 'numeric', 'real', 'double precision'],
  integer: ['bigint', 'numeric', 'real', 'double precision'],
  bigint: ['numeric', 'real', 'double precision'],
  real: ['double precision'],
}

/** Every value there can be has one of the other type. */
export function fitsAlways(from: string, to: string): boolean {
  return to === 'text' || to === 'character varying' || (WIDER[from]?.includes(to) ?? false)
}

const TRUNCATES: readonly (readonly [string, readonly string[]])[] = [
  ['numeric', [...INTEGERS, 'real', 'double precision', 'money']],
  ['double precision', [...INTEGERS, 'real', 'numeric', 'money']],
  ['real', [...INTEGERS, 'money']],
  ['bigint', ['real', 'double precision']],
  ['integer', ['real']],
  ['money', INTEGERS],
  ['timestamp without time zone', ['date', 'time without time zone']],
  ['timestamp with time zone', ['date', 'time without time zone', 'time with time zone']],
  ['time with time zone', ['time without time zone']],
  ['interval', ['time without time zone']],
  ['inet', ['cidr']],
  ['macaddr8', ['macaddr']],
  ['text', ['name', '"char"']],
  ['character varying', ['name', '"char"']],
  ['character', ['name', '"char"']],
]
/** Of a number as bits, the leading ones are cut. */
const WIDTHS: Readonly<Record<string, number>> = {integer: 32, bigint: 64}
const SCALED = new Set([
  'timestamp without time zone',
  'timestamp with time zone',
  'time without time zone',
  'time with time zone',
])

/** Values that do not fit are not refused but rounded, or cut. */
export function losesDigits(from: string, to: string): boolean {
  const element = (type: string) => type.replaceAll('[]', '')
  const [a, b] = [element(baseType(from)), element(baseType(to))]
  // fields and digits of an interval
  if (b.startsWith('interval')) return from !== to && element(to) !== 'interval'
  const [was, now] = [modifiers(from), modifiers(to)]
  if (b === 'bit' && WIDTHS[a]) return now[0]! < WIDTHS[a]
  if (a !== b) return TRUNCATES.some(([one, others]) => one === a && others.includes(b))
  if (a === 'numeric') return now.length > 0 && (was.length === 0 || (now[1] ?? 0) < (was[1] ?? 0))
  return SCALED.has(a) && (now[0] ?? 6) < (was[0] ?? 6)
}

/** `numeric(10,2)` → [10, 2] */
function modifiers(type: string): number[] {
  const open = type.indexOf('(')
  return open < 0
    ? []
    : type
        .slice(open + 1, type.indexOf(')'))
        .split(',')
        .map(Number)
}
