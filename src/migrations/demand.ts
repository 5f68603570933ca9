// Statements of migrations in; what each demands of rows that are there already, as a query for those that break it, out.
import {rangeName, strings, type Tree, typeText, walk} from '../postgres/parse.ts'
import {quoteName, quoteNames, quoteText} from '../postgres/quote.ts'
import type {Statement} from '../postgres/statements.ts'
import {isSetting} from './block.ts'
import {piece} from './clause.ts'
import type {Migration} from './file.ts'

export interface Demand {
  readonly migration: Migration
  readonly statement: Statement
  /** as a person would say it: `NOT NULL of total`, `check total_positive` */
  readonly rule: string
  /** as the statement has it, quoted where it must be */
  readonly table: string
  /** what a search_path was set to before it; undefined: the one that files begin with */
  readonly path?: string
  /** rows that break it */
  readonly broken: Broken
  /** an earlier statement may change the rows first: what is broken now need not be then */
  readonly unsettled: boolean
}

export type Broken =
  | {readonly is: 'rows'; readonly from: string; readonly where: string; readonly columns: readonly string[]}
  | {readonly is: 'groups'; readonly from: string; readonly where: string; readonly columns: readonly string[]}
  | Cast

/** Values that can't be converted. */
export interface Cast {
  readonly is: 'cast'
  readonly from: string
  readonly column: string
  /** what is converted: the column, or what USING says */
  readonly value: string
  readonly type: string
  /** of character varying(n) and character(n) */
  readonly length?: number
}

type Found = Pick<Demand, 'rule' | 'table' | 'broken'>

