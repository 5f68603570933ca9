// A folder of Supabase's migrations and a database in; the files, the rows of supabase_migrations.schema_migrations, and what is Supabase's own out.
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import type {Foreign, ForeignRow, Theirs, Tool} from './tool.ts'

const NAME = /^(\d+)_(.*)\.sql$/

/** Schemas that the platform makes in each database, and looks after. */
const OWN = `auth storage realtime _realtime extensions graphql graphql_public vault pgsodium pgsodium_masks pgbouncer net cron
  supabase_functions _analytics _supavisor pgmq pgmq_public`.split(/\s+/)

export const supabase: Tool = {
  name: 'supabase',
  title: 'Supabase',
  folder: 'supabase/migrations',
  table: 'supabase_migrations.schema_migrations',
  async read(folder, shown) {
    const names = (await readdir(folder).catch(none)).filter((name) => name.endsWith('.sql')).sort()
    const files: Foreign[] = []
    const notes: string[] = []
    for (const name of names) {
      const [, key] = NAME.exec(name) ?? []
      const path = `${shown}/${name}`
      if (!key) notes.push(`left out, as Supabase does: ${path} (names look like 20240101000000_add_users.sql)`)
      else files.push({key, name: name.slice(0, -'.sql'.length), path, bytes: await readFile(join(folder, name))})
    }
    refuseTwins(files)
    return {files, notes}
  },
  async rows(db) {
    const columns = await columnsOf(db, 'supabase_migrations', 'schema_migrations')
    if (!columns.has('version')) return undefined
    // older ones have the version alone
    const or = (name: string, nothing: string) => (columns.has(name) ? `${name}` : nothing)
    const rows = await db.query(`
      select version::text as version, ${or('name', 'null::text')} as name, to_json(${or('statements', 'null::text[]')})::text as statements
      from supabase_migrations.schema_migrations order by version`)
    const own = await madeByPlatform(db)
    return rows
      .map(({version, name, statements}): ForeignRow => {
        const list = statements === null ? undefined : (JSON.parse(statements) as string[] | null)
        return {
          key: version,
          name: `${version}_${name || 'migration'}`,
          state: 'applied',
          ...(list && list.length > 0 && {statements: list}),
        }
      })
      .concat(own)
  },
  async theirs(db, made): Promise<Theirs> {
    const rows = await db.query(`
      select 'schema' as what, nspname::text as name from pg_catalog.pg_namespace
      union all select 'extension', extname::text from pg_catalog.pg_extension where extname <> 'plpgsql' order by 1, 2`)
    const names = (kind: string) => rows.filter(({what}) => what === kind).map(({name}) => name as string)
    const schemas = names('schema').filter((name) => OWN.includes(name))
    const extensions = names('extension').filter((name) => !made.has(name))
    return {ignore: ['schema supabase_migrations'], schemas, extensions}
  },
}

/** The publication that the platform makes, and migrations put tables into, comes before all of them. */
async function madeByPlatform(db: Db): Promise<ForeignRow[]> {
  const found = await db.query(`select from pg_catalog.pg_publication where pubname = '${REALTIME}'`)
  const why = `publication ${REALTIME} is made by the platform, and no migration says so: this one does, where it is not there`
  return found.map(() => ({key: REALTIME, name: `20000101000000_${REALTIME}`, state: 'applied', statements: [MAKE], why}))
}

const REALTIME = 'supabase_realtime'
const MAKE = `do $$
begin
  if not exists (select from pg_catalog.pg_publication where pubname = '${REALTIME}') then
    create publication ${REALTIME};
  end if;
end $$`

export async function columnsOf(db: Db, schema: string, table: string): Promise<ReadonlySet<string>> {
  const rows = await db.query(
    `select a.attname::text as name from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1::text and c.relname = $2::text and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped`,
    [schema, table],
  )
  return new Set(rows.map(({name}) => name as string))
}

export function none(error: {code?: string; message: string}): string[] {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
  throw new PgextError('bad-file', `can't read the migrations: ${error.message}`, {cause: error})
}

/** The table knows versions alone, each once: of which of them would a row tell? */
function refuseTwins(files: readonly Foreign[]): void {
  const twins = files.filter(({key}) => files.filter((other) => other.key === key).length > 1)
  if (twins.length === 0) return
  throw new PgextError('migration-name', `several migrations have one version: ${twins.map(({path}) => path).join(', ')}`, {
    hint: "Supabase's table tells of one of them alone: give the one that is applied nowhere a version of its own, or put both into one file",
  })
}
