// One statement, and the tables as they stand, in; what it locks, writes anew and scans out. Held against measurement by test/cost and test/locks.
import {type Cost, LOCK_MODES, type ObjectId} from '../diff/model.ts'
import {strings, type Tree} from '../postgres/parse.ts'
import {quoteNames} from '../postgres/quote.ts'
import {alterTable, settle} from './alter-table.ts'
import {Bill} from './bill.ts'
import {createPart} from './partition.ts'
import {rangeOf, schemaOf} from './range.ts'
import type {Standing} from './standing.ts'

type Rule = (node: Tree, bill: Bill, standing: Standing, server: {readonly major: number}) => void

/** kind and node: as `splitStatements` gives them */
export function costOf({kind, node}: {kind: string; node: Tree}, standing: Standing, server: {readonly major: number}): Cost {
  const bill = new Bill(standing)
  const rule = RULES[kind]
  if (rule) rule(node, bill, standing, server)
  else if (CODE.has(kind)) bill.code()
  return bill.total()
}

/** The tables as they stand once the statement has run, beyond what the plan says of it. */
export function advance({kind, node}: {kind: string; node: Tree}, standing: Standing): void {
  if (kind === 'AlterTableStmt' && node.objtype !== 'OBJECT_INDEX') settle(node, standing)
  // valid or not, new values obey it from now on
  if (kind === 'AlterDomainStmt' && node.subtype === 'C')
    standing.govern(`domain ${quoteNames(...strings(node.typeName))}` as ObjectId)
  if (kind === 'IndexStmt') standing.ahead.build(rangeOf(node.relation), node)
  if (kind === 'RenameStmt' && node.renameType === 'OBJECT_INDEX') {
    const name = rangeOf(node.relation)
    standing.renameIndex(name, `${schemaOf(name)}.${quoteNames(node.newname)}`)
  }
}

const DROPS: Record<string, Rule> = {
  OBJECT_TABLE: (node, bill, standing, {major}) => {
    for (const name of namesOf(node)) {
      const gone = standing.family(name)
      const parent = standing.parent(name)
      const beside = gone.flatMap((one) => standing.referenced(one)).flatMap((one) => standing.family(one))
      // before 15 PostgreSQL takes the partitions alone
      const held = beside.filter((one) => major >= 15 || !standing.isPartitioned(one))
      bill.lock('ACCESS EXCLUSIVE', ...gone, ...held, parent, parent && standing.defaultPartition(parent))
    }
  },
  OBJECT_INDEX: (node, bill, standing) => {
    const mode = node.concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE'
    for (const name of namesOf(node)) {
      const table = standing.tableOf(name)
      bill.lock(mode, ...(table ? standing.family(table) : []))
      // the index itself is nobody's any more when CONCURRENTLY comes to drop it
      bill.lock('ACCESS EXCLUSIVE', name)
    }
  },
  OBJECT_TRIGGER: (node, bill, standing) => {
    for (const name of ownersOf(node)) bill.lock('ACCESS EXCLUSIVE', ...partitioned(name, standing))
  },
  OBJECT_POLICY: (node, bill) => bill.lock('ACCESS EXCLUSIVE', ...ownersOf(node)),
  OBJECT_RULE: (node, bill) => bill.lock('ACCESS EXCLUSIVE', ...ownersOf(node)),
  OBJECT_STATISTIC_EXT: (node, bill, standing) => {
    for (const name of namesOf(node)) bill.lock('SHARE UPDATE EXCLUSIVE', statisticsTable(name, standing))
  },
}

const RENAMES: Record<string, Rule> = {
  OBJECT_INDEX: (node, bill) => bill.lock('SHARE UPDATE EXCLUSIVE', rangeOf(node.relation)),
  OBJECT_COLUMN: (node, bill, standing) => {
    if (node.relationType !== 'OBJECT_TYPE') bill.lock('ACCESS EXCLUSIVE', ...below(node.relation, standing))
  },
  OBJECT_ATTRIBUTE: (node, bill, standing) => bill.lock('ACCESS EXCLUSIVE', ...standing.typed(rangeOf(node.relation))),
  OBJECT_TABCONSTRAINT: (node, bill, standing) => bill.lock('ACCESS EXCLUSIVE', ...below(node.relation, standing)),
  OBJECT_TRIGGER: (node, bill, standing) => bill.lock('ACCESS EXCLUSIVE', ...partitioned(rangeOf(node.relation), standing)),
}

