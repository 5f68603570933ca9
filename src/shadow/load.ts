// A session on an empty throwaway database and source files in; the database filled, and what the files said beyond it, out.
import {setImmediate} from 'node:timers/promises'
import type {ObjectId} from '../diff/model.ts'
import {PgextError} from '../errors.ts'
import {type Db, SESSION} from '../postgres/db.ts'
import {tablespacesIn} from '../postgres/parse.ts'
import {quoteName} from '../postgres/quote.ts'
import {attachedBy, attachedSince, standing} from './attached.ts'
import {place, readDirectives} from './directives.ts'
import type {Loaded, SourceFile} from './model.ts'
import {isOwnExtension} from './own.ts'
import {placementOf} from './place.ts'
import {judgePublications} from './published.ts'
import {run} from './run.ts'
import {makeTablespaces} from './tablespace.ts'
import {openTheirs} from './theirs.ts'
import {granteesIn, look, owned, ownedOnTop, publicOn, rolesOf, routineMade, versioned} from './told.ts'
import {prepare, splitOnce, type Work, whereOf} from './work.ts'

export interface LoadOptions {
  /** functions that a SELECT may call: 'cron.schedule' */
  readonly calls: readonly string[]
  /** roles that files mention are made, without LOGIN, where they are absent; tablespaces too */
  readonly rolesMayBeMade: boolean
  /** a cluster nobody else uses: cluster-level statements run */
  readonly isolated: boolean
  /** what stands there already is replaced */
  readonly again?: boolean
  readonly external?: {
    /** loaded first; what they make is not the files' */
    readonly files?: readonly SourceFile[]
    readonly schemas?: readonly string[]
    readonly extensions?: readonly string[]
    /** extensions that can be made here: in those files others are passed over */
    readonly available?: ReadonlySet<string>
    /** what hangs on others' tables and is made by somebody else than those files */
    readonly own?: ReadonlySet<ObjectId>
  }
}

export async function load(db: Db, files: readonly SourceFile[], options: LoadOptions): Promise<Loaded> {
  const externalSchemas = new Set(options.external?.schemas ?? [])
  const prepared = await prepare(files, options.calls, new Set(options.external?.extensions ?? []), db.server)
  const {comments, notes} = prepared
  const all = options.again ? prepared.works.map(replacing) : prepared.works
  const directives = await readDirectives(all, comments)
  const works = options.isolated ? all : all.filter(({placement}) => placement.run !== 'cluster')
  const own = new Set([...(options.external?.own ?? []), ...works.flatMap(({statement}) => attachedBy(statement) ?? [])])
  const outside = (await prepare(options.external?.files ?? [], options.calls, new Set(), db.server)).works.filter(
    ({placement, statement: {kind, node}}) =>
      placement.run !== 'cluster' &&
      !own.has(attachedBy({kind, node})!) &&
      !(kind === 'CreateExtensionStmt' && options.external?.available?.has(node.extname) === false),
  )

  const {mentioned, created} = rolesOf(all)
  const needed = [...mentioned, ...rolesOf(outside).mentioned].filter((role) => !options.isolated || !created.has(role))
  await makeRoles(db, [...new Set(needed)], options.rolesMayBeMade)

  const placed = [...works, ...outside].flatMap((work) => tablespacesIn(work.statement.node).map((name) => ({name, work})))
  await makeTablespaces(
    db,
    placed.map(({name}) => name),
    options.rolesMayBeMade,
    (name) => placed.flatMap((one) => (one.name === name ? [whereOf(one.work.source, one.work.statement)] : []))[0],
  )

  if (outside.length > 0) await run(db, outside, externalSchemas)
  const before = outside.length > 0 ? await objectsThere(db) : []
  const there = outside.length > 0 ? await standing(db) : undefined
  const theirs = there && (await openTheirs(db, works, new Set([...externalSchemas, ...schemasMade(outside)])))
  const ran = await run(db, works, externalSchemas)

  const ask = <T>(of: (work: Work) => T | undefined) =>
    works.flatMap((work) => [of(work) ?? []].flat().map((item) => [ran.setups.get(work)!, item as T] as const))
  const makers = works.filter(({statement}) => routineMade(statement))
  const made = await look(
    db,
    ran,
    makers.map((work) => [ran.setups.get(work)!, routineMade(work.statement)!]),
  )
  const routines = makers.flatMap((work, at) => made[at]!.map(({id}) => ({id, work})))
  const owners = await look(
    db,
    ran,
    ask(({statement}) => owned(statement)),
  )
  const {renames, conversions} = await place(db, ran, directives)
  const filled = new Set(await schemasFilled(db, before))
  for (const schema of schemasMade(works, db.server.user)) filled.add(schema)
  for (const schema of externalSchemas) filled.delete(schema)
  await db.script(`reset all; ${SESSION}`)
  const attached = new Set(there ? await attachedSince(db, there) : [])
  const beyond = (await theirs?.(attached)) ?? []
  const published = await judgePublications(db, works)

  return {
    functions: new Set(routines.flatMap(({id, work}) => (work.source.holdsFunctions && !work.source.versioned ? [id] : []))),
    written: new Map(routines.map(({id, work}) => [id, {path: work.source.path, start: work.statement.start}])),
    rolesCreated: new Set([...created, ...publicOn(works)]),
    rolesMentioned: mentioned,
    grantees: new Set(works.flatMap(({statement}) => granteesIn(statement, db.server.user))),
    // files that hold nothing speak of the one schema that is always there
    schemas: filled.size > 0 ? filled : new Set(['public']),
    ownersSet: new Set([...owners.flat().map(({id}) => id), ...works.flatMap(({statement}) => ownedOnTop(statement) ?? [])]),
    attached,
    versions: new Set(works.flatMap(({statement}) => versioned(statement) ?? [])),
    renames,
    conversions,
    notes: [...notes, ...ran.notes, ...beyond, ...published, ...clusterNotes(all, works)],
  }
}

