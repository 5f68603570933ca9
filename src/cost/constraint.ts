// ALTER TABLE … ADD, DROP and VALIDATE CONSTRAINT in; what they lock and scan out.

import type {CatalogObject, ObjectId} from '../diff/model.ts'
import {strings, type Tree} from '../postgres/parse.ts'
import {quoteName} from '../postgres/quote.ts'
import {type Command, keyed, type Server} from './alter-table.ts'
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
      bill.lock('SHARE ROW EXCLUSIVE', ...all, ...keyed([rangeOf(rule.pktable)], standing))
      const isThere = (one: string) => standing.ahead.isValidated(one, rule.conname)
      if (isValid) bill.scan(...all.filter((one) => !isThere(one)))
      // where it takes up a partition's own, that one's triggers go
      if (all.some(isThere)) bill.lock('ACCESS EXCLUSIVE', ...keyed([rangeOf(rule.pktable)], standing))
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
  if (rule.indexname) return
  const isPrimary = rule.contype === 'CONSTR_PRIMARY'
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

export function dropConstraint({table, family, name}: Command, bill: Bill, standing: Standing): void {
  const key = standing.rule(table, name!)
  const type = key?.body.type ?? (standing.ahead.isCheck(table, name!) ? 'c' : undefined)
  const reaches = type === 'c' ? !isNotInherited(key) : standing.isPartitioned(table)
  const parts = reaches ? family : [table]
  bill.lock('ACCESS EXCLUSIVE', ...parts)
  if (key && type === 'f') bill.lock('ACCESS EXCLUSIVE', ...keyed([standing.referencedBy(key)], standing))
}

const isNotInherited = (rule: CatalogObject | undefined): boolean =>
  [' NO INHERIT', ' NO INHERIT NOT VALID'].some((end) => rule?.body.definition.endsWith(end))

/** Validating reads both sides of a foreign key, and holds up nobody but other DDL. */
export function validate({table, family, name}: Command, bill: Bill, standing: Standing): void {
  const key = standing.rule(table, name!) ?? standing.wanted(`constraint ${table}.${quoteName(name!)}` as ObjectId)
  const isAlone = key?.body.type === 'f' ? !standing.isPartitioned(table) : isNotInherited(key)
  const parts = isAlone ? [table] : family
  bill.lock('SHARE UPDATE EXCLUSIVE', ...parts)
  // one that came from above was validated with that
  bill.scan(...parts.filter((part) => !standing.ahead.isValidated(part, name!)))
}
