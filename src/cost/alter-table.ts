// ALTER TABLE (INDEX, VIEW, SEQUENCE …), and the tables as they stand, in; what it locks, writes anew and scans out. Manual: ALTER TABLE, Notes.

import {changesInPlace} from '../diff/kinds/cast.ts'
import type {LockMode, ObjectId} from '../diff/model.ts'
import {strings, type Tree} from '../postgres/parse.ts'
import {quoteName} from '../postgres/quote.ts'
import type {Bill} from './bill.ts'
import {addsRewriting, typeFacts} from './column.ts'
import {addConstraint, alterConstraint, dropConstraint, isNeverNull, keyed, validate} from './constraint.ts'
import {attach, detach, finalize} from './partition.ts'
import {rangeOf} from './range.ts'
import {type Standing, tableName} from './standing.ts'

export interface Command {
  /** 'AT_AddColumn' */
  readonly subtype: string
  readonly name?: string
  readonly def?: Tree
  /** the table */
  readonly table: string
  /** it, and what stands below it, unless ONLY was said */
  readonly family: readonly string[]
}

export interface Server {
  readonly major: number
}

type Rule = (command: Command, bill: Bill, standing: Standing, server: Server) => void

const holds =
  (mode: LockMode): Rule =>
  ({table}, bill) =>
    bill.lock(mode, table)
const LIGHT = holds('SHARE UPDATE EXCLUSIVE')
const HEAVY = holds('ACCESS EXCLUSIVE')

/** the whole family, as columns are the same in all of it */
const below: Rule = ({family}, bill) => bill.lock('ACCESS EXCLUSIVE', ...family)
const anew: Rule = ({table}, bill) => {
  bill.lock('ACCESS EXCLUSIVE', table)
  bill.rewrite(table)
}
const triggers: Rule = ({table, family}, bill, standing) =>
  bill.lock('SHARE ROW EXCLUSIVE', ...(standing.isPartitioned(table) ? family : [table]))
/** from 17 on partitions share the identity */
const identity: Rule = ({table, family}, bill, standing, {major}) =>
  bill.lock('ACCESS EXCLUSIVE', ...(major >= 17 && standing.isPartitioned(table) ? family : [table]))

