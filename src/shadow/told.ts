// Loaded work in; what the files said of functions, owners, roles and schemas, as ids and names, out.
import {idOf} from '../diff/id.ts'
import type {ObjectId} from '../diff/model.ts'
import type {Db} from '../postgres/db.ts'
import {inputTypes, rangeName, rolesIn, strings, type Tree, typeText} from '../postgres/parse.ts'
import {quoteNames} from '../postgres/quote.ts'
import type {Run} from './run.ts'
import type {Setup, Work} from './work.ts'

/** A name as a file wrote it, to be looked up under the settings of its place. */
export interface Reference {
  readonly what: 'relation' | 'routine' | 'routines' | 'type' | 'schema' | 'operator' | keyof typeof CATALOGS
  /** as to_regclass and its like read it */
  readonly text: string
}

export interface Found {
  readonly id: ObjectId
  readonly kind: string
  readonly name: readonly string[]
  readonly signature?: string
}

/** References in, the objects they mean out (none for what is gone); one look-up per set of settings. */
export async function look(db: Db, run: Run, asked: readonly (readonly [Setup, Reference])[]): Promise<Found[][]> {
  const bySetup = new Map<Setup, [number, Reference][]>()
  for (const [n, [setup, reference]] of asked.entries()) bySetup.set(setup, [...(bySetup.get(setup) ?? []), [n, reference]])
  const found: Found[][] = asked.map(() => [])
  for (const [setup, entries] of bySetup) {
    await run.enter(setup)
    const rows = await db.query(LOOK, [JSON.stringify(entries.map(([n, reference]) => ({n, ...reference})))])
    for (const {n, kind, name, signature} of await describe(db, run, rows)) {
      found[n]!.push({
        id: kind === 'schema' ? idOf(kind, [name[0]]) : idOf(kind, name, signature ?? ''),
        kind,
        name,
        ...(signature && {signature}),
      })
    }
  }
  return found
}

/** Kinds that PostgreSQL has no regclass for: their catalogs, the prefix of their columns, and what their signature is. */
const CATALOGS = {
  collation: ['pg_collation', 'coll', 'null'],
  conversion: ['pg_conversion', 'con', 'null'],
  statistics: ['pg_statistic_ext', 'stx', 'null'],
  'text search dictionary': ['pg_ts_dict', 'dict', 'null'],
  'text search configuration': ['pg_ts_config', 'cfg', 'null'],
  'text search parser': ['pg_ts_parser', 'prs', 'null'],
  'text search template': ['pg_ts_template', 'tmpl', 'null'],
  'operator class': [
    'pg_opclass',
    'opc',
    `' USING ' || (select pg_catalog.quote_ident(m.amname) from pg_catalog.pg_am m where m.oid = x.opcmethod)`,
  ],
  'operator family': [
    'pg_opfamily',
    'opf',
    `' USING ' || (select pg_catalog.quote_ident(m.amname) from pg_catalog.pg_am m where m.oid = x.opfmethod)`,
  ],
} as const

const LOOK = `
  select r.n, 'c' as class, pg_catalog.to_regclass(r.text)::oid as oid from q r where r.what = 'relation'
  union all select r.n, 't', pg_catalog.to_regtype(r.text)::oid from q r where r.what = 'type'
  union all select r.n, 'n', pg_catalog.to_regnamespace(r.text)::oid from q r where r.what = 'schema'
  union all select r.n, 'p', pg_catalog.to_regprocedure(r.text)::oid from q r where r.what = 'routine'
  union all select r.n, 'p', p.oid from q r, pg_catalog.pg_proc p where r.what = 'routines' and r.text = any (array[
    pg_catalog.quote_ident(p.proname),
    p.pronamespace::regnamespace || '.' || pg_catalog.quote_ident(p.proname)]) and (r.text like '%.%' or pg_catalog.pg_function_is_visible(p.oid))
  union all select r.n, 'operator', pg_catalog.to_regoperator(r.text)::oid from q r where r.what = 'operator'
  ${Object.entries(CATALOGS)
    .map(
      ([what, [catalog, prefix, signature]]) => `union all
  select r.n, '${what}', x.oid from q r, pg_catalog.${catalog} x, pg_catalog.pg_namespace n where n.oid = x.${prefix}namespace and r.what = '${what}' and r.text = any (
    select s.name || ${signature === 'null' ? `''` : signature} from (values
      (pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(x.${prefix}name)),
      (case when n.nspname = any (pg_catalog.current_schemas(true)) then pg_catalog.quote_ident(x.${prefix}name) end)) s (name))`,
    )
    .join('\n  ')}`.replace(
  /^/,
  'with q as (select * from pg_catalog.json_to_recordset($1::json) as q (n int, what text, text text))',
)

