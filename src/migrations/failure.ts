// What went wrong while a migration was applied in; the error that says where, what is committed, and how to go on, out.
import {PgextError} from '../errors.ts'
import {placeOf, type Statement} from '../postgres/statements.ts'
import type {Block} from './block.ts'
import type {Migration} from './file.ts'
import {placed} from './run.ts'
import type {MigrationStatus} from './status.ts'

export function isLost(error: unknown): boolean {
  return error instanceof PgextError && error.code === 'connection-lost'
}

export interface Progress {
  readonly migration: Migration
  readonly block: Block
  readonly blocks: readonly Block[]
  /** numbers of the blocks that are committed */
  readonly done: ReadonlySet<number>
  /** somebody asked to stop */
  readonly isStopped: boolean
}

/** SQLSTATEs of a cancelled statement, and of a lock that was not waited for any longer */
const CUT_SHORT = new Set(['57014', '55P03', '40P01'])

/** A block or procedure that has a COMMIT in it: when it fails, a part of it may be there to stay. */
export function commitsItself({kind, statements}: Block): boolean {
  return kind === 'lone' && ['DoStmt', 'CallStmt'].includes(statements[0]!.kind)
}

/** What else fails meanwhile is told as it is. */
function isOfStop(error: unknown): boolean {
  if (!(error instanceof PgextError)) return error instanceof Error && error.name === 'AbortError'
  return error.code === 'stopped' || CUT_SHORT.has(error.sqlstate ?? '')
}

const AGAIN = 'then run the same command again: it goes on after what is committed'

export function failed(error: unknown, {migration, block, blocks, done, isStopped}: Progress): unknown {
  const first = block.begin ?? block.statements[0]!
  const committed = `${committedOf(blocks, done)}${commitsItself(block) ? '; how far this statement came, nobody knows' : ''}`
  if (isStopped && isOfStop(error)) {
    const left = [error instanceof PgextError && error.hint, hintOf(undefined, block.statements.at(-1)!, block)]
    return new PgextError('stopped', `stopped while applying ${migration.path} (${committed})`, {
      hint: [...left, 'run the same command again: it goes on after what is committed'].filter(Boolean).join('; '),
      where: placeOf(migration.text, first.start, migration.path),
      cause: error,
    })
  }
  // COMMIT fails without a place: a deferred constraint
  const said = placed(error, block.end ?? block.statements[0]!, migration)
  if (!(said instanceof PgextError)) return said
  if (isLost(said)) {
    // COMMIT may have arrived, and its answer not
    return new PgextError(
      said.code,
      `the connection was lost while applying ${migration.path} (${done.size > 0 ? 'at least ' : ''}${committed})`,
      {
        hint: `look at the server log, ${AGAIN}`,
        where: placeOf(migration.text, first.start, migration.path),
        cause: said,
        sqlstate: said.sqlstate,
      },
    )
  }
  const twice = done.size === 0 && THERE.has(said.sqlstate ?? '') && madeByHand(migration)
  const hint = [said.hint, twice, hintOf(said.sqlstate, block.statements.at(-1)!, block)].filter(Boolean).join('; ') || undefined
  return new PgextError(said.code, `${said.message} (${committed})`, {
    hint,
    where: said.where,
    cause: said,
    sqlstate: said.sqlstate,
  })
}

/** SQLSTATEs of what can't be made, since something of that name is there: schemas, tables, columns, functions, all else */
const THERE = new Set(['42P06', '42P07', '42701', '42723', '42710'])

const madeByHand = ({version}: Migration): string =>
  `has somebody made it by hand? where all that this file does is there, pgext migrate:repair --applied ${version} says so, and compares first`

/** Outside transactions a failure may leave a half; it is said what the next run does with it. */
export function leftBehind(error: unknown, statements: readonly string[]): unknown {
  if (!(error instanceof PgextError)) return error
  const {code, message, where, sqlstate} = error
  const next = `it is half done, and could not be taken back now: the next run begins with ${statements.join('; ')}`
  const hint = [error.hint, next].filter(Boolean).join('; ')
  return new PgextError(code, message, {hint, where, sqlstate, cause: error})
}

