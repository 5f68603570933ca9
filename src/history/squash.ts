// Migrations that follow one another in; one that does the same on an empty database, proven by what both leave there, out.
import {compare} from '../diff/compare.ts'
import type {Change} from '../diff/model.ts'
import {read} from '../diff/read.ts'
import {relabel} from '../diff/relabel.ts'
import {renderSql} from '../diff/render.ts'
import {PgextError} from '../errors.ts'
import {isSetting, statementsOf} from '../migrations/block.ts'
import {type Migration, migrationFrom} from '../migrations/file.ts'
import {headerOf, type Replaced} from '../migrations/header.ts'
import {replay} from '../migrations/replay.ts'
import {rangeName, type Tree} from '../postgres/parse.ts'
import {quoteNames} from '../postgres/quote.ts'
import {type Statement, scriptOf} from '../postgres/statements.ts'
import {extensionsIn} from '../shadow/load.ts'
import {connectMighty} from '../walk/copy.ts'
import {differenceOf} from '../walk/difference.ts'
import type {Difference} from '../walk/model.ts'
import {type Known, namesMentioned, openMigrations, shadowFor, type Workplace} from '../walk/sides.ts'
import {heldIn, unlike} from './rows.ts'

export interface SquashRequest {
  /** that stay, and come first */
  readonly before: readonly Migration[]
  readonly range: readonly Migration[]
  /** of the new one */
  readonly path: string
  /** statements that make rows are taken over as they are */
  readonly keep: boolean
}

export interface Squash {
  readonly migration: Migration
  readonly difference: Difference
  /** statements that make or change rows, or do what nobody can see: not taken over */
  readonly left: readonly Statement[]
  /** tables and sequences that would hold something else in a new database */
  readonly lost: readonly string[]
  /** with other values, as these are times or made at random */
  readonly near: readonly string[]
  readonly major: number
}

const MAKES_ROWS = new Set([
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'TruncateStmt',
  'CopyStmt',
  'SelectStmt',
  'CallStmt',
])
const OF_CLUSTER = new Set([
  'CreateRoleStmt',
  'AlterRoleStmt',
  'DropRoleStmt',
  'GrantRoleStmt',
  'AlterRoleSetStmt',
  'CreateTableSpaceStmt',
])

export async function squash({before, range, path, keep}: SquashRequest, place: Workplace): Promise<Squash> {
  // where extensions have to be there from the start, the state without them is to get them, too
  const sources = [...before, ...range].map(({path, text}) => ({path, text, holdsFunctions: false}))
  await shadowFor(await extensionsIn(sources), false, place)
  const current = await openMigrations(before, place, new Set())
  const desired = await openMigrations([...before, ...range], place, new Set())
  const difference = await differenceOf({current, desired, roles: new Set()}, OPTIONS, everything(place))
  const {plan} = difference
  const {major} = desired.catalog.server
  const parts = await partsOf(range, major)
  const header = headerOf({from: plan.from, to: plan.to, replaces: replacedBy(range)})
  // roles are the server's, and no state has them: what is said of them is said again
  const head = textOf(parts.cluster, 'of roles and other things of the server')
  const shape = renderSql(plan, {transactions: true, allowed: place.project.settings.refuse})
  place.tell('replaying both')
  // the first one makes the roles: what is said of them is not said twice on one server
  const old = await stateOf(desired, [...before, ...range], [], place)
  const made = async (kept: readonly Statement[]): Promise<Squash> => {
    const sql = `${shape}${textOf(kept, 'of rows')}`
    const fresh = await stateOf(current, before, [migrationFrom(path, `${header}\n${sql}`)], place)
    const otherwise = compare(fresh.catalog, old.catalog)
    if (otherwise.length > 0) throw unproven(otherwise)
    const migration = migrationFrom(path, `${header}\n${head}${sql}`)
    const left = parts.rows.filter((one) => !kept.includes(one))
    return {migration, difference, left, ...unlike(old.held, fresh.held), major}
  }
  const bare = await made([])
  const tables = new Set([...bare.lost, ...bare.near])
  if (!keep || tables.size === 0) return bare
  return made(parts.rows.filter((one) => concerns(one, tables)))
}

/** Statements that make rows in these tables, or nobody can say in which. */
function concerns({kind, node}: Statement, tables: ReadonlySet<string>): boolean {
  if (!OF_ONE_TABLE.has(kind)) return true
  const name = rangeName(node.relation as Tree)
  return tables.has(quoteNames(...(name.length === 1 ? ['public', ...name] : name)))
}

const OF_ONE_TABLE = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'])

const OPTIONS = {from: 'migrations:none', to: 'migrations', online: false, prove: true, allow: new Set<string>()}

/** What a project leaves alone elsewhere is in its migrations all the same. */
function everything(place: Workplace): Workplace {
  const {settings} = place.project
  const external = {schemas: [], extensions: []}
  return {...place, project: {...place.project, settings: {...settings, ignore: [], external, ownership: 'strict'}}}
}

async function stateOf(state: Known, made: readonly Migration[], more: readonly Migration[], place: Workplace) {
  const database = await state.clone()
  const db = await connectMighty(database, place.target, await namesMentioned([...made, ...more]))
  try {
    await replay(db, more, {isGuest: database.shadow.engine === 'server'}).catch(refused)
    const user = db.server.user
    return {catalog: relabel(await read(db), user, place.target?.server.user ?? user), held: await heldIn(db)}
  } finally {
    await db.close()
    await database.drop()
  }
}

async function partsOf(range: readonly Migration[], major: number) {
  const rows: Statement[] = []
  const cluster: Statement[] = []
  for (const migration of range) {
    const isOurs = migration.header.format !== undefined
    for (const statement of await statementsOf(migration, major)) {
      if (OF_CLUSTER.has(statement.kind)) cluster.push(statement)
      else if (MAKES_ROWS.has(statement.kind) && !isSetting(statement)) rows.push(statement)
      else if (statement.kind === 'DoStmt' && !isOurs) rows.push(statement)
    }
  }
  return {rows, cluster}
}

function textOf(statements: readonly Statement[], what: string): string {
  if (statements.length === 0) return ''
  const texts = statements.map((one) => `-- ${one.file}:${one.line}\n${scriptOf([one])}`)
  return `\n-- what the migrations before said ${what}, as it was\n\n${texts.join('\n')}\n`
}

/** Each, and what it had come instead of itself. */
function replacedBy(range: readonly Migration[]): Replaced[] {
  return range.flatMap(({version, checksum, header}) => [
    {version, checksum},
    ...(header.replaces ?? []).map((one) => ({...one, within: one.within ?? version})),
  ])
}

function unproven(left: readonly Change[]): PgextError {
  const ids = left.slice(0, 10).map((change) => `  ${change.verb === 'drop' ? change.from.id : change.to.id}`)
  return new PgextError(
    'proof-failed',
    `one migration would make another state than these do; these differ:\n${ids.join('\n')}`,
    {
      hint: 'nothing was written; --to VERSION squashes those before the one that makes them',
    },
  )
}

function refused(error: unknown): never {
  if (!(error instanceof PgextError) || !error.where) throw error
  const {code, message, where, sqlstate} = error
  throw new PgextError(code, `the new migration fails on an empty database, and nothing was written: ${message}`, {
    hint: 'a statement that was kept may rely on a state that is no longer passed through: put rows into seed.sql, and squash without --keep',
    where,
    cause: error,
    ...(sqlstate && {sqlstate}),
  })
}
