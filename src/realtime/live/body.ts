// Functions whose bodies are texts in; of those that are surely understood, the same as functions in standard SQL, whose needs PostgreSQL notes, out.
// They are made in a transaction that is rolled back.
import {catalogsOf} from '../../bodies/catalogs.ts'
import {Types} from '../../bodies/kind.ts'
import {type Means, statementsOf} from '../../bodies/plpgsql/check.ts'
import {type Routine, readBodies} from '../../bodies/routine.ts'
import {inSession} from '../../bodies/session.ts'
import {plpgsqlUnit} from '../../bodies/uses/unit.ts'
import {isPolymorphic, variantsOf} from '../../bodies/variant.ts'
import {PgextError} from '../../errors.ts'
import type {Db} from '../../postgres/db.ts'
import {quoteName} from '../../postgres/quote.ts'
import {splitStatements} from '../../postgres/statements.ts'

export interface Made {
  /** the function's */
  readonly of: number
  /** that of what was made of it */
  readonly oid: number
  /** which columns it reads is not known: all of them */
  readonly isWhole: boolean
  /** it runs with its owner's rights */
  readonly isDefiner: boolean
}

interface Draft extends Omit<Made, 'oid'> {
  readonly name: string
  readonly path: string
  /** behind its name, up to its body */
  readonly head: string
  readonly body: string
}

/** @param oids of functions in SQL and PL/pgSQL @param plain the search_path that they are called under */
export async function makeBodies(db: Db, oids: readonly number[], plain: string): Promise<Made[]> {
  const wanted = new Set(oids)
  const routines = (await readBodies(db, wanted)).filter(({isAtomic}) => !isAtomic)
  const sure: Routine[] = []
  for (const routine of routines) if (await isPathSure(db, routine, plain)) sure.push(routine)
  const pathOf = ({settings}: Routine) => settings.search_path ?? plain
  const heads = await headsOf(db, sure)
  const texts = await Promise.all(
    sure
      .filter(({language}) => language === 'sql')
      .map(async (routine): Promise<Draft> => {
        const statements = await splitStatements(routine.body, '').catch(() => undefined)
        // what can't be read is left for PostgreSQL to refuse
        const body = statements?.map(({sql}) => `${sql}\n;`).join('\n') ?? routine.body
        return {...draft(routine, pathOf(routine)), head: heads.get(routine.oid)!, body, isWhole: false}
      }),
  )
  const procedural = sure.filter(
    ({language, arguments: args}) => language === 'plpgsql' && !args.some(({type}) => isPolymorphic(type)),
  )
  const understood = procedural.length === 0 ? [] : await understand(db, procedural, pathOf)
  const made: Made[] = []
  for (const one of [...texts, ...understood]) {
    const oid = await make(db, one)
    if (oid !== undefined) made.push({of: one.of, oid, isWhole: one.isWhole, isDefiner: one.isDefiner})
  }
  return made
}

const draft = ({oid, name, definer}: Routine, path: string) => ({of: oid, name, path, isDefiner: definer})

/** Names mean the same to who asks here and when it runs. */
async function isPathSure(db: Db, {oid, definer, settings}: Routine, plain: string): Promise<boolean> {
  const path = settings.search_path
  if (!definer) return true
  // another role's eyes: it may see schemas that this one does not, and the other way round
  const [row] = await db.query<{same: boolean}>(
    `select coalesce(bool_and(pg_catalog.has_schema_privilege(p.proowner, n.oid, 'USAGE') = pg_catalog.has_schema_privilege(n.oid, 'USAGE')), true) as same
     from pg_catalog.pg_proc p, pg_catalog.pg_namespace n where p.oid = $1 and n.nspname !~ '^pg_'`,
    [oid],
  )
  return row!.same && !(path ?? plain).includes('$user')
}

/** Parameters and result, as they are printed with every name in full. */
async function headsOf(db: Db, routines: readonly Routine[]): Promise<Map<number, string>> {
  const rows = await db.query<{oid: number; head: string}>(
    `select p.oid, '(' || pg_catalog.pg_get_function_arguments(p.oid) || ') returns ' || coalesce(pg_catalog.pg_get_function_result(p.oid), 'void') as head
     from (select pg_catalog.set_config('search_path', '', true)) s, pg_catalog.pg_proc p where p.oid = any ($1::oid[])`,
    [routines.map(({oid}) => oid)],
  )
  return new Map(rows.map(({oid, head}) => [oid, head]))
}

/** Every statement of theirs, without variables; those that hold anything that is not sure are left out. */
async function understand(db: Db, routines: readonly Routine[], pathOf: (routine: Routine) => string): Promise<Draft[]> {
  return inSession(db, async (session) => {
    const types = new Types(db)
    const shared: Omit<Means, 'path'> = {session, types, known: new Map(), catalogs: catalogsOf(db)}
    const each = await Promise.all(
      routines.map(async (routine): Promise<Draft[]> => {
        const [variant, ...others] = variantsOf(routine)
        if (!variant || others.length > 0 || routine.tables.length > 0) return []
        const path = pathOf(routine)
        const understood = await statementsOf(routine, variant, {...shared, path})
        const unit = understood && (await plpgsqlUnit(routine, understood, types))
        if (!unit || unit.guesses.length > 0 || unit.isDynamic || unit.isVague) return []
        const body = unit.statements.map(({sql}) => `${sql}\n;`).join('\n')
        return [{...draft(routine, path), head: '() returns void', body, isWhole: true}]
      }),
    )
    return each.flat()
  })
}

/** undefined: PostgreSQL does not take it. */
async function make(db: Db, {name, path, head, body, of}: Draft): Promise<number | undefined> {
  const [own, made] = [`pg_temp.${quoteName(name)}`, `pgext_body_${of}`]
  try {
    await db.script('savepoint pgext_body')
    await db.query(`select pg_catalog.set_config('search_path', $1, true)`, [path])
    // a body may put its function's name before a parameter's
    await db.query(`create function ${own}${head} language sql begin atomic\n${body}\nend`)
    const [row] = await db.query<{oid: number}>(
      'select oid from pg_catalog.pg_proc where pronamespace = pg_catalog.pg_my_temp_schema() and proname = $1',
      [name],
    )
    await db.script(`alter function ${own} rename to ${made}; release pgext_body`)
    return row!.oid
  } catch (error) {
    if (!(error instanceof PgextError) || error.sqlstate === undefined) throw error
    await db.script('rollback to pgext_body')
    return undefined
  }
}
