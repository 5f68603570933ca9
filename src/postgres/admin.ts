// A session and a name in, a database made, looked up or dropped. CREATE DATABASE takes no parameters: names are quoted here.
import {PgextError} from '../errors.ts'
import type {Db} from './db.ts'
import {quoteName, quoteText} from './quote.ts'

/** What fixes how a database sorts and encodes text; as stored in pg_database. */
export interface Locale {
  /** 'UTF8' */
  readonly encoding: string
  readonly provider: 'libc' | 'icu' | 'builtin'
  readonly collate: string
  readonly ctype: string
  /** ICU's or the builtin provider's locale */
  readonly name?: string
  readonly icuRules?: string
}

export interface CreateOptions {
  /** default template1, as PostgreSQL's own; with a locale it must be template0 */
  readonly template?: string
  readonly locale?: Locale
  readonly owner?: string
  readonly tablespace?: string
  /** 15+: how the template is copied */
  readonly strategy?: 'wal_log' | 'file_copy'
}

export async function createDatabase(db: Db, name: string, options: CreateOptions = {}): Promise<void> {
  const {template, owner, strategy, tablespace, locale} = options
  const parts = [
    owner && `owner ${quoteName(owner)}`,
    template && `template ${quoteName(template)}`,
    tablespace && `tablespace ${quoteName(tablespace)}`,
    strategy && db.server.major >= 15 && `strategy ${strategy}`,
    ...(locale ? localeParts(locale, db.server.major) : []),
  ].filter(Boolean)
  await db.query(`create database ${quoteName(name)} ${parts.join(' ')}`)
}

export async function dropDatabase(db: Db, name: string, options: {readonly force?: boolean} = {}): Promise<void> {
  await db.query(`drop database if exists ${quoteName(name)}${options.force ? ' with (force)' : ''}`)
}

export async function databaseExists(db: Db, name: string): Promise<boolean> {
  return (await db.query('select 1 from pg_catalog.pg_database where datname = $1', [name])).length > 0
}

/** Ends every other session on a database and waits until they are gone; says how many there were. */
export async function endSessions(db: Db, name: string): Promise<number> {
  const ended = await db.query(
    `select pid, pg_catalog.pg_terminate_backend(pid, 5000) as gone from pg_catalog.pg_stat_activity
     where datname = $1 and pid <> pg_catalog.pg_backend_pid() and backend_type = 'client backend'`,
    [name],
  )
  if (ended.some((row) => !row.gone)) {
    throw new PgextError('not-allowed', `a session on database ${name} did not end within 5 seconds`, {
      hint: 'end it by hand, then run the command again',
    })
  }
  return ended.length
}

/** The locale of the database the session is in, or of another one on its server. */
export async function localeOf(db: Db, name = db.server.database): Promise<Locale> {
  const {major} = db.server
  const locale = major >= 17 ? 'datlocale' : major >= 15 ? 'daticulocale' : 'null'
  const [row] = await db.query(
    `select pg_catalog.pg_encoding_to_char(encoding) as encoding, datcollate as collate, datctype as ctype,
       case ${major >= 15 ? 'datlocprovider' : "'c'"} when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end as provider,
       ${locale} as name, ${major >= 16 ? 'daticurules' : 'null'} as rules
     from pg_catalog.pg_database where datname = $1`,
    [name],
  )
  if (!row) throw new PgextError('bad-config', `there is no database ${name}`)
  const {encoding, provider, collate, ctype} = row
  return {encoding, provider, collate, ctype, ...(row.name && {name: row.name}), ...(row.rules && {icuRules: row.rules})}
}

/** Where what the database holds is, unless it says otherwise; undefined: where PostgreSQL's own default is. */
export async function tablespaceOf(db: Db): Promise<string | undefined> {
  const [row] = await db.query(
    `select t.spcname as name from pg_catalog.pg_database d join pg_catalog.pg_tablespace t on t.oid = d.dattablespace
     where d.datname = pg_catalog.current_database() and t.spcname <> 'pg_default'`,
  )
  return row?.name
}

function localeParts(locale: Locale, major: number): string[] {
  const parts = [
    `encoding ${quoteText(locale.encoding)}`,
    `lc_collate ${quoteText(locale.collate)}`,
    `lc_ctype ${quoteText(locale.ctype)}`,
  ]
  // before 15 every database is libc's; what a newer server offered is unknown there
  if (major < 15) return parts
  parts.push(`locale_provider ${locale.provider}`)
  if (locale.provider === 'icu' && locale.name) parts.push(`icu_locale ${quoteText(locale.name)}`)
  if (locale.provider === 'builtin' && locale.name) parts.push(`builtin_locale ${quoteText(locale.name)}`)
  if (locale.icuRules && major >= 16) parts.push(`icu_rules ${quoteText(locale.icuRules)}`)
  return parts
}
