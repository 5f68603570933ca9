// Statements of migrations in; what each demands of rows that are there already, as a query for those that break it, out.
import {callsIn, rangeName, strings, type Tree} from '../postgres/parse.ts'
import {quoteName, quoteNames} from '../postgres/quote.ts'
import type {Statement} from '../postgres/statements.ts'
import {type Block, isSetting} from './block.ts'
import type {Migration} from './file.ts'
import {breaking, castIn, checkIn, type Held, heldBy} from './held.ts'
import {castsIn, demandOf, type Found, type From, uniqueIndex} from './rule.ts'
import {FIRST, type Path, pathSetBy} from './searched.ts'

export interface Demand extends Omit<Found, 'asks' | 'types'> {
  readonly migration: Migration
  readonly statement: Statement
  /** the SET under whose search_path it runs; undefined: the one that files begin with */
  readonly path?: string
  /** an earlier statement may change the rows first: what is broken now need not be then */
  readonly unsettled: boolean
  /** of a domain's: columns that an earlier statement makes others */
  readonly isChanged?: (table: string, column: string) => boolean
}

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
  /** rows, or which rows there are below a table */
  #rowsChange = false
  /** functions that rules go by, and types, by the last part of their names */
  #functionsChange = false
  readonly #typesChange = new Set<string>()
  readonly #held = new Map<string, Held>()
  #path: Path = FIRST
  /** what the session goes back to when a transaction ends */
  #outside: Path = FIRST

  /** @param blocks of one migration, in order; of those that are done only what they set counts */
  async read(migration: Migration, blocks: readonly Block[], done: ReadonlySet<number> = new Set()): Promise<void> {
    this.#path = this.#outside = FIRST
    for (const block of blocks) {
      for (const statement of block.statements) {
        const isDone = done.has(block.number)
        const demands = isDone ? [] : await this.#demandsOf(statement)
        // ALTER TABLE changes types before anything else
        for (const one of demands) if (one.broken.is === 'cast') this.#add(one, migration, statement)
        if (isDone) this.#set(statement)
        else await this.#pass(statement)
        for (const one of demands) if (one.broken.is !== 'cast') this.#add(one, migration, statement)
      }
      this.#path = this.#outside
    }
  }

  #add(found: Found, migration: Migration, statement: Statement): void {
    const {rule, broken, table, asks, types = []} = found
    const name = this.#full(table)
    // nobody knows which table is meant
    if (this.#made.has(name) || (this.#path.schema === null && name === table && !table.includes('.'))) return
    const changed = new Map([...this.#changed].map(([name, columns]) => [name, columns === 'all' ? columns : new Set(columns)]))
    const isChanged = (table: string, column: string): boolean => {
      const columns = changed.get(table)
      return columns === 'all' || columns?.has(column) === true
    }
    const isOther =
      broken.is === 'cast'
        ? this.#functionsChange || this.#typesChange.size > 0 || isChanged(name, broken.column)
        : (asks === true && this.#functionsChange) || types.some((type) => this.#typesChange.has(type))
    const columns = broken.is === 'rows' || broken.is === 'groups' ? broken.columns : []
    const unsettled = this.#rowsChange || isOther || changed.get(name) === 'all' || columns.some((one) => isChanged(name, one))
    const {sql} = this.#path
    const where = {...(sql !== undefined && {path: sql}), ...(broken.is === 'domain' && {isChanged})}
    this.found.push({rule, table, broken, migration, statement, unsettled, ...where})
  }

  /** With its schema, where that can be told. */
  #full(table: string): string {
    return table.includes('.') || !this.#path.schema ? table : `${quoteName(this.#path.schema)}.${table}`
  }

  /** The same of a name's parts; undefined: nobody can tell. */
  readonly #fullOf = (parts: readonly string[]): string | undefined => {
    const name = this.#full(quoteNames(...parts))
    return parts.length > 1 || this.#path.schema !== null ? name : undefined
  }

  async #demandsOf(statement: Statement): Promise<Found[]> {
    const {kind, node, sql} = statement
    if (kind === 'AlterDomainStmt') return this.#demandsOfDomain(statement)
    if (kind === 'IndexStmt' && node.unique) return uniqueIndex(node, sql)
    if (kind !== 'AlterTableStmt' || node.objtype !== 'OBJECT_TABLE') return []
    const table = quoteNames(...rangeName(node.relation))
    const from: From = {table, below: node.relation.inh ? 'all' : 'none'}
    const found: Found[] = []
    const rest = (location: number) => sql.slice(statement.offset(location))
    for (const {AlterTableCmd: command} of node.cmds as {AlterTableCmd: Tree}[]) {
      if (command.subtype === 'AT_ValidateConstraint') {
        const waits = this.#waiting.get(`${this.#full(table)} ${command.name}`)
        if (waits) found.push(waits)
        continue
      }
      const rule = command.subtype === 'AT_AddConstraint' ? (command.def.Constraint as Tree) : undefined
      const demands = (await demandOf(command, {from, rest})).map((one) => ({...one, table}))
      if (rule?.skip_validation) for (const one of demands) this.#waiting.set(`${this.#full(table)} ${rule.conname}`, one)
      else if (rule?.is_enforced !== false) found.push(...demands)
      found.push(...this.#demandsOfType(command, from))
    }
    return found
  }

  /** A column takes a type that has been made before it, with rules that the values inside have not obeyed so far. */
  #demandsOfType({subtype, name, def}: Tree, from: From): Found[] {
    if (subtype !== 'AT_AlterColumnType') return []
    const {typeName, raw_default: using} = def.ColumnDef as Tree
    if (using && castIn(using) !== name) return []
    const breaks = breaking(quoteName(name), typeName, (parts) => this.#held.get(this.#fullOf(parts) ?? ''))
    if (!breaks) return []
    const {where, asks} = breaks
    const rule = `rules of ${quoteNames(...strings(typeName.names))} in ${quoteName(name)}`
    return [{rule, table: from.table, broken: {is: 'rows', from, where, columns: [name]}, asks}]
  }

  async #demandsOfDomain(statement: Statement): Promise<Found[]> {
    const {subtype, typeName, name, def} = statement.node
    const table = quoteNames(...strings(typeName))
    const key = (name: string) => `domain ${this.#full(table)} ${name}`
    if (subtype === 'V') return [this.#waiting.get(key(name))].filter((one) => one !== undefined)
    const rule: Tree | undefined = subtype === 'C' ? def.Constraint : undefined
    if (subtype === 'O' || rule?.contype === 'CONSTR_NOTNULL')
      return [{rule: `NOT NULL of domain ${table}`, table, broken: {is: 'domain', domain: table}}]
    const check = rule && (await checkIn(rule, statement))
    if (!check) return []
    const types = castsIn(rule)
    const found: Found = {
      rule: `check ${rule.conname ? `${quoteName(rule.conname)} ` : ''}of domain ${table}`,
      table,
      broken: {is: 'domain', domain: table, check},
      asks: callsIn(rule).length > 0 || types.length > 0,
      types,
    }
    if (!rule.skip_validation) return [found]
    this.#waiting.set(key(rule.conname), found)
    return []
  }

  /** What later statements meet that this one leaves behind. */
  async #pass(statement: Statement): Promise<void> {
    const {kind, node} = statement
    if (CHANGES_ROWS.has(kind) && !isSetting(statement)) this.#rowsChange = true
    if (kind === 'CreateFunctionStmt') this.#functionsChange = true
    // another rule of a domain lets no more pass
    if (CHANGES_TYPE.has(kind) && node.subtype !== 'C' && node.subtype !== 'V')
      this.#typesChange.add(strings(node.typeName).at(-1)!)
    const held = await heldBy(statement)
    const type = held && this.#fullOf(held.name)
    if (type !== undefined) this.#held.set(type, held!.held)
    if (kind === 'DropStmt' && node.removeType === 'OBJECT_TABLE') this.#rowsChange = true
    if (kind === 'CreateStmt' && !node.if_not_exists) this.#made.add(this.#range(node.relation))
    if (kind === 'CreateTableAsStmt' && !node.if_not_exists) this.#made.add(this.#range(node.into.rel))
    if (kind === 'RenameStmt' && node.relation) {
      this.#changed.set(this.#range(node.relation), 'all')
      if (node.renameType === 'OBJECT_TABLE')
        this.#changed.set(this.#full(quoteNames(...rangeName(node.relation).slice(0, -1), node.newname)), 'all')
    }
    if (kind === 'AlterTableStmt') for (const {AlterTableCmd} of node.cmds as Tree[]) this.#change(node.relation, AlterTableCmd)
    this.#set(statement)
  }

  #range(relation: Tree): string {
    return this.#full(quoteNames(...rangeName(relation)))
  }

  #change(relation: Tree, {subtype, name, def}: Tree): void {
    const table = this.#range(relation)
    const before = this.#changed.get(table)
    if (CHANGES_BELOW.has(subtype)) this.#rowsChange = true
    if (before === 'all') return
    const column = subtype === 'AT_AlterColumnType' ? name : subtype === 'AT_AddColumn' ? def.ColumnDef.colname : undefined
    if (column !== undefined) this.#changed.set(table, new Set([...(before ?? []), column]))
  }

  #set(statement: Statement): void {
    const path = pathSetBy(statement)
    if (!path) return
    this.#path = path
    if (!statement.node.is_local) this.#outside = path
  }
}

const CHANGES_TYPE = new Set(['AlterEnumStmt', 'AlterDomainStmt', 'AlterTypeStmt'])

/** Which rows a parent table's rules are about. */
const CHANGES_BELOW = new Set([
  ...['AT_AttachPartition', 'AT_DetachPartition', 'AT_DetachPartitionFinalize'],
  ...['AT_AddInherit', 'AT_DropInherit'],
])