/** What is not here takes ACCESS EXCLUSIVE on the one table. */
const RULES: Record<string, Rule> = {
  AT_AddColumn({table, family, def}, bill, standing) {
    const {tables, merged} = reached(family, def!.ColumnDef.colname, standing)
    bill.lock('ACCESS EXCLUSIVE', ...tables, ...merged)
    const {rewrites, scans} = addsRewriting(table, def!.ColumnDef, standing)
    if (rewrites) bill.rewrite(...tables)
    if (scans) bill.scan(...tables)
    for (const {Constraint} of (def!.ColumnDef.constraints ?? []) as Tree[]) {
      if (Constraint.pktable) bill.lock('SHARE ROW EXCLUSIVE', ...standing.family(rangeOf(Constraint.pktable)))
    }
  },
  AT_ColumnDefault: below,
  AT_DropColumn({family, name}, bill, standing) {
    const {tables, merged} = reached(family, name!, standing)
    bill.lock('ACCESS EXCLUSIVE', ...tables, ...merged)
    for (const one of tables) bill.lock('ACCESS EXCLUSIVE', ...tied(one, name!, standing))
  },
  AT_AlterColumnType({family, name, def}, bill, standing) {
    bill.lock('ACCESS EXCLUSIVE', ...family)
    for (const one of family) {
      const others = tied(one, name!, standing)
      bill.lock('ACCESS EXCLUSIVE', ...others)
      // it has no rows here, and what stands below it is looked at by itself
      if (standing.isForeign(one)) continue
      const change = typeFacts(one, name!, def!.ColumnDef, standing)
      if (!change || change.computes || !changesInPlace(change.from, change.to)) {
        bill.rewrite(one)
        // foreign keys are made anew, and every row is held against them
        bill.scan(...others)
      } else if (change.reads) bill.scan(one)
    }
  },
  AT_SetExpression({family, name}, bill, standing) {
    bill.lock('ACCESS EXCLUSIVE', ...family)
    const column = standing.get(`column ${family[0]}.${quoteName(name!)}` as ObjectId)
    if (column?.body.generated?.stored !== false) bill.rewrite(...family)
  },
  AT_SetNotNull({family, name}, bill, standing) {
    bill.lock('ACCESS EXCLUSIVE', ...family)
    bill.scan(...family.filter((one) => !isNeverNull(one, name!, standing)))
  },
  AT_DropNotNull(command, bill, standing, server) {
    const column = standing.get(`column ${command.table}.${quoteName(command.name!)}` as ObjectId)
    if (column?.body.notNullNoInherit) HEAVY(command, bill, standing, server)
    else below(command, bill, standing, server)
  },
  AT_DropExpression: below,
  AT_AddIdentity: identity,
  AT_SetIdentity: identity,
  AT_DropIdentity: identity,
  AT_AddConstraint: addConstraint,
  AT_DropConstraint: dropConstraint,
  AT_ValidateConstraint: validate,
  AT_AlterConstraint: alterConstraint,
  AT_SetStatistics: ({family}, bill) => bill.lock('SHARE UPDATE EXCLUSIVE', ...family),
  AT_SetStorage: below,
  AT_SetOptions: LIGHT,
  AT_ResetOptions: LIGHT,
  AT_ClusterOn: LIGHT,
  AT_DropCluster: LIGHT,
  AT_SetRelOptions: options,
  AT_ResetRelOptions: options,
  AT_EnableTrig: triggers,
  AT_EnableAlwaysTrig: triggers,
  AT_EnableReplicaTrig: triggers,
  AT_EnableTrigAll: triggers,
  AT_EnableTrigUser: triggers,
  AT_DisableTrig: triggers,
  AT_DisableTrigAll: triggers,
  AT_DisableTrigUser: triggers,
  AT_SetLogged: anew,
  AT_SetUnLogged: anew,
  AT_SetAccessMethod: anew,
  AT_SetTableSpace: anew,
  AT_AddInherit({table, def}, bill) {
    bill.lock('ACCESS EXCLUSIVE', table)
    bill.lock('SHARE UPDATE EXCLUSIVE', rangeOf(def!.RangeVar ?? def))
  },
  AT_AttachPartition: attach,
  AT_DetachPartition: detach,
  AT_DetachPartitionFinalize: finalize,
}

export function alterTable(node: Tree, bill: Bill, standing: Standing, server: Server): void {
  const named = rangeOf(node.relation)
  // a composite type stands in nobody's way but that of tables OF it
  const tables = node.objtype === 'OBJECT_TYPE' ? standing.typed(named) : [named]
  for (const table of tables) {
    const family = node.relation.inh ? standing.family(table) : [table]
    for (const {AlterTableCmd} of node.cmds as Tree[]) {
      const command = {...(AlterTableCmd as Command), table, family}
      // without it PostgreSQL refuses where there are such tables
      if (node.objtype === 'OBJECT_TYPE' && AlterTableCmd.behavior !== 'DROP_CASCADE') continue
      if (node.objtype === 'OBJECT_INDEX') alterIndex(command, bill)
      else (RULES[command.subtype] ?? HEAVY)(command, bill, standing, server)
    }
  }
}

function alterIndex(command: Command, bill: Bill): void {
  const {subtype, table: index, def} = command
  if (subtype === 'AT_AttachPartition') {
    bill.lock('SHARE UPDATE EXCLUSIVE', index)
    bill.lock('ACCESS EXCLUSIVE', rangeOf(def!.PartitionCmd.name))
  } else if (subtype === 'AT_SetStatistics') bill.lock('SHARE UPDATE EXCLUSIVE', index)
  else if (subtype.endsWith('RelOptions')) options(command, bill)
  else bill.lock('ACCESS EXCLUSIVE', index)
}

/** reloptions.c: these are read by whoever uses the relation, so nobody may meanwhile. */
const READ_BY_ALL = new Set([
  'autosummarize',
  'buffering',
  'check_option',
  'fastupdate',
  'gin_pending_list_limit',
  'pages_per_range',
  'security_barrier',
  'security_invoker',
  'user_catalog_table',
])

