// ALTER TABLE … ADD, DROP and VALIDATE CONSTRAINT in; what they lock and scan out.

import {strings, type Tree} from '../postgres/parse.ts'
import {quoteName} from '../postgres/quote.ts'
import {type Command, keyed} from './alter-table.ts'
import type {Bill} from './bill.ts'
import {rangeOf, schemaOf} from './range.ts'
import type {Standing} from './standing.ts'

export function addConstraint(command: Command, bill: Bill, standing: Standing): void {
  const {table, family} = command
  const rule = command.def!.Constraint as Tree
  const isValid = !rule.skip_validation && rule.is_enforced !== false
  switch (rule.contype) {
    case 'CONSTR_FOREIGN': {
      const all = standing.isPartitioned(table) ? family : [table]
      bill.lock('SHARE ROW EXCLUSIVE', ...all, ...keyed([rangeOf(rule.pktable)], standing))
      if (isValid) bill.scan(...all)
      return
    }
    case 'CONSTR_CHECK':
      bill.lock('ACCESS EXCLUSIVE', ...family)
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
      addKey(command, rule, bill, standing)
  }
}

function addKey({table, family}: Command, rule: Tree, bill: Bill, standing: Standing): void {
  bill.lock('ACCESS EXCLUSIVE', table)
  if (rule.indexname) return
  const isPrimary = rule.contype === 'CONSTR_PRIMARY'
  const parts = standing.isPartitioned(table) ? family.slice(1) : []
  bill.lock(isPrimary ? 'ACCESS EXCLUSIVE' : 'SHARE', ...parts)
  const index = `${schemaOf(table)}.${quoteName(rule.conname ?? '')}`
  bill.scan(table, ...parts.filter((part) => !standing.adopts(index, part)))
}

export function dropConstraint({table, family, name}: Command, bill: Bill, standing: Standing): void {
  const key = standing.rule(table, name!)
  const type = key?.body.type
  const reaches = type === 'c' ? !key!.body.definition.endsWith(' NO INHERIT') : standing.isPartitioned(table)
  const parts = reaches ? family : [table]
  bill.lock('ACCESS EXCLUSIVE', ...parts)
  if (key && type === 'f') bill.lock('ACCESS EXCLUSIVE', ...keyed([standing.referencedBy(key)], standing))
}

/** Validating reads both sides of a foreign key, and holds up nobody but other DDL. */
export function validate({table, family, name}: Command, bill: Bill, standing: Standing): void {
  const key = standing.rule(table, name!)
  const parts = key?.body.type === 'f' && !standing.isPartitioned(table) ? [table] : family
  bill.lock('SHARE UPDATE EXCLUSIVE', ...parts)
  bill.scan(...parts)
}
