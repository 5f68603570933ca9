// ALTER TABLE's commands and unique indexes in; what each demands of rows, and which rows break it, out.
import {callsIn, rangeName, strings, type Tree, typeText, walk} from '../postgres/parse.ts'
import {quoteName, quoteNames, quoteText} from '../postgres/quote.ts'
import {piece} from './clause.ts'
import {type Length, lengthOf} from './length.ts'

export type Broken = Rows | Cast | Domain

/** Rows that break a rule; `groups`: each of those that share a value. */
export interface Rows {
  readonly is: 'rows' | 'groups'
  readonly from: From
  readonly where: string
  readonly columns: readonly string[]
  /** by which `where` calls the table */
  readonly alias?: string
}

export interface From {
  readonly table: string
  /** rows of tables that inherit from it: those of partitions alone, all, or none */
  readonly below: 'partitions' | 'all' | 'none'
}

/** Values that can't be converted. */
export interface Cast {
  readonly is: 'cast'
  readonly from: From
  readonly column: string
  /** what is converted: the column, or what USING says */
  readonly value: string
  readonly type: string
  readonly length?: Length
}

/** Values of a domain, in whichever columns. */
export interface Domain {
  readonly is: 'domain'
  readonly domain: string
  /** undefined: NOT NULL */
  readonly check?: string
}

export interface Found {
  /** as a person would say it: `NOT NULL of total`, `check total_positive` */
  readonly rule: string
  /** as the statement has it, quoted where it must be */
  readonly table: string
  readonly broken: Broken
  /** it calls functions, or converts values */
  readonly asks?: boolean
  /** last parts of the names of types that its text converts to */
  readonly types?: readonly string[]
}

interface Place {
  readonly from: From
  /** the statement's text from a node's place on */
  readonly rest: (location: number) => string
}

export async function demandOf(command: Tree, place: Place): Promise<Omit<Found, 'table'>[]> {
  switch (command.subtype) {
    case 'AT_SetNotNull':
      return [notNull(command.name, place)]
    case 'AT_AddColumn':
      return newColumn(command.def.ColumnDef, place)
    case 'AT_AlterColumnType':
      return cast(command, place)
    case 'AT_AddConstraint':
      return constraint(command.def.Constraint, place)
    default:
      return []
  }
}

function notNull(column: string, {from}: Place): Omit<Found, 'table'> {
  const where = `${quoteName(column)} IS NULL`
  return {rule: `NOT NULL of ${quoteName(column)}`, broken: {is: 'rows', from, where, columns: [column]}}
}

/** Every row lacks a value for it, unless its type (a domain) has a default. */
function newColumn(column: Tree, {from}: Place): Omit<Found, 'table'>[] {
  const rules = ((column.constraints ?? []) as Tree[]).map(({Constraint}) => (Constraint as Tree).contype)
  const type = typeText(column.typeName, quoteNames)
  const isFilled = rules.some((one) => one === 'CONSTR_DEFAULT' || one === 'CONSTR_IDENTITY' || one === 'CONSTR_GENERATED')
  if (
    !rules.includes('CONSTR_NOTNULL') ||
    isFilled ||
    type === undefined ||
    strings(column.typeName.names).at(-1)?.endsWith('serial')
  )
    return []
  const where = `(SELECT y.typtype <> 'd' FROM pg_catalog.pg_type y WHERE y.oid = pg_catalog.to_regtype(${quoteText(type)}))`
  const rule = `NOT NULL of ${quoteName(column.colname)}, a new column without a default`
  return [{rule, broken: {is: 'rows', from, where, columns: []}}]
}

async function cast({name, def}: Tree, {from, rest}: Place): Promise<Omit<Found, 'table'>[]> {
  const {typeName, raw_default: using} = (def as {ColumnDef: Tree}).ColumnDef
  const said = rest(typeName.location)
  const type = await piece(said, {until: ['USING', 'COLLATE']})
  const value = using ? await piece(said, {after: 'USING'}) : quoteName(name)
  if (!type || !value) return []
  const length = lengthOf(typeName)
  const broken: Cast = {is: 'cast', from, column: name, value, type, ...(length !== undefined && {length})}
  return [{rule: `type ${type} of ${quoteName(name)}`, broken}]
}

