// The pieces of a read in, what each answered out: of what the role may not see, its kind and the reason instead.
import {PgextError} from '../errors.ts'
import type {Db, Row} from '../postgres/db.ts'

/** A kind of objects that could not be looked at. */
export interface Denied {
  readonly kind: string
  /** as PostgreSQL says it */
  readonly why: string
}

export interface Piece {
  readonly kind: string
  readonly sql: string
  /** rows are about objects of other kinds, catalog by catalog: of what can't be read there are none */
  readonly facts: boolean
  /** without it nothing can be said */
  readonly vital?: true
}

/** Catalogs that hold objects, whose kinds can't be seen where these can't: facts about them go with them. */
const HOLDERS = new Set([
  'pg_am',
  'pg_cast',
  'pg_class',
  'pg_collation',
  'pg_constraint',
  'pg_conversion',
  'pg_event_trigger',
  'pg_extension',
  'pg_foreign_data_wrapper',
  'pg_foreign_server',
  'pg_language',
  'pg_opclass',
  'pg_operator',
  'pg_opfamily',
  'pg_policy',
  'pg_proc',
  'pg_publication',
  'pg_rewrite',
  'pg_statistic_ext',
  'pg_subscription',
  'pg_transform',
  'pg_trigger',
  'pg_ts_config',
  'pg_ts_dict',
  'pg_ts_parser',
  'pg_ts_template',
  'pg_type',
  'pg_user_mapping',
  'pg_user_mappings',
])

export const isDenied = (error: unknown): boolean => error instanceof PgextError && error.sqlstate === '42501'

/** The catalogs, of these, that the role may not read. */
export async function unreadable(db: Db, names: readonly string[]): Promise<Set<string>> {
  const rows = await db.query<{name: string}>(
    `select c.name from pg_catalog.json_array_elements_text($1::json) as c (name)
     where pg_catalog.to_regclass('pg_catalog.' || c.name) is not null and not pg_catalog.has_table_privilege('pg_catalog.' || c.name, 'select')`,
    [JSON.stringify(names)],
  )
  return new Set(rows.map(({name}) => name))
}

/** Names of catalogs in a query of pgext's own. */
export function catalogsIn(sql: string): string[] {
  return [...new Set(sql.match(/\bpg_[a-z_]+\b/g) ?? [])]
}

/** Each by itself, in one transaction and without waiting for answers: one that is denied costs the others nothing. */
export async function askEach(
  db: Db,
  pieces: readonly Piece[],
  closed: ReadonlySet<string>,
  look: (rows: Row[]) => void,
): Promise<Denied[]> {
  const asked = pieces.map((piece) => {
    const answer = db.script(piece.facts ? withoutHolders(piece.sql, closed) : piece.sql).catch((error: unknown) => {
      if (!isDenied(error)) return {failed: error}
      return {denied: {kind: piece.kind, why: (error as PgextError).message}}
    })
    const back = db.script('rollback to savepoint piece')
    back.catch(() => {})
    return {piece, answer, back}
  })
  const denied: Denied[] = []
  for (const {piece, answer, back} of asked) {
    const given = await answer
    await back
    if ('failed' in given) throw given.failed
    if ('denied' in given) {
      if (piece.vital) throw blind(db, given.denied.why)
      denied.push(given.denied)
    } else look(given[0]!)
  }
  return denied
}

/** Of a name that WITH gives, a catalog of that name is not asked. */
function withoutHolders(sql: string, closed: ReadonlySet<string>): string {
  const names = catalogsIn(sql).filter((name) => HOLDERS.has(name) && closed.has(name))
  if (names.length === 0) return sql
  const empty = names.map((name) => `${name} as (select (null::pg_catalog.${name}).* where false)`)
  return `with ${empty.join(', ')} ${sql}`
}

function blind(db: Db, why: string): PgextError {
  return new PgextError('not-allowed', `${db.server.user} may not look at the schema of ${db.server.database}: ${why}`, {
    hint: `grant select on all tables in schema pg_catalog to ${db.server.user}, or use a role that may read them`,
  })
}

export function couldNotLook({kind, why}: Denied, declared: readonly string[] = []): string {
  const said = `could not look: ${kind} (${why})`
  return declared.length > 0 ? `${said}; declared are ${declared.join(', ')}` : said
}