const CHANGES_ROWS = new Set([
  ...['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'TruncateStmt', 'CopyStmt'],
  ...['DoStmt', 'CallStmt', 'SelectStmt', 'ExecuteStmt'],
])

/** Walks the statements in the order in which they run. */
export class Demands {
  readonly found: Demand[] = []
  readonly #made = new Set<string>()
  /** by table: columns that are others by now, or all of them */
  readonly #changed = new Map<string, Set<string> | 'all'>()
  readonly #waiting = new Map<string, Found>()
  #rowsChange = false
  #path: string | undefined

  async read(migration: Migration, statements: readonly Statement[]): Promise<void> {
    this.#path = undefined
    for (const statement of statements) {
      for (const found of await this.#demandsOf(statement)) this.#add(found, migration, statement)
      this.#pass(statement)
    }
  }

  #add(found: Found, migration: Migration, statement: Statement): void {
    if (this.#made.has(found.table)) return
    const {broken} = found
    const columns = broken.is === 'cast' ? [broken.column] : broken.columns
    const changed = this.#changed.get(found.table)
    const unsettled = this.#rowsChange || changed === 'all' || columns.some((column) => changed?.has(column))
    this.found.push({...found, migration, statement, unsettled, ...(this.#path !== undefined && {path: this.#path})})
  }

  async #demandsOf(statement: Statement): Promise<Found[]> {
    const {kind, node, sql} = statement
    if (kind === 'IndexStmt' && node.unique) return uniqueIndex(node, sql)
    if (kind !== 'AlterTableStmt' || node.objtype !== 'OBJECT_TABLE') return []
    const table = quoteNames(...rangeName(node.relation))
    const from = `${node.relation.inh ? '' : 'ONLY '}${table}`
    const found: Found[] = []
    const rest = (location: number) => sql.slice(statement.offset(location))
    for (const {AlterTableCmd: command} of node.cmds as {AlterTableCmd: Tree}[]) {
      if (command.subtype === 'AT_ValidateConstraint') {
        const waits = this.#waiting.get(`${table} ${command.name}`)
        if (waits) found.push(waits)
        continue
      }
      const rule = command.subtype === 'AT_AddConstraint' ? (command.def.Constraint as Tree) : undefined
      const demands = (await demandOf(command, {from, rest})).map((one) => ({...one, table}))
      if (rule?.skip_validation) for (const one of demands) this.#waiting.set(`${table} ${rule.conname}`, one)
      else if (rule?.is_enforced !== false) found.push(...demands)
    }
    return found
  }

  /** What later statements meet that this one leaves behind. */
  #pass(statement: Statement): void {
    const {kind, node, sql} = statement
    if (CHANGES_ROWS.has(kind) && !isSetting(statement)) this.#rowsChange = true
    if (kind === 'CreateStmt') this.#made.add(quoteNames(...rangeName(node.relation)))
    if (kind === 'CreateTableAsStmt') this.#made.add(quoteNames(...rangeName(node.into.rel)))
    if (kind === 'RenameStmt' && node.relation) {
      const name = rangeName(node.relation)
      this.#changed.set(quoteNames(...name), 'all')
      if (node.renameType === 'OBJECT_TABLE') this.#changed.set(quoteNames(...name.slice(0, -1), node.newname), 'all')
    }
    if (kind === 'AlterTableStmt') for (const {AlterTableCmd} of node.cmds as Tree[]) this.#change(node.relation, AlterTableCmd)
    if (kind === 'VariableSetStmt' && node.name === 'search_path' && node.kind === 'VAR_SET_VALUE') this.#path = sql
  }

  #change(relation: Tree, {subtype, name, def}: Tree): void {
    const table = quoteNames(...rangeName(relation))
    const before = this.#changed.get(table)
    if (before === 'all') return
    if (subtype === 'AT_AttachPartition' || subtype === 'AT_AddInherit') this.#changed.set(table, 'all')
    const column = subtype === 'AT_AlterColumnType' ? name : subtype === 'AT_AddColumn' ? def.ColumnDef.colname : undefined
    if (column !== undefined) this.#changed.set(table, new Set([...(before ?? []), column]))
  }
}

interface Place {
  readonly from: string
  /** the statement's text from a node's place on */
  readonly rest: (location: number) => string
}

async function demandOf(command: Tree, place: Place): Promise<Omit<Found, 'table'>[]> {
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

function lengthOf({names, typmods, arrayBounds}: Tree): number | undefined {
  if (arrayBounds || !['varchar', 'bpchar'].includes(strings(names).at(-1)!)) return undefined
  return typmods?.[0]?.A_Const?.ival?.ival
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
      return [{rule: named('check'), broken: {is: 'rows', from, where, columns: columnsIn(rule.raw_expr)}}]
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

function groups(from: string, columns: readonly string[], nullsEqual: boolean, more?: string): Broken {
  const filled = nullsEqual ? [] : columns.map((column) => `${quoteName(column)} IS NOT NULL`)
  const where = [...filled, ...(more ? [`(${more})`] : [])].join(' AND ') || 'true'
  return {is: 'groups', from, where, columns}
}

function reference(rule: Tree, named: string, from: string): Omit<Found, 'table'>[] {
  const [columns, keys] = [strings(rule.fk_attrs), strings(rule.pk_attrs)]
  // a PERIOD is more than equality; without columns it means the other's primary key, which may not be there yet
  if (keys.length !== columns.length || rule.fk_with_period) return []
  const at = (alias: string, name: string) => `${alias}.${quoteName(name)}`
  const pairs = columns.map((column, n) => `${at('k', keys[n]!)} = ${at('r', column)}`).join(' AND ')
  const lacking = `NOT EXISTS (SELECT FROM ${quoteNames(...rangeName(rule.pktable))} k WHERE ${pairs})`
  const filled = columns.map((column) => `${at('r', column)} IS NOT NULL`).join(' AND ')
  const nulls = `pg_catalog.num_nulls(${columns.map((column) => at('r', column)).join(', ')})`
  const half = rule.fk_matchtype === 'f' ? `${nulls} BETWEEN 1 AND ${columns.length - 1} OR ` : ''
  return [{rule: named, broken: {is: 'rows', from: `${from} r`, where: `${half}${filled} AND ${lacking}`, columns}}]
}

async function uniqueIndex(node: Tree, sql: string): Promise<Found[]> {
  const elements = (node.indexParams as {IndexElem: Tree}[]).map(({IndexElem}) => IndexElem)
  // an expression, or an equality of another sort, is left to PostgreSQL
  if (!elements.every(({name, opclass, collation}) => name && !opclass && !collation)) return []
  const where = node.whereClause ? await piece(sql, {after: 'WHERE'}) : undefined
  if (node.whereClause && !where) return []
  const table = quoteNames(...rangeName(node.relation))
  const columns = elements.map(({name}) => name as string)
  const broken = groups(`${node.relation.inh ? '' : 'ONLY '}${table}`, columns, node.nulls_not_distinct, where)
  return [{rule: node.idxname ? `unique index ${quoteName(node.idxname)}` : 'unique index', table, broken}]
}

function columnsIn(tree: unknown): string[] {
  const names = new Set<string>()
  walk(tree, (_, node) => {
    if (Array.isArray(node.fields)) for (const name of strings(node.fields).slice(-1)) names.add(name)
  })
  return [...names]
}
