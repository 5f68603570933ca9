// A folder of Prisma's migrations and a database in; the files, the rows of _prisma_migrations, and what is Prisma's own out.
import {existsSync} from 'node:fs'
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'
import {none} from './supabase.ts'
import type {Foreign, ForeignRow, Tool} from './tool.ts'

const TABLE = '_prisma_migrations'

export const prisma: Tool = {
  name: 'prisma',
  title: 'Prisma',
  folder: 'prisma/migrations',
  table: TABLE,
  async read(folder, shown) {
    const names = (await readdir(folder).catch(none)).filter((name) => existsSync(join(folder, name, 'migration.sql'))).sort()
    if (names.length > 0) await refuseOther(folder, shown)
    const files = await Promise.all(
      names.map(async (name): Promise<Foreign> => {
        const path = `${shown}/${name}/migration.sql`
        return {key: name, name, path, bytes: await readFile(join(folder, name, 'migration.sql'))}
      }),
    )
    return {files, notes: []}
  },
  async rows(db) {
    const schema = await schemaOf(db)
    if (!schema) return undefined
    const rows = await db.query(`
      select migration_name as name, checksum, finished_at is not null as finished, rolled_back_at is not null as rolled_back
      from ${quoteName(schema)}.${TABLE} order by started_at, migration_name`)
    // a migration that failed and was tried again has a row each time: the last word is what counts
    const found = new Map<string, ForeignRow>()
    for (const {name, checksum, finished, rolled_back} of rows) {
      const state = rolled_back ? 'rolled-back' : finished ? 'applied' : 'failed'
      if (found.get(name)?.state === 'applied' && state !== 'failed') continue
      found.set(name, {key: name, name, state, checksum})
    }
    return [...found.values()]
  },
  async theirs(db) {
    const schema = (await schemaOf(db)) ?? 'public'
    return {ignore: [`table ${quoteName(schema)}.${TABLE}`], schemas: [], extensions: []}
  },
}

async function schemaOf(db: Db): Promise<string | undefined> {
  const rows = await db.query(`
    select n.nspname::text as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relname = '${TABLE}' and c.relkind = 'r' order by 1`)
  if (rows.length < 2) return rows[0]?.name
  throw new PgextError(
    'not-supported',
    `there are several histories of Prisma: ${rows.map(({name}) => `${name}.${TABLE}`).join(', ')}`,
    {
      hint: 'pgext keeps one for a database: pgext migrate:baseline takes over all schemas as they are',
    },
  )
}

async function refuseOther(folder: string, shown: string): Promise<void> {
  const lock = await readFile(join(folder, 'migration_lock.toml'), 'utf8').catch(() => undefined)
  if (lock === undefined) return
  const {parse} = await import('smol-toml')
  let provider: unknown
  try {
    provider = parse(lock).provider
  } catch {
    return
  }
  if (provider === undefined || provider === 'postgresql' || provider === 'postgres') return
  throw new PgextError('not-supported', `${shown}/migration_lock.toml says that these migrations are for ${String(provider)}`, {
    hint: 'pgext knows PostgreSQL alone',
  })
}