function options({table, def}: Command, bill: Bill): void {
  const names = ((def?.List?.items ?? []) as Tree[]).map(({DefElem}) => DefElem.defname as string)
  bill.lock(names.some((name) => READ_BY_ALL.has(name)) ? 'ACCESS EXCLUSIVE' : 'SHARE UPDATE EXCLUSIVE', table)
}

/** Where a column comes or goes: not below a table that says it itself (`merged`), which only counts its parents anew. */
function reached(family: readonly string[], name: string, standing: Standing): {tables: string[]; merged: string[]} {
  const [tables, merged] = [[family[0]!], [] as string[]]
  for (const one of tables) {
    for (const child of family.length > 1 ? standing.below(one) : [])
      if (![...tables, ...merged].includes(child)) (standing.says(child, name) ? merged : tables).push(child)
  }
  return {tables, merged}
}

/** The tables that a column's foreign keys tie it to, on either end. */
function tied(table: string, column: string, standing: Standing): string[] {
  const keys = standing.upon(table, column).filter((o) => o.kind === 'constraint' && o.body.type === 'f')
  const others = keys.flatMap((key) => [tableName(key), standing.referencedBy(key)]).filter((name) => name !== table)
  return keyed(others, standing)
}

/** What ALTER TABLE has changed that no object of the plan tells. */
export function settle(node: Tree, standing: Standing): void {
  const table = rangeOf(node.relation)
  const family = node.relation.inh ? standing.family(table) : [table]
  for (const {AlterTableCmd} of node.cmds as Tree[]) {
    const {subtype, name, def} = AlterTableCmd as Command
    if (subtype === 'AT_AddInherit') standing.join(table, rangeOf(def!.RangeVar ?? def))
    if (subtype === 'AT_DropInherit') standing.part(table, rangeOf(def!.RangeVar ?? def))
    if (subtype === 'AT_DetachPartition') standing.part(rangeOf(def!.PartitionCmd.name), table)
    if (subtype === 'AT_ValidateConstraint') for (const one of family) standing.ahead.validate(one, name!)
    if (subtype === 'AT_AddConstraint') settleRule(def!.Constraint, table, family, standing)
    const columns = SETTLES[subtype]?.(AlterTableCmd as Command) ?? []
    for (const column of columns) for (const one of family) standing.change(one, column, {notNull: subtype !== 'AT_DropNotNull'})
    if (subtype !== 'AT_AlterColumnType') continue
    for (const one of family) {
      const wanted = standing.wanted(`column ${one}.${quoteName(name!)}` as ObjectId)?.body
      if (wanted) standing.retype(one, name!, wanted)
    }
  }
}

/** A foreign key is there as soon as it is said, valid or not. */
function settleRule(rule: Tree, table: string, family: readonly string[], standing: Standing): void {
  const name: string = rule.conname ?? ''
  for (const one of family) {
    // one that says what is so already is merged with that
    const isSo = rule.contype === 'CONSTR_NOTNULL' && strings(rule.keys).every((column) => standing.column(one, column)?.notNull)
    if (isSo) standing.ahead.validate(one, name)
    else if (rule.skip_validation) standing.ahead.leave(one, name)
  }
  if (rule.contype === 'CONSTR_CHECK') for (const one of family) standing.ahead.check(one, rule)
  const wanted = standing.wanted(`constraint ${table}.${quoteName(name)}` as ObjectId)
  if (rule.contype === 'CONSTR_FOREIGN' && wanted) standing.add(wanted)
}

/** Columns whose NOT NULL comes or goes. */
const SETTLES: Record<string, (command: Command) => readonly string[]> = {
  AT_SetNotNull: ({name}) => [name!],
  AT_DropNotNull: ({name}) => [name!],
  AT_AddConstraint: ({def}) =>
    ['CONSTR_NOTNULL', 'CONSTR_PRIMARY'].includes(def!.Constraint.contype) ? strings(def!.Constraint.keys) : [],
}
