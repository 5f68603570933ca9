// The list of kinds, in the order in which things are made when nothing else decides.
import type {Kind} from '../model.ts'
import {aggregate} from './aggregate.ts'
import {attachment} from './attachment.ts'
import {column} from './column.ts'
import {comment} from './comment.ts'
import {composite} from './composite.ts'
import {constraint} from './constraint.ts'
import {columnDefault} from './default.ts'
import {defaultPrivilege} from './default-privilege.ts'
import {domain} from './domain.ts'
import {domainConstraint} from './domain-constraint.ts'
import {enumType} from './enum.ts'
import {extension} from './extension.ts'
import {aFunction} from './function.ts'
import {index} from './indexes.ts'
import {materialized} from './materialized.ts'
import {owned} from './owned.ts'
import {owner} from './owner.ts'
import {partition} from './partition.ts'
import {policy} from './policy.ts'
import {privilege} from './privilege.ts'
import {procedure} from './procedure.ts'
import {publication, publicationSchema, publicationTable} from './publication.ts'
import {range} from './range.ts'
import {role} from './role.ts'
import {rule} from './rule.ts'
import {schema} from './schema.ts'
import {sequence} from './sequence.ts'
import {table} from './table.ts'
import {trigger} from './trigger.ts'
import {view} from './view.ts'

export const kinds: readonly Kind[] = [
  role,
  schema,
  extension,
  enumType,
  domain,
  domainConstraint,
  range,
  composite,
  aFunction,
  procedure,
  aggregate,
  sequence,
  table,
  column,
  columnDefault,
  owned,
  constraint,
  index,
  partition,
  attachment,
  view,
  materialized,
  rule,
  trigger,
  policy,
  publication,
  publicationTable,
  publicationSchema,
  comment,
  owner,
  privilege,
  defaultPrivilege,
]

const byName = new Map(kinds.map((kind, rank) => [kind.name, {kind, rank}]))

export function kindOf(name: string): Kind {
  return byName.get(name)!.kind
}

export function rankOf(name: string): number {
  return byName.get(name)!.rank
}