/** What it makes may stand there already. */
function replacing(work: Work): Work {
  const {statement} = work
  if (!routineMade(statement) || statement.node.replace) return work
  const [create, or] = ['CREATE', ' OR REPLACE']
  const sql = `${statement.sql.slice(0, create.length)}${or}${statement.sql.slice(create.length)}`
  return {...work, statement: {...statement, sql, node: {...statement.node, replace: true}}, inserted: or.length}
}

/** Do the files hold statements that change the cluster? Such files are loaded into a cluster of their own. */
export async function isClusterLevel(files: readonly SourceFile[]): Promise<boolean> {
  for (const file of files) {
    // a server may be starting meanwhile
    await setImmediate()
    const {statements} = await splitOnce(file)
    if (
      statements.some(
        (statement) => 'run' in placementOf(statement, []) && (placementOf(statement, []) as {run: string}).run === 'cluster',
      )
    )
      return true
  }
  return false
}

/** Names of the extensions that the files create: the shadow must have them. */
export async function extensionsIn(files: readonly SourceFile[]): Promise<string[]> {
  const all = await Promise.all(files.map(splitOnce))
  return all.flatMap(({statements}) =>
    statements.flatMap((statement) =>
      statement.kind === 'CreateExtensionStmt' && !isOwnExtension(statement) ? [statement.node.extname as string] : [],
    ),
  )
}

async function makeRoles(db: Db, roles: readonly string[], mayBeMade: boolean): Promise<void> {
  const rows = await db.query<{name: string}>(
    `select r.name from pg_catalog.json_array_elements_text($1::json) as r (name)
     where r.name not in (select rolname from pg_catalog.pg_roles) and r.name !~ '^pg_'`,
    [JSON.stringify(roles)],
  )
  if (rows.length === 0) return
  const names = rows.map(({name}) => name)
  if (!mayBeMade) {
    throw new PgextError(
      'role-missing',
      `the files mention ${names.length === 1 ? 'a role' : 'roles'} that the shadow's server lacks: ${names.join(', ')}`,
      {
        hint: 'create it there, or let pgext use a shadow of its own (unset SHADOW_DATABASE_URL, "shadow": "auto")',
      },
    )
  }
  for (const name of names) {
    try {
      await db.script(`create role ${quoteName(name)} nologin`)
      if (!db.server.superuser) await db.script(`grant ${quoteName(name)} to current_user`)
    } catch (error) {
      // another run made it meanwhile
      if (!(error instanceof PgextError) || (error.sqlstate !== '42710' && error.sqlstate !== '23505')) throw error
    }
  }
}

const OBJECTS = [
  ['pg_class', 'relnamespace'],
  ['pg_proc', 'pronamespace'],
  ['pg_type', 'typnamespace'],
  ['pg_operator', 'oprnamespace'],
  ['pg_opclass', 'opcnamespace'],
  ['pg_opfamily', 'opfnamespace'],
  ['pg_collation', 'collnamespace'],
  ['pg_conversion', 'connamespace'],
  ['pg_statistic_ext', 'stxnamespace'],
  ['pg_ts_config', 'cfgnamespace'],
  ['pg_ts_dict', 'dictnamespace'],
  ['pg_ts_parser', 'prsnamespace'],
  ['pg_ts_template', 'tmplnamespace'],
]
  .map(
    ([table, schema]) => `
      select x.${schema} as schema, '${table}/' || x.oid as object from pg_catalog.${table} x
      where x.oid >= 16384
        and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.${table}'::regclass and d.objid = x.oid and d.deptype = 'e')`,
  )
  .join(' union all ')

/** Addresses of what stands in the database, but extensions' members. */
async function objectsThere(db: Db): Promise<string[]> {
  return (await db.query(`select object from (${OBJECTS}) o`)).map(({object}) => object)
}

/** Schemas with objects in them, beyond those that stood there before. */
async function schemasFilled(db: Db, before: readonly string[]): Promise<string[]> {
  const rows = await db.query(
    `select distinct n.nspname as schema from (${OBJECTS}) o join pg_catalog.pg_namespace n on n.oid = o.schema
     where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and o.object not in (select pg_catalog.json_array_elements_text($1::json))`,
    [JSON.stringify(before)],
  )
  return rows.map(({schema}) => schema)
}

const schemasMade = (works: readonly Work[], user = ''): string[] =>
  works.flatMap(({statement: {kind, node}}) =>
    kind === 'CreateSchemaStmt' ? [node.schemaname ?? node.authrole?.rolename ?? user] : [],
  )

function clusterNotes(all: readonly Work[], run: readonly Work[]): string[] {
  const left = all.filter((work) => !run.includes(work))
  if (left.length === 0) return []
  const [first] = left
  return [
    `${first!.source.path}:${first!.statement.line}: ${left.length} statements about roles and other things of the cluster were not run for the shadow`,
  ]
}