/** Types print under an empty search_path, as everywhere in pgext. */
async function describe(db: Db, run: Run, rows: readonly Record<string, any>[]): Promise<Record<string, any>[]> {
  const there = rows.filter(({oid}) => oid !== null)
  if (there.length === 0) return []
  await run.enter(BARE)
  return db.query(
    `with q as (select * from pg_catalog.json_to_recordset($1::json) as q (n int, class text, oid oid))
     select q.n, case c.relkind when 'r' then 'table' when 'p' then 'table' when 'v' then 'view' when 'm' then 'materialized view'
         when 'S' then 'sequence' when 'i' then 'index' when 'I' then 'index' when 'f' then 'foreign table' when 'c' then 'composite type' end as kind,
       to_json(array[n.nspname, c.relname]) as name, null as signature
     from q join pg_catalog.pg_class c on q.class = 'c' and c.oid = q.oid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     union all
     select q.n, case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'r' then 'range type' when 'c' then 'composite type' when 'b' then 'base type' when 'p' then 'shell type' else 'type' end,
       to_json(array[n.nspname, t.typname]), null
     from q join pg_catalog.pg_type t on q.class = 't' and t.oid = q.oid join pg_catalog.pg_namespace n on n.oid = t.typnamespace
     union all
     select q.n, case p.prokind when 'a' then 'aggregate' when 'p' then 'procedure' else 'function' end, to_json(array[n.nspname, p.proname]),
       '(' || coalesce((select pg_catalog.string_agg(pg_catalog.format_type(a.type, null), ', ' order by a.place)
                        from pg_catalog.unnest(p.proargtypes) with ordinality a (type, place)), '') || ')'
     from q join pg_catalog.pg_proc p on q.class = 'p' and p.oid = q.oid join pg_catalog.pg_namespace n on n.oid = p.pronamespace
     union all
     select q.n, 'operator', to_json(array[n.nspname, o.oprname]), '(' || case when o.oprleft = 0 then 'NONE'
         else pg_catalog.format_type(o.oprleft, null) end || ', ' || pg_catalog.format_type(o.oprright, null) || ')'
     from q join pg_catalog.pg_operator o on q.class = 'operator' and o.oid = q.oid join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
     ${Object.entries(CATALOGS)
       .map(
         ([what, [catalog, prefix, signature]]) => `union all
     select q.n, '${what}', to_json(array[n.nspname, x.${prefix}name]), ${signature}
     from q join pg_catalog.${catalog} x on q.class = '${what}' and x.oid = q.oid join pg_catalog.pg_namespace n on n.oid = x.${prefix}namespace`,
       )
       .join('\n     ')}
     union all
     select q.n, 'schema', to_json(array[n.nspname]), null
     from q join pg_catalog.pg_namespace n on q.class = 'n' and n.oid = q.oid`.replaceAll(
      'to_json(array',
      'pg_catalog.to_json(array',
    ),
    [JSON.stringify(there)],
  )
}

const BARE: Setup = {sets: ["set search_path = ''"]}

/** What a statement of functions/ makes. */
export function routineMade({kind, node}: Work['statement']): Reference | undefined {
  if (kind === 'CreateFunctionStmt') return routine(strings(node.funcname), inputTypes(node.parameters, quoteNames))
  if (kind !== 'DefineStmt' || node.kind !== 'OBJECT_AGGREGATE') return undefined
  const parameters = node.args?.[0]?.List?.items
  // the old syntax names the types in its options
  return routine(strings(node.defnames), node.oldstyle ? undefined : inputTypes(parameters, quoteNames))
}

/** Whose owner a statement sets. */
export function owned({kind, node}: Work['statement']): Reference | undefined {
  if (kind === 'CreateSchemaStmt' && node.authrole)
    return {what: 'schema', text: quoteNames(node.schemaname ?? node.authrole.rolename)}
  if (kind === 'AlterTableStmt') {
    const sets = node.cmds.some((cmd: Tree) => cmd.AlterTableCmd?.subtype === 'AT_ChangeOwner')
    return sets ? {what: 'relation', text: quoteNames(...rangeName(node.relation))} : undefined
  }
  if (kind !== 'AlterOwnerStmt') return undefined
  if (node.object?.ObjectWithArgs && /FUNCTION|PROCEDURE|ROUTINE|AGGREGATE/.test(node.objectType)) {
    const {objname, objargs, args_unspecified} = node.object.ObjectWithArgs
    const types = (objargs ?? []).map((type: Tree) => typeText(type.TypeName, quoteNames))
    return routine(strings(objname), args_unspecified || types.includes(undefined) ? undefined : types.join(', '))
  }
  if (node.objectType === 'OBJECT_SCHEMA') return {what: 'schema', text: quoteNames(node.object.String.sval)}
  if (node.objectType === 'OBJECT_TYPE' || node.objectType === 'OBJECT_DOMAIN') {
    return {what: 'type', text: quoteNames(...strings(node.object.List?.items ?? node.object.TypeName?.names))}
  }
  if (node.objectType === 'OBJECT_OPERATOR') {
    const {objname, objargs} = node.object.ObjectWithArgs
    const types = objargs.map((type: Tree) => (type.TypeName ? typeText(type.TypeName, quoteNames) : 'NONE'))
    const name = strings(objname)
    return {what: 'operator', text: `${name.length > 1 ? `${quoteNames(name[0]!)}.` : ''}${name.at(-1)}(${types.join(', ')})`}
  }
  const what = OWNED[node.objectType]
  if (!what) return undefined
  const parts = strings(node.object.List?.items)
  if (!what.startsWith('operator')) return {what, text: quoteNames(...parts)}
  const [method, ...name] = parts
  return {what, text: `${quoteNames(...name)} USING ${quoteNames(method!)}`}
}

