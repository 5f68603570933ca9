// ALTER TABLE … ADD, DROP and VALIDATE CONSTRAINT in; what they lock and scan out.

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
      if (isValid) bill.scan(...all.filter((one) => !standing.isValidated(one, rule.conname)))
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
  // a primary key says NOT NULL: from 18 on always as a constraint of its own, before where it is not there yet
  const says = (part: string) => major >= 18 || strings(rule.keys).some((column) => !standing.column(part, column)?.notNull)
  for (const part of parts) bill.lock(isPrimary && says(part) ? 'ACCESS EXCLUSIVE' : 'SHARE', part)
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
