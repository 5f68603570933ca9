// ALTER TABLE … ADD COLUMN and ALTER COLUMN … TYPE in; whether the rows are written anew, or read, out. Manual: ALTER TABLE, Notes.
import type {CatalogObject, ObjectId} from '../diff/model.ts'
import {callsIn, type Tree} from '../postgres/parse.ts'
import {quoteName, quoteNames} from '../postgres/quote.ts'
import type {Standing} from './standing.ts'

/** Functions of PostgreSQL's own that give another value each time (pg_proc.provolatile), beside those that begin with pg_. */
const VOLATILE = new Set([
  'array_sample',
  'array_shuffle',
  'clock_timestamp',
  'current_query',
  'currval',
  'gen_random_uuid',
  'lastval',
  'nextval',
  'query_to_xml',
  'random',
  'random_normal',
  'set_config',
  'setval',
  'timeofday',
  'txid_status',
  'uuidv4',
  'uuidv7',
])

export interface TypeChange {
  readonly from: string
  readonly to: string
  /** USING says more than the cast that goes without saying, or each value is held against a domain's rules */
  readonly computes: boolean
  /** rows are read for rules and indexes that stand on the column */
  readonly reads: boolean
}

export function addsRewriting(table: string, definition: Tree, standing: Standing): {rewrites: boolean; scans: boolean} {
  const column = standing.wanted(`column ${table}.${quoteName(definition.colname)}` as ObjectId)
  const rules = ((definition.constraints ?? []) as Tree[]).map(({Constraint}) => Constraint as Tree)
  const has = (type: string) => rules.find(({contype}) => contype === type)
  const given = has('CONSTR_DEFAULT')
  const generated = has('CONSTR_GENERATED')
  const stored = generated !== undefined && generated.generated_kind !== 'v'
  const rewrites =
    stored ||
    has('CONSTR_IDENTITY') !== undefined ||
    (given !== undefined && isVolatile(given.raw_expr, column, standing)) ||
    (column !== undefined && isConstrained(column, standing))
  const isNotNull = has('CONSTR_NOTNULL') !== undefined || has('CONSTR_PRIMARY') !== undefined
  const isKey = has('CONSTR_UNIQUE') !== undefined || has('CONSTR_PRIMARY') !== undefined
  const scans = has('CONSTR_CHECK') !== undefined || isKey || (isNotNull && given === undefined)
  return {rewrites, scans}
}

/** What PostgreSQL can work out once, it stores once for all rows that there are; anything else is written into each. */
function isVolatile(value: Tree, column: CatalogObject | undefined, standing: Standing): boolean {
  const needs = (column && standing.wanted(`default ${column.id.slice('column '.length)}` as ObjectId)?.needs) ?? []
  return callsIn(value).some((name) => {
    const called = name.at(-1)!
    if (name.length === 1 || name[0] === 'pg_catalog') return VOLATILE.has(called) || called.startsWith('pg_')
    const own = needs.filter((id) => id.startsWith(`function ${quoteNames(...name)}(`))
    // an extension's: nobody has looked
    return own.length === 0 || own.some((id) => standing.wanted(id)?.beside?.stable !== true)
  })
}

/** its type is a domain with rules, which each row's value must obey */
function isConstrained(column: CatalogObject, standing: Standing): boolean {
  return column.needs.some((id) => id.startsWith('domain ') && standing.isConstrained(id))
}

export function typeFacts(table: string, name: string, definition: Tree, standing: Standing): TypeChange | undefined {
  const from = standing.column(table, name)
  const to = standing.wanted(`column ${table}.${quoteName(name)}` as ObjectId)
  if (!from || !to) return undefined
  const using = definition.raw_default as Tree | undefined
  const id = `domain ${to.body.type}` as ObjectId
  const domain = standing.get(id) ?? standing.wanted(id)
  const isOrdered = from.collation === to.body.collation
  return {
    from: from.type,
    to: domain?.body.type ?? to.body.type,
    computes: (using !== undefined && !isPlainCast(using)) || (domain !== undefined && standing.isConstrained(domain.id)),
    reads: standing.upon(table, name).some((o) => isCheck(o) || isBuilt(o, isOrdered)),
  }
}

/** rows that were never held against it are not now */
const isCheck = ({kind, body}: CatalogObject): boolean =>
  kind === 'constraint' && body.type === 'c' && !body.definition.endsWith(' NOT VALID')

/** PostgreSQL keeps an index of plain columns whose order stays; with an expression or WHERE it builds it anew. */
function isBuilt({kind, body}: CatalogObject, isOrdered: boolean): boolean {
  if (kind === 'constraint' && 'cf'.includes(body.type)) return false
  const list: string = body.definition.slice(body.definition.indexOf('(') + 1)
  return !isOrdered || body.where !== undefined || list.includes('(')
}

const isPlainCast = (using: Tree): boolean => using.ColumnRef !== undefined || using.TypeCast?.arg?.ColumnRef !== undefined
