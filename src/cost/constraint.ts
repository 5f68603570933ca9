// ALTER TABLE … ADD, DROP and VALIDATE CONSTRAINT in; what they lock and scan out.
import type {CatalogObject, ObjectId} from '../diff/model.ts'
import {strings, type Tree} from '../postgres/parse.ts'
import {quoteName} from '../postgres/quote.ts'
import type {Command, Server} from './alter-table.ts'
import type {Bill} from './bill.ts'
import {rangeOf, schemaOf} from './range.ts'
import type {Standing} from './standing.ts'

export function addConstraint(command: Command, bill: Bill, standing: Standing, server: Server): void {
  const {table, family} = command
  const rule = command.def!.Constraint as Tree
  const isValid = !rule.skip_validation && rule.is_enforced !== false
  switch (rule.contype) {
    case 'CONSTR_FOREIGN': {
      const all = standing.isPartitioned(table) ? family : [table]
      const others = keyed([rangeOf(rule.pktable)], standing)
      bill.lock('SHARE ROW EXCLUSIVE', ...all, ...others)
      if (!isValid) return
      const stored = all.filter((one) => standing.isStored(one))
      const unchecked = stored.filter((one) => !isValidated(one, rule.conname, standing))
      // where it takes up a partition's own, that one's triggers go
      if (unchecked.length < stored.length) bill.lock('ACCESS EXCLUSIVE', ...others)
      // on large tables the two are joined by hashes
      if (unchecked.length > 0) bill.scan(...unchecked, ...others)
      return
    }
    case 'CONSTR_CHECK':
      bill.lock('ACCESS EXCLUSIVE', ...(rule.is_no_inherit && server.major < 18 ? [table] : family))
      if (isValid) bill.scan(...(rule.is_no_inherit ? [table] : family))
      return
    case 'CONSTR_NOTNULL': {
      bill.lock('ACCESS EXCLUSIVE', ...family)
      const reached = rule.is_no_inherit ? [table] : family
      const isThere = (name: string) => strings(rule.keys).every((column) => standing.column(name, column)?.notNull)
      if (isValid) bill.scan(...reached.filter((name) => !isThere(name)))
      return
    }
    default:
      addKey(command, rule, bill, standing, server)
  }
}

function addKey({table, family}: Command, rule: Tree, bill: Bill, standing: Standing, {major}: Server): void {
  bill.lock('ACCESS EXCLUSIVE', table)
  const isPrimary = rule.contype === 'CONSTR_PRIMARY'
  if (rule.indexname) {
    const columns = isPrimary ? standing.columnsOf(`${schemaOf(table)}.${quoteName(rule.indexname)}`) : []
    if (columns.some((column) => !isNeverNull(table, column, standing))) bill.scan(table)
    return
  }
  const parts = standing.isPartitioned(table) ? family.slice(1) : []
  const index = `${schemaOf(table)}.${quoteName(rule.conname ?? '')}`
  // before 18 a primary key locks partitions as strongly where it has to say NOT NULL, which is not there yet
  const isSaid = (part: string) => strings(rule.keys).every((column) => standing.column(part, column)?.notNull)
  if (major >= 18 || (isPrimary && !parts.every(isSaid))) bill.lock('ACCESS EXCLUSIVE', ...parts)
  else bill.lock('SHARE', ...(parts.length > 0 ? builtOn(table, index, standing) : []))
  bill.scan(table, ...parts.filter((part) => !standing.adopts(index, part)))
}

/** A partition's key that is there already is taken up with those below it, which nobody looks at. */
function builtOn(table: string, index: string, standing: Standing): string[] {
  return standing.below(table).flatMap((part) => [part, ...(standing.adopts(index, part) ? [] : builtOn(part, index, standing))])
}

export function dropConstraint({table, family, name}: Command, bill: Bill, standing: Standing, {major}: Server): void {
  const key = standing.rule(table, name!)
  const type = key?.body.type ?? (standing.ahead.isCheck(table, name!) ? 'c' : undefined)
  const reaches = type === 'c' ? !isNotInherited(key) : standing.isPartitioned(table)
  const parts = reaches ? family : [table]
  bill.lock('ACCESS EXCLUSIVE', ...parts)
  if (!key || type !== 'f') return
  const other = standing.referencedBy(key)
  // before 15 PostgreSQL takes the table and those that hold rows, not what is between them
  const held = keyed([other], standing).filter((one) => major >= 15 || one === other || !standing.isPartitioned(one))
  bill.lock('ACCESS EXCLUSIVE', ...held)
}

const isNotInherited = (rule: CatalogObject | undefined): boolean =>
  [' NO INHERIT', ' NO INHERIT NOT VALID'].some((end) => rule?.body.definition.endsWith(end))

/** NOT ENFORCED and back, of foreign keys; other changes are those of the catalogs alone. */
export function alterConstraint({table, def}: Command, bill: Bill, standing: Standing): void {
  bill.lock('ACCESS EXCLUSIVE', table)
  const change = def!.ATAlterConstraint as Tree
  const key = change.alterEnforceability ? standing.rule(table, change.conname) : undefined
  if (!key) return
  const others = keyed([standing.referencedBy(key)], standing)
  bill.lock(change.is_enforced ? 'SHARE ROW EXCLUSIVE' : 'ACCESS EXCLUSIVE', ...others)
  if (change.is_enforced) bill.scan(table, ...others)
}

/** It is NOT NULL, or a valid check says so: no row has to be looked at. */
export function isNeverNull(table: string, column: string, standing: Standing): boolean {
  if (standing.column(table, column)?.notNull || standing.ahead.saysNotNull(table, column)) return true
  const check = `CHECK ((${quoteName(column)} IS NOT NULL))`
  return standing.upon(table, column).some(({kind, body}) => kind === 'constraint' && body.definition === check)
}

/** A foreign key is enforced by triggers on both of its tables, and on their partitions. */
export function keyed(tables: readonly string[], standing: Standing): string[] {
  return tables.flatMap((name) => (standing.isPartitioned(name) ? standing.family(name) : [name]))
}

/** Validating reads both sides of a foreign key, and holds up nobody but other DDL. */
export function validate({table, family, name}: Command, bill: Bill, standing: Standing): void {
  const key = standing.rule(table, name!) ?? standing.wanted(`constraint ${table}.${quoteName(name!)}` as ObjectId)
  const isAlone = key?.body.type === 'f' ? !standing.isPartitioned(table) : isNotInherited(key)
  const parts = isAlone ? [table] : family
  bill.lock('SHARE UPDATE EXCLUSIVE', ...parts)
  // one that came from above was validated with that
  bill.scan(...parts.filter((part) => !isValidated(part, name!, standing)))
}

/** By a step before this one, or from the start. */
function isValidated(table: string, name: string, standing: Standing): boolean {
  const {ahead} = standing
  if (ahead.isValidated(table, name)) return true
  const own = standing.get(`constraint ${table}.${quoteName(name)}` as ObjectId)
  return own !== undefined && !ahead.isLeft(table, name) && !own.body.definition.endsWith(' NOT VALID')
}
