// The list of kinds, in the order in which things are made when nothing else decides.
import type {Kind} from '../model.ts'
import {accessMethod} from './access-method.ts'
import {aggregate} from './aggregate.ts'
import {attachment} from './attachment.ts'
import {baseType, shellType} from './base-type.ts'
import {cluster} from './cluster.ts'
import {collation} from './collation.ts'
import {column} from './column.ts'
import {comment} from './comment.ts'
import {composite} from './composite.ts'
import {constraint} from './constraint.ts'
import {conversion} from './conversion.ts'
import {columnDefault} from './default.ts'
import {defaultPrivilege} from './default-privilege.ts'
import {dictionary} from './dictionary.ts'
import {domain} from './domain.ts'
import {domainConstraint} from './domain-constraint.ts'
import {enumType} from './enum.ts'
import {eventTrigger} from './event-trigger.ts'
import {extension} from './extension.ts'
import {foreignColumn} from './foreign-column.ts'
import {foreignDataWrapper, foreignServer, userMapping} from './foreign-server.ts'
import {foreignTable} from './foreign-table.ts'
import {aFunction} from './function.ts'
import {index} from './indexes.ts'
import {label} from './label.ts'
import {language} from './language.ts'
import {materialized} from './materialized.ts'
import {membership, membershipOfOthers} from './membership.ts'
import {operator} from './operator.ts'
import {operatorClass} from './operator-class.ts'
import {operatorFamily, operatorFamilyMember} from './operator-family.ts'
import {owned} from './owned.ts'
import {owner} from './owner.ts'
import {parameterPrivilege} from './parameter-privilege.ts'
import {partition} from './partition.ts'
import {policy} from './policy.ts'
import {privilege} from './privilege.ts'
import {procedure} from './procedure.ts'
import {publication, publicationSchema, publicationTable} from './publication.ts'
import {range} from './range.ts'
import {replicaIdentity} from './replica-identity.ts'
import {role} from './role.ts'
import {rule} from './rule.ts'
import {schema} from './schema.ts'
import {sequence} from './sequence.ts'
import {databaseSetting, everyRoleSetting, roleInDatabaseSetting, roleSetting} from './setting.ts'
import {statistics} from './statistics.ts'
import {subscription} from './subscription.ts'
import {table} from './table.ts'
import {textConfiguration} from './text-configuration.ts'
import {textSearchParser, textSearchTemplate} from './text-search.ts'
import {transform} from './transform.ts'
import {trigger} from './trigger.ts'
import {triggerCopy} from './trigger-copy.ts'
import {typeCast} from './type-cast.ts'
import {view} from './view.ts'

export const kinds: readonly Kind[] = [
  role,
  membership,
  membershipOfOthers,
  schema,
  extension,
  language,
  accessMethod,
  collation,
  shellType,
  baseType,
  enumType,
  domain,
  domainConstraint,
  range,
  composite,
  aFunction,
  procedure,
  aggregate,
  operator,
  operatorFamily,
  operatorFamilyMember,
  operatorClass,
  typeCast,
  conversion,
  transform,
  textSearchParser,
  textSearchTemplate,
  dictionary,
  textConfiguration,
  foreignDataWrapper,
  foreignServer,
  userMapping,
  sequence,
  table,
  column,
  columnDefault,
  foreignTable,
  foreignColumn,
  owned,
  constraint,
  index,
  statistics,
  partition,
  attachment,
  view,
  materialized,
  replicaIdentity,
  cluster,
  rule,
  trigger,
  triggerCopy,
  policy,
  publication,
  publicationTable,
  publicationSchema,
  subscription,
  comment,
  label,
  owner,
  privilege,
  defaultPrivilege,
  parameterPrivilege,
  roleSetting,
  everyRoleSetting,
  databaseSetting,
  roleInDatabaseSetting,
  eventTrigger,
]

const byName = new Map(kinds.map((kind, rank) => [kind.name, {kind, rank}]))

export function kindOf(name: string): Kind {
  return byName.get(name)!.kind
}

export function rankOf(name: string): number {
  return byName.get(name)!.rank
}
