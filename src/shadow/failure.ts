// What PostgreSQL said about a statement in; whether to try again, or an error at its place in the file, out.
import {PgextError, type Where} from '../errors.ts'
import {isLostInside} from '../postgres/error.ts'
import {namesIn} from '../postgres/parse.ts'
import {makes} from './subject.ts'
import {type Work, whereOf} from './work.ts'

/**
 * What a later statement may still bring: a missing table (42P01), column (42703), type, role or index (42704), function or
 * operator (42883), schema (3F000), key for a foreign key (42830) or for GROUP BY (42803), cast (42846, 42804), a table's new
 * column in a function's result (42P13) or a partition's index (55000); a thing of another sort under that name (42809).
 */
const MISSING = new Set('42P01 42703 42704 42883 3F000 42830 42803 42846 42804 42P13 42P10 55000 42809'.split(' '))

export function mayWait(work: Work, error: PgextError): boolean {
  return work.placement.run !== 'place' && work.placement.run !== 'setting' && MISSING.has(error.sqlstate ?? '')
}

/** Errors that leave the state as the statement wants it: what it makes is there from the start. */
export function isHarmless({statement: {kind, node}}: Work, {sqlstate}: PgextError, external: ReadonlySet<string>): boolean {
  if (kind === 'CreateSchemaStmt') return sqlstate === '42P06' && (node.schemaname === 'public' || external.has(node.schemaname))
  if (kind === 'CreateExtensionStmt') return sqlstate === '42710' && node.extname === 'plpgsql'
  // a comment on plpgsql, as pg_dump writes it, needs its owner
  if (kind === 'CommentStmt') return sqlstate === '42501' && node.objtype === 'OBJECT_EXTENSION'
  if (kind === 'CreateRoleStmt') return sqlstate === '42710'
  return false
}

const EARLY = 'this statement runs at its place in the order of files: put it below what it needs'
const UNLABELLED = 'a provider of labels is a library that the server loads: set SHADOW_DATABASE_URL to a server that does'

const LOST =
  'a function that this calls names it without its schema: qualify it there, or give the function SET search_path ' +
  '(from 17 on PostgreSQL builds indexes and materialized views under pg_catalog, pg_temp alone)'

/** The error at its place; `shift`: characters by which the first line was longer when it was sent. */
export function locate(work: Work, error: PgextError, shift = 0): PgextError {
  if (error.code === 'connection-lost') return error
  const {statement, source} = work
  const missing = statement.kind === 'CreateExtensionStmt' && (error.sqlstate === '0A000' || error.sqlstate === '58P01')
  const where = missing ? whereOf(source, statement) : placeIn(work, error.where, shift)
  if (missing) {
    return new PgextError(
      'extension-missing',
      `the extension ${statement.node.extname} is not available where pgext loads the files`,
      {
        hint:
          'three ways out: set SHADOW_DATABASE_URL to a server that has it; or set "shadow": "target" in pgext.json, to use the target\'s server; ' +
          'or list it under "external" in pgext.json and let `pgext external` copy what it made',
        where,
        cause: error,
        sqlstate: error.sqlstate,
      },
    )
  }
  const early = work.placement.run === 'place' && MISSING.has(error.sqlstate ?? '')
  const unlabelled = statement.kind === 'SecLabelStmt' && error.sqlstate === '22023'
  const lost = statement.kind !== 'CreateFunctionStmt' && isLostInside(error)
  const hint = early ? EARLY : unlabelled ? UNLABELLED : lost ? LOST : error.hint
  return new PgextError('bad-sql', error.message, {hint, where, cause: error, sqlstate: error.sqlstate})
}

/** The cause among many: one that needs nothing another of them would have made; else the first. */
export function firstCause(failed: readonly (readonly [Work, PgextError])[]): PgextError {
  const made = new Set(failed.flatMap(([work]) => makes(work.statement)?.at(-1) ?? []))
  const cause =
    failed.find(([{statement}]) => {
      const own = makes(statement)?.at(-1)
      return !namesIn(statement.node).some((name) => name.some((part) => part !== own && made.has(part)))
    }) ?? failed[0]!
  const error = cause[1]
  if (failed.length === 1) return error
  const more = failed.length === 2 ? '1 more statement fails' : `${failed.length - 1} more statements fail`
  const hint = error.hint ? `${error.hint}; ${more}` : `${more}, perhaps for the same reason`
  return new PgextError(error.code, error.message, {hint, where: error.where, cause: error.cause, sqlstate: error.sqlstate})
}

function placeIn({statement, source, isOther, inserted = 0}: Work, within: Where | undefined, shift: number): Where {
  if (!within || isOther) return whereOf(source, statement)
  const line = statement.line + within.line - 1
  const column = within.line === 1 ? statement.column + Math.max(0, within.column - 1 - shift - inserted) : within.column
  return {file: source.path, line, column, text: source.text.split('\n')[line - 1]}
}