const RULES: Record<string, Rule> = {
  AlterTableStmt: alterTable,
  IndexStmt(node, bill, standing) {
    const name = rangeOf(node.relation)
    const all = node.relation.inh ? standing.family(name) : [name]
    bill.lock(node.concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE', ...all)
    const index = `${schemaOf(name)}.${quoteNames(node.idxname ?? '')}`
    const isThere = (part: string) => standing.adopts(index, part) || (part !== name && standing.ahead.isBuilt(part, node))
    bill.scan(...all.filter((part) => !isThere(part)))
  },
  DropStmt(node, bill, standing, server) {
    const rule = DROPS[node.removeType]
    if (rule) rule(node, bill, standing, server)
    else if (HELD.has(node.removeType)) bill.lock('ACCESS EXCLUSIVE', ...namesOf(node))
  },
  RenameStmt(node, bill, standing, server) {
    const rule = RENAMES[node.renameType]
    if (rule) rule(node, bill, standing, server)
    else if (node.relation && node.renameType !== 'OBJECT_TYPE') bill.lock('ACCESS EXCLUSIVE', rangeOf(node.relation))
  },
  AlterObjectSchemaStmt(node, bill) {
    if (node.relation) bill.lock('ACCESS EXCLUSIVE', rangeOf(node.relation))
  },
  AlterObjectDependsStmt(node, bill) {
    if (node.relation) bill.lock('ACCESS EXCLUSIVE', rangeOf(node.relation))
  },
  AlterSeqStmt: (node, bill) => bill.lock('SHARE ROW EXCLUSIVE', rangeOf(node.sequence)),
  AlterDomainStmt(node, bill, standing) {
    // SET NOT NULL, a constraint that is not NOT VALID, VALIDATE: the values that there are must obey
    const checks =
      node.subtype === 'O' || node.subtype === 'V' || (node.subtype === 'C' && !node.def?.Constraint?.skip_validation)
    if (!checks) return
    const all = standing.holding(`domain ${quoteNames(...strings(node.typeName))}` as never)
    const held = all.filter((name) => standing.isStored(name))
    bill.lock('SHARE', ...held)
    bill.scan(...held)
  },
  CreateStmt(node, bill, standing, server) {
    const parents = ((node.inhRelations ?? []) as Tree[]).map(({RangeVar}) => rangeOf(RangeVar))
    bill.lock('SHARE UPDATE EXCLUSIVE', ...parents)
    if (node.partbound) for (const parent of parents) createPart(parent, bill, standing, server)
    for (const part of (node.tableElts ?? []) as Tree[]) {
      for (const {Constraint} of [part, ...((part.ColumnDef?.constraints ?? []) as Tree[])]) {
        if (Constraint?.pktable) bill.lock('SHARE ROW EXCLUSIVE', ...standing.family(rangeOf(Constraint.pktable)))
      }
    }
  },
  CreateForeignTableStmt: (node, bill) =>
    bill.lock('SHARE UPDATE EXCLUSIVE', ...((node.base?.inhRelations ?? []) as Tree[]).map(({RangeVar}) => rangeOf(RangeVar))),
  CreateTrigStmt(node, bill, standing) {
    const name = rangeOf(node.relation)
    bill.lock('SHARE ROW EXCLUSIVE', ...(node.row ? partitioned(name, standing) : [name]))
  },
  CreatePolicyStmt: (node, bill) => bill.lock('ACCESS EXCLUSIVE', rangeOf(node.table)),
  AlterPolicyStmt: (node, bill) => bill.lock('ACCESS EXCLUSIVE', rangeOf(node.table)),
  RuleStmt: (node, bill) => bill.lock('ACCESS EXCLUSIVE', rangeOf(node.relation)),
  CreateStatsStmt(node, bill) {
    for (const {RangeVar} of node.relations as Tree[]) bill.lock('SHARE UPDATE EXCLUSIVE', rangeOf(RangeVar))
  },
  CreatePublicationStmt: published,
  AlterPublicationStmt: published,
  CommentStmt(node, bill, standing) {
    const parts = strings(node.object?.List?.items)
    if (node.objtype === 'OBJECT_COLUMN') parts.pop()
    // a composite type's attributes
    if (node.objtype === 'OBJECT_COLUMN' && !standing.relation(quoteNames(...parts))) return
    if (COMMENTED.has(node.objtype)) bill.lock('SHARE UPDATE EXCLUSIVE', quoteNames(...parts))
  },
  ViewStmt(node, bill, standing) {
    const name = rangeOf(node.view)
    if (standing.relation(name)) bill.lock('ACCESS EXCLUSIVE', name)
  },
  RefreshMatViewStmt(node, bill) {
    const name = rangeOf(node.relation)
    bill.lock(node.concurrent ? 'EXCLUSIVE' : 'ACCESS EXCLUSIVE', name)
    // with CONCURRENTLY the new rows are compared with the old ones
    if (node.concurrent) bill.scan(name)
    else bill.rewrite(name)
  },
  TruncateStmt(node, bill, standing) {
    for (const {RangeVar} of node.relations as Tree[]) bill.lock('ACCESS EXCLUSIVE', ...below(RangeVar, standing))
  },
  LockStmt(node, bill, standing) {
    for (const {RangeVar} of node.relations as Tree[]) bill.lock(LOCK_MODES[node.mode - 1]!, ...below(RangeVar, standing))
  },
}

/** Relations that DROP locks themselves, and nothing beside. */
const HELD = new Set(['OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_SEQUENCE', 'OBJECT_FOREIGN_TABLE'])
const COMMENTED = new Set([
  'OBJECT_COLUMN',
  'OBJECT_TABLE',
  'OBJECT_INDEX',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_SEQUENCE',
  'OBJECT_FOREIGN_TABLE',
])

/** Code, or rows: what these lock shows only when they run. */
const CODE = new Set([
  'DoStmt',
  'CallStmt',
  'SelectStmt',
  'ExecuteStmt',
  'CopyStmt',
  'ReindexStmt',
  'ClusterStmt',
  'VacuumStmt',
  'Unparsed',
])

function published(node: Tree, bill: Bill, standing: Standing): void {
  // those that leave are locked as those that come
  if (node.action === 'AP_SetObjects') bill.lock('SHARE UPDATE EXCLUSIVE', ...standing.published(node.pubname))
  for (const {PublicationObjSpec} of (node.pubobjects ?? []) as Tree[]) {
    const table = PublicationObjSpec?.pubtable?.relation
    if (table) bill.lock('SHARE UPDATE EXCLUSIVE', rangeOf(table))
  }
}

const namesOf = (node: Tree): string[] => ((node.objects ?? []) as Tree[]).map((one) => quoteNames(...strings(one.List?.items)))

/** DROP TRIGGER, POLICY, RULE: the last part of the name is theirs, the rest their table's. */
const ownersOf = (node: Tree): string[] =>
  ((node.objects ?? []) as Tree[]).map((one) => quoteNames(...strings(one.List?.items).slice(0, -1)))

function below(range: Tree, standing: Standing): string[] {
  return range.inh ? standing.family(rangeOf(range)) : [rangeOf(range)]
}

function partitioned(name: string, standing: Standing): string[] {
  return standing.isPartitioned(name) ? standing.family(name) : [name]
}

function statisticsTable(name: string, standing: Standing): string | undefined {
  const parent = standing.get(`statistics ${name}` as never)?.parent
  const table = parent && standing.get(parent)
  return table && quoteNames(...table.name)
}