const OWNED: Record<string, keyof typeof CATALOGS> = {
  OBJECT_COLLATION: 'collation',
  OBJECT_CONVERSION: 'conversion',
  OBJECT_STATISTIC_EXT: 'statistics',
  OBJECT_TSDICTIONARY: 'text search dictionary',
  OBJECT_TSCONFIGURATION: 'text search configuration',
  OBJECT_OPCLASS: 'operator class',
  OBJECT_OPFAMILY: 'operator family',
}

/** The extension whose version a statement says: VERSION '1.5', UPDATE TO '1.6'. */
export function versioned({kind, node}: Work['statement']): string | undefined {
  if (kind !== 'CreateExtensionStmt' && kind !== 'AlterExtensionStmt') return undefined
  return node.options?.some((option: Tree) => option.DefElem?.defname === 'new_version') ? node.extname : undefined
}

/** What has no schema needs no look-up. */
export function ownedOnTop({kind, node}: Work['statement']): ObjectId | undefined {
  const what = kind === 'AlterOwnerStmt' ? ON_TOP[node.objectType] : undefined
  return what === undefined ? undefined : idOf(what, [node.object.String.sval])
}

const ON_TOP: Record<string, string> = {
  OBJECT_PUBLICATION: 'publication',
  OBJECT_EVENT_TRIGGER: 'event trigger',
  OBJECT_FDW: 'foreign data wrapper',
  OBJECT_FOREIGN_SERVER: 'foreign server',
  OBJECT_LANGUAGE: 'language',
  OBJECT_SUBSCRIPTION: 'subscription',
}

export function granteesIn({kind, node}: Work['statement'], user: string): string[] {
  const grant = kind === 'GrantStmt' ? node : kind === 'AlterDefaultPrivilegesStmt' ? node.action : undefined
  return (grant?.grantees ?? []).map(({RoleSpec}: Tree) => {
    if (RoleSpec.roletype === 'ROLESPEC_PUBLIC') return 'public'
    return RoleSpec.roletype === 'ROLESPEC_CSTRING' ? RoleSpec.rolename : user
  })
}

export function rolesOf(works: readonly Work[]): {mentioned: Set<string>; created: Set<string>} {
  const created = works.flatMap(({statement: {kind, node}}) => (kind === 'CreateRoleStmt' ? [node.role as string] : []))
  const mentioned = works.flatMap(({statement}) => rolesIn(statement.node))
  return {mentioned: new Set([...mentioned, ...created]), created: new Set(created)}
}

/** What is read of the cluster beside the roles that files make: everyone's privileges on parameters, and memberships, that they name. */
export function publicOn(works: readonly Work[]): string[] {
  return [...parametersOf(works), ...membershipsOf(works)]
}

/** As their reader asks for them; those of roles that files make come with the roles. */
function membershipsOf(works: readonly Work[]): string[] {
  const {created} = rolesOf(works)
  return works.flatMap(({statement: {kind, node}}) => {
    if (kind !== 'GrantRoleStmt') return []
    const groups = (node.granted_roles as Tree[]).map(({AccessPriv}) => AccessPriv.priv_name as string)
    const members = (node.grantee_roles as Tree[]).flatMap(({RoleSpec}) => (RoleSpec.rolename as string | undefined) ?? [])
    const isTold = (member: string, group: string) => created.has(member) && (created.has(group) || group.startsWith('pg_'))
    return members.flatMap((member) => groups.flatMap((group) => (isTold(member, group) ? [] : [`member ${member} of ${group}`])))
  })
}

function parametersOf(works: readonly Work[]): string[] {
  return works.flatMap(({statement: {kind, node}}) => {
    if (kind !== 'GrantStmt' || node.objtype !== 'OBJECT_PARAMETER_ACL') return []
    if (!node.grantees.some(({RoleSpec}: Tree) => RoleSpec.roletype === 'ROLESPEC_PUBLIC')) return []
    return strings(node.objects).map((name) => `public on ${name.toLowerCase()}`)
  })
}

function routine(name: string[], types: string | undefined): Reference {
  return types === undefined
    ? {what: 'routines', text: quoteNames(...name)}
    : {what: 'routine', text: `${quoteNames(...name)}(${types})`}
}
