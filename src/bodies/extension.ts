// A PL/pgSQL routine and the function of plpgsql_check, where the database has that extension, in; what it finds beyond pgext's own check out.
import type {PgextError} from '../errors.ts'
import type {Db, Row} from '../postgres/db.ts'
import {quoteText} from '../postgres/quote.ts'
import type {Finding} from './model.ts'
import type {Routine} from './routine.ts'

/** Its name with its schema; undefined: the extension is not installed. */
export async function findChecker(db: Db): Promise<string | undefined> {
  const [row] = await db.query(CHECKER)
  return row?.name
}

const CHECKER = `
  select format('%I.%I', n.nspname, p.proname) as name
  from pg_catalog.pg_extension e
  join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'e'
  join pg_catalog.pg_proc p on d.classid = 'pg_catalog.pg_proc'::regclass and p.oid = d.objid and p.proname = 'plpgsql_check_function_tb'
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where e.extname = 'plpgsql_check'
  order by p.pronargs limit 1`

/** What pgext takes for an error is one; what only the extension does (it knows of no temporary tables) is a warning. */
export async function extensionFindings(
  db: Db,
  checker: string,
  path: string,
  routine: Routine,
  own: readonly Finding[],
): Promise<Finding[]> {
  const {body, tables} = routine
  const known = new Set(own.map(({at}) => at !== undefined && lineOf(body, at)))
  const found: Finding[] = []
  for (const table of tables.length > 0 ? tables : [undefined]) {
    for (const row of await ask(db, checker, path, routine, table?.name)) {
      const finding = findingOf(routine, row)
      if (finding.at !== undefined && known.has(lineOf(body, finding.at))) continue
      if (!found.some(({at, message}) => at === finding.at && message === finding.message)) found.push(finding)
    }
  }
  return found
}

/** Its own errors (it may not be run, or not like this) are not the routine's. */
async function ask(db: Db, checker: string, path: string, {oid}: Routine, table?: string): Promise<Row[]> {
  await db.script('savepoint pgext_checker')
  try {
    await db.query(`select set_config('search_path', $1, true)`, [path])
    const relation = table ? `, ${quoteText(table)}::pg_catalog.regclass` : ''
    return await db.query(`
      select lineno, sqlstate, message, hint, level, "position" as place, query from ${checker}(${oid}::oid${relation}, fatal_errors => false)`)
  } catch (error) {
    if ((error as PgextError).code === 'sql') return []
    throw error
  } finally {
    await db.script('rollback to pgext_checker')
  }
}

function findingOf({id, body}: Routine, {lineno, sqlstate, message, hint, level, place, query}: Row): Finding {
  const start = lineno ? startOf(body, lineno) : undefined
  const text = query && start !== undefined ? body.indexOf(query, start) : -1
  const at = text === -1 ? start : text + Math.max((place ?? 1) - 1, 0)
  const isSerious = level === 'error' || level === 'warning'
  return {
    routine: id,
    level: isSerious ? 'warning' : 'note',
    rule: 'plpgsql-check',
    message,
    hint: hint ?? undefined,
    sqlstate,
    at,
  }
}

const lineOf = (body: string, at: number): number => body.slice(0, at).split('\n').length

function startOf(body: string, line: number): number {
  const lines = body.split('\n')
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
  const text = lines[line - 1] ?? ''
  return before + text.length - text.trimStart().length
}
