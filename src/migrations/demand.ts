// Statements of migrations in; what each demands of rows that are there already, as a query for those that break it, out.
import {rangeName, type Tree} from '../postgres/parse.ts'
import {quoteName, quoteNames} from '../postgres/quote.ts'
import type {Statement} from '../postgres/statements.ts'
import {type Block, isSetting} from './block.ts'
import type {Migration} from './file.ts'
import {demandOf, type Found, type From, uniqueIndex} from './rule.ts'
import {FIRST, type Path, pathSetBy} from './searched.ts'

export interface Demand extends Omit<Found, 'asks'> {
  readonly migration: Migration
  readonly statement: Statement
  /** the SET under whose search_path it runs; undefined: the one that files begin with */
  readonly path?: string
  /** an earlier statement may change the rows first: what is broken now need not be then */
  readonly unsettled: boolean
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
  /** types or functions that rules go by */
  #meaningChanges = false
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
        else this.#pass(statement)
        for (const one of demands) if (one.broken.is !== 'cast') this.#add(one, migration, statement)
      }
      this.#path = this.#outside
    }
  }

  #add(found: Found, migration: Migration, statement: Statement): void {
    const {broken, table, asks} = found
    const name = this.#full(table)
    // nobody knows which table is meant
    if (this.#made.has(name) || (this.#path.schema === null && name === table && !table.includes('.'))) return
    const columns = broken.is === 'cast' ? [broken.column] : broken.columns
    const changed = this.#changed.get(name)
    const isChanged = changed === 'all' || columns.some((column) => changed?.has(column))
    const unsettled = this.#rowsChange || isChanged || (this.#meaningChanges && (broken.is === 'cast' || asks === true))
    const {sql} = this.#path
    this.found.push({rule: found.rule, table, broken, migration, statement, unsettled, ...(sql !== undefined && {path: sql})})
  }

  /** With its schema, where that can be told. */
  #full(table: string): string {
    return table.includes('.') || !this.#path.schema ? table : `${quoteName(this.#path.schema)}.${table}`
  }

  async #demandsOf(statement: Statement): Promise<Found[]> {
    const {kind, node, sql} = statement
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
    }
    return found
  }

  /** What later statements meet that this one leaves behind. */
  #pass(statement: Statement): void {
    const {kind, node} = statement
    if (CHANGES_ROWS.has(kind) && !isSetting(statement)) this.#rowsChange = true
    if (CHANGES_MEANING.has(kind)) this.#meaningChanges = true
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

const CHANGES_MEANING = new Set(['AlterEnumStmt', 'AlterDomainStmt', 'CreateFunctionStmt', 'AlterTypeStmt', 'CompositeTypeStmt'])

/** Which rows a parent table's rules are about. */
const CHANGES_BELOW = new Set([
  ...['AT_AttachPartition', 'AT_DetachPartition', 'AT_DetachPartitionFinalize'],
  ...['AT_AddInherit', 'AT_DropInherit'],
])
