// A statement in; what it makes or changes, as written, out: statements about one thing keep their order among themselves.
import {inputTypes, rangeName, strings, type Tree, typeText} from '../postgres/parse.ts'
import type {Statement} from '../postgres/statements.ts'

/** Last parts of names ('orders'), so that `public.orders` and `orders` count as one; more than one for a GRANT on several things. */
export function subjectsOf({kind, node}: Statement): string[] {
  if (kind === 'AlterTableStmt' && node.cmds.every((cmd: Tree) => cmd.AlterTableCmd?.subtype === 'AT_AddConstraint')) {
    // keys and foreign keys may need one another in any order
    return node.cmds.map((cmd: Tree) => `${cmd.AlterTableCmd.def?.Constraint?.conname ?? ''} of ${node.relation.relname}`)
  }
  const range: Tree | undefined =
    node.relation ??
    node.view ??
    node.sequence ??
    node.table ??
    node.base?.relation ??
    node.into?.rel ??
    node.typevar ??
    node.intoClause?.rel
  if (range?.relname) {
    const own = kind === 'CreateTrigStmt' ? node.trigname : kind === 'CreatePolicyStmt' ? node.policy_name : (node.idxname ?? '')
    return kind === 'IndexStmt' || own ? [`${own} on ${range.relname}`] : [range.relname]
  }
  if (kind === 'CreateSchemaStmt') return [node.schemaname ?? node.authrole?.rolename]
  if (kind === 'CreateExtensionStmt') return [node.extname]
  if (kind === 'CreateFunctionStmt') return [`${strings(node.funcname).at(-1)}(${inputTypes(node.parameters, dotted) ?? ''})`]
  const names = node.funcname ?? node.defnames ?? node.typeName ?? node.domainname
  if (names) return last(strings(names))
  if (node.objects) return node.objects.flatMap(ofObject)
  if (node.object) return ofObject(node.object)
  if (node.func) return ofObject({ObjectWithArgs: node.func})
  return []
}

/** The name it makes, as written; nothing for statements that only change something. */
export function makes({kind, node}: Statement): string[] | undefined {
  if (kind === 'CreateStmt') return rangeName(node.relation)
  if (kind === 'CreateForeignTableStmt') return rangeName(node.base.relation)
  if (kind === 'ViewStmt') return rangeName(node.view)
  if (kind === 'CreateTableAsStmt') return rangeName(node.into.rel)
  if (kind === 'CreateSeqStmt') return rangeName(node.sequence)
  if (kind === 'CompositeTypeStmt') return rangeName(node.typevar)
  if (kind === 'CreateFunctionStmt') return strings(node.funcname)
  if (kind === 'DefineStmt') return strings(node.defnames)
  if (kind === 'CreateEnumStmt' || kind === 'CreateRangeStmt') return strings(node.typeName)
  if (kind === 'CreateDomainStmt') return strings(node.domainname)
  if (kind === 'CreateSchemaStmt') return [node.schemaname ?? node.authrole?.rolename]
  return undefined
}

function ofObject(object: Tree): string[] {
  if (object.RangeVar) return [object.RangeVar.relname]
  if (object.ObjectWithArgs) {
    const {objname, objargs} = object.ObjectWithArgs
    return [
      `${strings(objname).at(-1)}(${(objargs ?? []).map((type: Tree) => type.TypeName && typeText(type.TypeName, dotted)).join(', ')})`,
    ]
  }
  if (object.TypeName) return last(strings(object.TypeName.names))
  if (object.List) return last(strings(object.List.items))
  if (object.String) return [object.String.sval]
  return []
}

const dotted = (...parts: string[]): string => parts.join('.')
const last = (names: string[]): string[] => names.slice(-1)