function committedOf(blocks: readonly Block[], done: ReadonlySet<number>): string {
  const counted = blocks.filter(({kind}) => kind !== 'setting')
  const upTo = counted.filter(({number}) => done.has(number)).at(-1)
  if (!upTo) return 'nothing of this file is applied'
  const {line} = upTo.end ?? upTo.statements.at(-1)!
  return `${done.size} of its ${counted.length} parts are committed, up to line ${line}`
}

function hintOf(sqlstate: string | undefined, {kind, node}: Statement, block: Block): string | undefined {
  if (block.kind === 'lone' && kind === 'IndexStmt' && node.concurrent && !node.idxname) {
    return 'it may have left an index behind, invalid and under a name of PostgreSQL’s choice: drop it before you run again'
  }
  if (sqlstate === '55P03' || sqlstate === '40P01')
    return 'another session holds a lock that this needs: run the same command again when it is done'
  if (sqlstate === '57014') return 'it was cancelled, or a statement_timeout that the file sets ended it'
  if (sqlstate === '53100') return AGAIN
  if (sqlstate === '42501') return 'apply as a role that may do this'
  return undefined
}

export function edited(message: string): PgextError {
  return new PgextError('migration-changed', message, {
    hint: 'bring back what was applied (from version control), and write a new migration for the new change; where it is right as it is, pgext migrate:repair takes it so',
  })
}

export function unclear({path, text, version}: Migration, {statements}: Block): PgextError {
  const statement = statements[0]!
  return new PgextError('journal', `nobody knows how this statement of ${path} ended: ${firstLine(statement.sql)}`, {
    hint:
      'an earlier run began it outside a transaction, and it failed or was cut off. Look whether it took effect (an index may be there, but invalid: drop it). ' +
      `If it did: pgext migrate:repair --done ${version}; if it did not: pgext migrate:repair --undone ${version}; then run again`,
    where: placeOf(text, statement.start, path),
  })
}

/** Of no run of ours: somebody may be building it right now. */
export function standsInvalid(migration: Migration, {statements}: Block, drop: string): PgextError {
  const {node, start} = statements[0]!
  return new PgextError(
    'sql',
    `index ${node.idxname} is there already, and not valid: a build that failed left it, or is at work`,
    {
      hint: `when nobody builds it any more: ${drop}; then run again`,
      where: placeOf(migration.text, start, migration.path),
    },
  )
}

function firstLine(sql: string): string {
  const [line = '', ...rest] = sql.split('\n')
  return rest.length > 0 ? `${line} …` : line
}

/** What was written anew can't run where its earlier form has: some of it is there, and nobody knows what. */
function refuseFormer(all: readonly MigrationStatus[]): void {
  const found = all.flatMap(({migration, former}) =>
    former ? [`  ${migration!.path} stands for ${former.version}_${former.name}.sql, which is applied here`] : [],
  )
  if (found.length === 0) return
  throw new PgextError(
    'migration-changed',
    `a merge has changed what is applied here, and nothing was applied:\n${found.join('\n')}`,
    {
      hint: 'a database of your own is made anew by pgext db:reset; else bring what differs by pgext diff --sql, and say by pgext migrate:repair what is there',
    },
  )
}

/** One that came instead of several can do nothing where some of them are applied, and nothing beside them. */
export function refuseReplaced(all: readonly MigrationStatus[]): void {
  refuseFormer(all)
  const nameOf = (version: string) => all.find((one) => one.version === version)?.migration?.path
  for (const {standing, migration, replaced = [], row} of all) {
    const replaces = migration?.header.replaces ?? []
    if (standing === 'partial') {
      const has = new Set(replaced.map(({version}) => version))
      const lacks = replaces.flatMap(({version, within}) => (within || has.has(version) ? [] : [version]))
      const what = lacks.length > 0 ? `this database lacks ${lacks.join(', ')}` : 'some were edited since, or not finished'
      throw new PgextError('migration-changed', `${migration!.path} came instead of ${replaces.length} migrations, and ${what}`, {
        hint: 'check out the commit before the squash, apply the rest there with pgext migrate, and come back',
      })
    }
    const beside = replaces.flatMap(({version}) => nameOf(version) ?? [])
    if (beside.length > 0 && !row) {
      throw new PgextError('migration-changed', `${migration!.path} came instead of ${beside.join(', ')}, and both are there`, {
        hint: 'run pgext migrate:squash again, which takes the old ones away; or take the new one away',
      })
    }
  }
}
