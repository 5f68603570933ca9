// A statement in; the object it makes, and what it lists, by the names that they are found under, out.
import {rangeName, strings, type Tree, typeText} from '../postgres/parse.ts'
import {quoteNames} from '../postgres/quote.ts'
import type {Statement} from '../postgres/statements.ts'
import {type Reference, routineMade} from './told.ts'

/** An object that a statement makes. */
export interface Made {
  /** looked up in the database, which tells its kind and schema */
  readonly of?: Reference
  /** what has no schema; or a part of the one that is looked up */
  readonly kind?: string
  readonly part?: string
}

export function madeBy(statement: Statement): Made | undefined {
  const {kind, node} = statement
  const make = MAKERS[kind]
  if (make) return make(node)
  const routine = routineMade(statement)
  return routine && {of: routine}
}

const relation = (range: Tree): Made => ({of: {what: 'relation', text: quoteNames(...rangeName(range))}})
const type = (names: unknown): Made => ({of: {what: 'type', text: quoteNames(...strings(names))}})
const on = (range: Tree, kind: string, part: string | undefined): Made | undefined =>
  part ? {...relation(range), kind, part} : undefined
const top = (kind: string, part: string | undefined): Made | undefined => (part ? {kind, part} : undefined)

const MAKERS: Record<string, (node: Tree) => Made | undefined> = {
  CreateStmt: (node) => relation(node.relation),
  CreateForeignTableStmt: (node) => relation(node.base.relation),
  ViewStmt: (node) => relation(node.view),
  CreateTableAsStmt: (node) => relation(node.into.rel),
  CreateSeqStmt: (node) => relation(node.sequence),
  CompositeTypeStmt: (node) => type(rangeName(node.typevar).map((sval) => ({String: {sval}}))),
  CreateEnumStmt: (node) => type(node.typeName),
  CreateRangeStmt: (node) => type(node.typeName),
  CreateDomainStmt: (node) => type(node.domainname),
  // an index stands where its table stands
  IndexStmt: ({relation: {schemaname}, idxname}) => (idxname ? relation({schemaname, relname: idxname}) : undefined),
  AlterTableStmt: (node) => {
    const [only, ...more] = node.cmds.map((cmd: Tree) => cmd.AlterTableCmd)
    if (more.length > 0 || only?.subtype !== 'AT_AddConstraint') return undefined
    return on(node.relation, 'constraint', only.def?.Constraint?.conname)
  },
  AlterDomainStmt: (node) => {
    const part = node.subtype === 'C' ? node.def?.Constraint?.conname : undefined
    return part ? {...type(node.typeName), kind: 'domain constraint', part} : undefined
  },
  CreateTrigStmt: (node) => on(node.relation, 'trigger', node.trigname),
  CreatePolicyStmt: (node) => on(node.table, 'policy', node.policy_name),
  RuleStmt: (node) => on(node.relation, 'rule', node.rulename),
  CreateStatsStmt: (node) =>
    node.defnames ? {of: {what: 'statistics', text: quoteNames(...strings(node.defnames))}} : undefined,
  CreateConversionStmt: (node) => ({of: {what: 'conversion', text: quoteNames(...strings(node.conversion_name))}}),
  CreateOpClassStmt: (node) => ({of: {what: 'operator class', text: using(node.opclassname, node.amname)}}),
  CreateOpFamilyStmt: (node) => ({of: {what: 'operator family', text: using(node.opfamilyname, node.amname)}}),
  DefineStmt: (node) => defined(node),
  CreateSchemaStmt: (node) => top('schema', node.schemaname ?? node.authrole?.rolename),
  CreateRoleStmt: (node) => top('role', node.role),
  CreateFdwStmt: (node) => top('foreign data wrapper', node.fdwname),
  CreateForeignServerStmt: (node) => top('foreign server', node.servername),
  CreatePublicationStmt: (node) => top('publication', node.pubname),
  CreatePLangStmt: (node) => top('language', node.plname),
  CreateEventTrigStmt: (node) => top('event trigger', node.trigname),
}

const using = (name: unknown, method: string): string => `${quoteNames(...strings(name))} USING ${quoteNames(method)}`

const DEFINED: Record<
  string,
  'collation' | 'text search configuration' | 'text search dictionary' | 'text search parser' | 'text search template'
> = {
  OBJECT_COLLATION: 'collation',
  OBJECT_TSCONFIGURATION: 'text search configuration',
  OBJECT_TSDICTIONARY: 'text search dictionary',
  OBJECT_TSPARSER: 'text search parser',
  OBJECT_TSTEMPLATE: 'text search template',
}

function defined(node: Tree): Made | undefined {
  if (node.kind === 'OBJECT_AGGREGATE') {
    const routine = routineMade({kind: 'DefineStmt', node} as Statement)
    return routine && {of: routine}
  }
  if (node.kind === 'OBJECT_TYPE') return type(node.defnames)
  if (node.kind === 'OBJECT_OPERATOR') {
    const argument = (side: string) => {
      const found = node.definition?.find(({DefElem}: Tree) => DefElem.defname === side)?.DefElem.arg?.TypeName
      return found ? typeText(found, quoteNames) : 'NONE'
    }
    const name = strings(node.defnames)
    const schema = name.length > 1 ? `${quoteNames(name[0]!)}.` : ''
    return {of: {what: 'operator', text: `${schema}${name.at(-1)}(${argument('leftarg')}, ${argument('rightarg')})`}}
  }
  const what = DEFINED[node.kind]
  return what && {of: {what, text: quoteNames(...strings(node.defnames))}}
}

/** What the statement lists: its kind and name by where it begins in the statement's text. */
export function listedIn({kind, node, offset}: Statement): Map<number, Required<Pick<Made, 'kind' | 'part'>>> {
  const listed = new Map<number, {kind: string; part: string}>()
  const add = (location: number | undefined, what: string, part: string | undefined) => {
    if (part !== undefined && location !== undefined) listed.set(offset(location), {kind: what, part})
  }
  const column = COLUMNS[kind]
  const elements: Tree[] = node.tableElts ?? node.base?.tableElts ?? node.coldeflist ?? node.constraints ?? []
  for (const {ColumnDef, Constraint} of elements) {
    if (ColumnDef && column) add(ColumnDef.location, column, ColumnDef.colname)
    if (Constraint) add(Constraint.location, kind === 'CreateDomainStmt' ? 'domain constraint' : 'constraint', Constraint.conname)
  }
  if (kind === 'ViewStmt' || kind === 'CreateTableAsStmt') {
    const names = strings(node.aliases ?? node.into?.colNames)
    for (const [at, {ResTarget}] of targetsOf(node.query?.SelectStmt).entries()) {
      const own = ResTarget.name ?? strings(ResTarget.val?.ColumnRef?.fields).at(-1)
      add(ResTarget.location, 'view column', names[at] ?? own)
    }
  }
  return listed
}

const COLUMNS: Record<string, string> = {
  CreateStmt: 'column',
  CreateForeignTableStmt: 'foreign column',
  CompositeTypeStmt: 'attribute',
}

/** The first SELECT of several names the columns. */
function targetsOf(select: Tree | undefined): Tree[] {
  return select?.larg ? targetsOf(select.larg) : (select?.targetList ?? [])
}
