// Two types as PostgreSQL prints them in, the expression that turns a column's values from one to the other out.
import type {Hazard} from '../model.ts'

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
  new Set(['bit', 'bit varying']),
  new Set(['bit', 'integer']),
  new Set(['bit', 'bigint']),
  new Set(['boolean', 'integer']),
]

/** `timestamp(3) with time zone` → `timestamp with time zone`, `numeric(10,2)[]` → `numeric[]`. */
export function baseType(type: string): string {
  const open = type.indexOf('(')
  return open < 0 ? type : type.slice(0, open) + type.slice(type.indexOf(')', open) + 1)
}

/** Only length or precision differs. */
export function isTypmodChange(from: string, to: string): boolean {
  return baseType(from) === baseType(to)
}

/** Every value stays as it is, so that PostgreSQL neither writes nor looks at a row. */
export function isWidening(from: string, to: string): boolean {
  const [a, b] = [baseType(from), baseType(to)]
  const [had, has] = [limitsOf(from), limitsOf(to)]
  if (a !== b) return TEXTS.has(a) && TEXTS.has(b) && has.length === 0
  if (a === 'numeric') return has.length === 0 || (had.length === has.length && had[0]! <= has[0]! && had[1] === has[1])
  return LIMITED.has(a) && (has.length === 0 || (had.length > 0 && had[0]! <= has[0]!))
}

interface Typed {
  readonly type: string
  readonly collation?: string
}

export function hazardsOfType(table: string, from: Typed, to: Typed): Hazard[] {
  if (from.collation === to.collation && isWidening(from.type, to.type)) return []
  return [{name: 'rewrite', why: `the rows of ${table} may be written again, or fail to convert to ${to.type}`}]
}

const TEXTS = new Set(['text', 'character varying'])
const CLOCKS = ['timestamp', 'time'].flatMap((type) => [`${type} with time zone`, `${type} without time zone`])
const LIMITED = new Set(['character varying', 'bit varying', ...CLOCKS])

/** `numeric(10,2)` → [10, 2] */
function limitsOf(type: string): number[] {
  const open = type.indexOf('(')
  return open < 0
    ? []
    : type
        .slice(open + 1, type.indexOf(')', open))
        .split(',')
        .map(Number)
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
