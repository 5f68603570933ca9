// Migrations in, and which of them are judged; the hazards that their statements have, each where it stands, out: told by a replay, statement by statement.
import type {Hazard} from '../diff/model.ts'
import {HAZARDS} from '../diff/model.ts'
import {read} from '../diff/read.ts'
import type {Where} from '../errors.ts'
import type {Migration} from '../migrations/file.ts'
import {replay, type Watch} from '../migrations/replay.ts'
import type {Db} from '../postgres/db.ts'
import {placeOf, type Statement, split} from '../postgres/statements.ts'
import {connectMighty} from './copy.ts'
import {lossesIn, mayTake} from './loss.ts'
import {priced} from './priced.ts'
import {around, namesMentioned, shadowFor, type Workplace} from './sides.ts'

export interface JudgeRequest {
  /** all, in order */
  readonly migrations: readonly Migration[]
  /** versions of those that are judged */
  readonly meant: ReadonlySet<string>
  /** hazards that matter beside those that always do */
  readonly refused: ReadonlySet<string>
}

export interface Judged {
  readonly where: Where
  readonly hazard: Hazard
  /** a comment in the file says that it may be */
  readonly allowed: boolean
}

/** Those that a statement's price tells. */
const PRICED: ReadonlySet<string> = new Set(['rewrite', 'blocking-reads', 'blocking-writes', 'long-scan'])
/** Those that are told at all. */
export const TOLD: ReadonlySet<string> = new Set(['data-loss', 'time-zone', ...PRICED])

/** Statements that take no table in use. */
const QUIET =
  /^(Create(Function|Enum|Domain|Range|Schema|Role|Extension|Trig|Policy)Stmt|CreateStmt|CompositeTypeStmt|ViewStmt|CommentStmt|GrantStmt|GrantRoleStmt|VariableSetStmt|TransactionStmt|AlterOwnerStmt|RenameStmt|AlterEnumStmt|DefineStmt)$/

export async function judged(request: JudgeRequest, place: Workplace): Promise<Judged[]> {
  const {migrations, meant, refused} = request
  const isPriced = [...refused].some((name) => PRICED.has(name))
  const files = await Promise.all(
    migrations.map(async (migration) => {
      const {statements} = meant.has(migration.version) ? await split(migration.text, migration.path) : {statements: []}
      return {migration, takes: statements.some(mayTake), costs: isPriced && statements.some(({kind}) => !QUIET.test(kind))}
    }),
  )
  const last = files.findLastIndex(({takes, costs}) => takes || costs)
  if (last === -1) return []
  const needed = migrations.slice(0, last + 1)
  const {extensionsIn} = await import('../shadow/load.ts')
  const sources = needed.map(({path, text}) => ({path, text, holdsFunctions: false}))
  const shadow = await shadowFor(await extensionsIn(sources), false, place)
  const database = await shadow.create()
  const db = await connectMighty(database, place.target, await namesMentioned(needed))
  place.tell('looking for hazards in migrations')
  const found: Judged[] = []
  try {
    await (await around(shadow, place)).load(db)
    const watch = watching(db, new Map(files.map((file) => [file.migration, file])), refused, place, found)
    await replay(db, needed, {isGuest: shadow.engine === 'server', watch})
  } finally {
    await db.close()
    await database.drop()
  }
  return found
}

interface Looked {
  readonly takes: boolean
  readonly costs: boolean
}

function watching(
  db: Db,
  files: ReadonlyMap<Migration, Looked>,
  refused: ReadonlySet<string>,
  place: Workplace,
  found: Judged[],
): Watch {
  const losses = lossesIn(db)
  let before: Awaited<ReturnType<typeof read>> | undefined
  return {
    async begin(migration) {
      const {takes, costs} = files.get(migration)!
      if (takes) await losses.begin()
      before = costs ? await read(db) : undefined
      return takes || costs
    },
    isMeant: (statement) => mayTake(statement),
    async after(statement, migration, above) {
      if (!files.get(migration)!.takes) return
      const allowed = allowedBy(statement, above)
      const where = placeOf(migration.text, statement.start, migration.path)
      for (const hazard of await losses.after(statement)) found.push({where, hazard, allowed: allowed.has(hazard.name)})
    },
    async end(migration) {
      if (!before) return
      const {steps} = await priced([migration], before, await read(db), place)
      const {statements} = await split(migration.text, migration.path)
      for (const {line, step} of steps) {
        const at = statements.findIndex((one) => one.line === line && one.sql === step.sql)
        const allowed = allowedBy(statements[at]!, beginOf(statements, at))
        const where = placeOf(migration.text, statements[at]!.start, migration.path)
        for (const hazard of step.hazards)
          if (refused.has(hazard.name) && PRICED.has(hazard.name)) found.push({where, hazard, allowed: allowed.has(hazard.name)})
      }
    },
  }
}

function beginOf(statements: readonly Statement[], at: number): Statement | undefined {
  const last = statements
    .slice(0, at)
    .findLast(({kind, node}) => kind === 'TransactionStmt' && !/SAVEPOINT|RELEASE|ROLLBACK_TO/.test(node.kind))
  return /BEGIN|START/.test(last?.node.kind ?? '') ? last : undefined
}

const MARK = /^\s*(?:--|\/\*)\s*pgext:allow\s+(.*)$/s

/** `-- pgext:allow data-loss, rewrite` above it, or above the BEGIN of its transaction. */
function allowedBy(statement: Statement, above: Statement | undefined): ReadonlySet<string> {
  const comments = [...statement.comments, ...(above?.comments ?? [])]
  const words = comments.flatMap(({text}) => MARK.exec(text)?.[1]?.split(/[\s,*/]+/) ?? [])
  const known: readonly string[] = HAZARDS
  return new Set(words.filter((word) => known.includes(word)))
}