async function constraint(rule: Tree, place: Place): Promise<Omit<Found, 'table'>[]> {
  const {from, rest} = place
  const named = (what: string) => (rule.conname ? `${what} ${quoteName(rule.conname)}` : what)
  switch (rule.contype) {
    case 'CONSTR_NOTNULL':
      return [notNull(strings(rule.keys)[0]!, place)]
    case 'CONSTR_CHECK': {
      const test = rule.raw_expr.NullTest as Tree | undefined
      const column = test?.nulltesttype === 'IS_NOT_NULL' && columnsIn(rule.raw_expr)
      // before 18 it stands in for NOT NULL
      if (column && test.arg.ColumnRef) return [notNull(column[0]!, place)]
      const expression = await piece(rest(rule.location), {after: 'CHECK', inside: true})
      if (!expression) return []
      const where = `NOT (${expression})`
      const rows = rule.is_no_inherit ? own(from) : from
      const types = castsIn(rule)
      const asks = callsIn(rule).length > 0 || types.length > 0
      return [{rule: named('check'), broken: {is: 'rows', from: rows, where, columns: columnsIn(rule.raw_expr)}, asks, types}]
    }
    case 'CONSTR_UNIQUE':
      if (rule.indexname) return []
      return [{rule: named('unique constraint'), broken: groups(from, strings(rule.keys), rule.nulls_not_distinct)}]
    case 'CONSTR_PRIMARY': {
      if (rule.indexname) return []
      const keys = strings(rule.keys)
      return [...keys.map((key) => notNull(key, place)), {rule: named('primary key'), broken: groups(from, keys, false)}]
    }
    case 'CONSTR_FOREIGN':
      return reference(rule, named('foreign key'), from)
    default:
      return []
  }
}

/** Rows of tables that merely inherit from it obey no key of it. */
const own = (from: From): From => ({...from, below: from.below === 'all' ? 'partitions' : from.below})

function groups(from: From, columns: readonly string[], nullsEqual: boolean, more?: string): Broken {
  const filled = nullsEqual ? [] : columns.map((column) => `${quoteName(column)} IS NOT NULL`)
  const where = [...filled, ...(more ? [`(${more})`] : [])].join(' AND ') || 'true'
  return {is: 'groups', from: own(from), where, columns}
}

function reference(rule: Tree, named: string, from: From): Omit<Found, 'table'>[] {
  const [columns, keys] = [strings(rule.fk_attrs), strings(rule.pk_attrs)]
  // a PERIOD is more than equality; without columns it means the other's primary key, which may not be there yet
  if (keys.length !== columns.length || rule.fk_with_period) return []
  const at = (alias: string, name: string) => `${alias}.${quoteName(name)}`
  const pairs = columns.map((column, n) => `${at('k', keys[n]!)} = ${at('r', column)}`).join(' AND ')
  const lacking = `NOT EXISTS (SELECT FROM ${quoteNames(...rangeName(rule.pktable))} k WHERE ${pairs})`
  const filled = columns.map((column) => `${at('r', column)} IS NOT NULL`).join(' AND ')
  const nulls = `pg_catalog.num_nulls(${columns.map((column) => at('r', column)).join(', ')})`
  const half = rule.fk_matchtype === 'f' ? `${nulls} BETWEEN 1 AND ${columns.length - 1} OR ` : ''
  return [{rule: named, broken: {is: 'rows', alias: 'r', from: own(from), where: `${half}${filled} AND ${lacking}`, columns}}]
}

export async function uniqueIndex(node: Tree, sql: string): Promise<Found[]> {
  const elements = (node.indexParams as {IndexElem: Tree}[]).map(({IndexElem}) => IndexElem)
  // an expression, or an equality of another sort, is left to PostgreSQL
  if (!elements.every(({name, opclass, collation}) => name && !opclass && !collation)) return []
  const where = node.whereClause ? await piece(sql, {after: 'WHERE'}) : undefined
  if (node.whereClause && !where) return []
  const table = quoteNames(...rangeName(node.relation))
  const columns = elements.map(({name}) => name as string)
  const broken = groups({table, below: node.relation.inh ? 'all' : 'none'}, columns, node.nulls_not_distinct, where)
  return [{rule: node.idxname ? `unique index ${quoteName(node.idxname)}` : 'unique index', table, broken}]
}

/** Last parts of the names of the types that it converts to. */
export function castsIn(tree: unknown): string[] {
  const types: string[] = []
  walk(tree, (name, node) => {
    if (name === 'TypeCast') types.push(strings(node.typeName.names).at(-1)!)
  })
  return types
}

function columnsIn(tree: unknown): string[] {
  const names = new Set<string>()
  walk(tree, (_, node) => {
    if (Array.isArray(node.fields)) for (const name of strings(node.fields).slice(-1)) names.add(name)
  })
  return [...names]
}
