// A session and a project in, all findings out: a few questions, and then all looks in one round trip, of which none stops another.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import type {Landed} from '../postgres/flight.ts'
import {quoteName} from '../postgres/quote.ts'
import {isLoopback, readUrl} from '../postgres/url.ts'
import type {Project} from '../project/model.ts'
import {EXTENSIONS} from './extensions.ts'
import {INDEXES} from './indexes.ts'
import {journalFindings} from './journal.ts'
import {KEYS} from './keys.ts'
import {type Context, type Finding, LEVELS, LIMITS, type Limits, type Look} from './model.ts'
import {isLeftAlone, ourSchemas} from './ours.ts'
import {POLICIES} from './policies.ts'
import {shadowFindings} from './project.ts'
import {REALTIME, realtimeFindings} from './realtime.ts'
import {RIGHTS} from './rights.ts'
import {SEQUENCE} from './sequences.ts'
import {ageFindings, connectionFindings, SERVER, versionFindings} from './server.ts'
import {BY_OTHERS} from './sql.ts'
import {UPKEEP} from './upkeep.ts'

export const LOOKS: readonly Look[] = [
  ...[SERVER, UPKEEP, RIGHTS, POLICIES, EXTENSIONS, KEYS, SEQUENCE, INDEXES, REALTIME].flat(),
]

/** A look that waits for a lock, or never ends, is told as not done. It writes nothing. Compiling it takes longer than it does. */
const MANNERS = `set lock_timeout = '2s'; set statement_timeout = '60s'; set default_transaction_read_only = on; set jit = off; set work_mem = '32MB'`

/** to_regclass fails where the role may not use the schema. */
const FIRST = `
  select current_setting('server_version') as version, exists (select from pg_catalog.pg_publication where pubname = 'pg_events') as declared,
    e.oid is not null as installed, coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_table_privilege(e.oid, 'SELECT'), false) as open
  from (select 1) one
  left join pg_catalog.pg_namespace n on n.nspname = 'pgext'
  left join pg_catalog.pg_class e on e.relnamespace = n.oid and e.relname = 'events'`

export interface Examined {
  readonly version: string
  /** milliseconds of a round trip */
  readonly trip: number
  readonly findings: readonly Finding[]
}

/** @param url what `db` is a session of */
export async function examine(
  db: Db,
  project: Project,
  url: string,
  limits: Limits = LIMITS,
  now = new Date(),
): Promise<Examined> {
  await db.script(MANNERS)
  const trip = await timed(db)
  const [[first], schemas, extensions] = await Promise.all([
    db.query(FIRST),
    ourSchemas(db, project.settings),
    extensionsOf(project),
  ])
  const {version, declared, installed, open} = first!
  const {external} = project.settings
  const isHere = isLoopback(url)
  const context: Context = {
    server: db.server,
    isHere,
    version,
    schemas,
    limits,
    events: {isDeclared: declared, isInstalled: installed, isOpen: open},
    external: external.extensions,
    extensions: extensions.names.filter((name) => !external.extensions.includes(name)),
  }
  const {findBinaries} = await import('../shadow/binaries.ts')
  const here = findBinaries(db.server.major)?.version
  const line = {tls: db.server.encrypted === true, host: readUrl(url).host, trip}
  const found = [
    ...connectionFindings(line, isHere, context),
    ...versionFindings(db.server.major, version, here),
    ...ageFindings(db.server.major, now),
    ...shadowFindings(project, db.server.major, isHere),
    ...extensions.findings,
    ...(db.server.major < 14 ? [] : await looked(db, context)),
    ...(await orUnseen('realtime', () => realtimeFindings(db, context))),
    ...(await orUnseen('migrations', () => journalFindings(db, project))),
  ]
  const findings = found.filter((finding) => !isLeftAlone(finding, project.settings.ignore))
  return {version, trip, findings: inOrder(findings)}
}

/** Errors first; those of one sort together, as they were found. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level))
}

async function timed(db: Db): Promise<number> {
  const trips: number[] = []
  for (let times = 0; times < 2; times++) {
    const begin = performance.now()
    await db.script('select 1')
    trips.push(performance.now() - begin)
  }
  return Math.min(...trips)
}

async function looked(db: Db, context: Context): Promise<Finding[]> {
  const asked = LOOKS.flatMap((look) => {
    const sql = look.sql(context)
    return sql === undefined ? [] : [{look, sql: `select coalesce(pg_catalog.json_agg(x), '[]')::text from (${sql}\n) x`}]
  })
  const landed = await db.flight(asked.map(({sql}) => sql))
  return asked.flatMap(({look}, at) => toldBy(look, landed[at]!, context))
}

function toldBy(look: Look, landed: Landed, context: Context): Finding[] {
  if (landed instanceof PgextError) {
    if (landed.code === 'connection-lost') throw landed
    return [unseen(look.at, landed, context.server.user)]
  }
  const rows = JSON.parse(landed[0]![0]!) as unknown[]
  return rows.flatMap((row) => [look.tell(row, context, rows) ?? []].flat())
}

/** What a host closes, what somebody's lock hides, or what a server that is not quite PostgreSQL does not know. */
function unseen(at: string, {sqlstate, message}: PgextError, user: string): Finding {
  const fixes = sqlstate === '42501' ? [{sql: `GRANT pg_monitor TO ${quoteName(user)}`, locks: BY_OTHERS}] : []
  return {id: 'not-seen', level: 'info', object: at, message, fixes}
}

async function orUnseen(object: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof PgextError) || error.code === 'connection-lost') throw error
    const {message, hint, where, sqlstate} = error
    // a right that this role lacks, or something that is broken there
    const level = sqlstate === '42501' ? 'info' : 'warning'
    return [{id: 'not-seen', level, object, message, fixes: [], ...(hint && {hint}), ...(where && {where})}]
  }
}

/** A database without a project has none to need. */
async function extensionsOf(project: Project): Promise<{names: readonly string[]; findings: readonly Finding[]}> {
  try {
    const sources = await project.sources()
    const {extensionsIn} = await import('../shadow/load.ts')
    return {names: [...new Set(await extensionsIn(sources))], findings: []}
  } catch (error) {
    if (!(error instanceof PgextError)) throw error
    if (error.code === 'bad-file' && error.where === undefined) return {names: [], findings: []}
    const {message, hint, where} = error
    const told = {id: 'not-seen', level: 'warning', object: 'extensions of the files', message, fixes: []} as const
    return {names: [], findings: [{...told, ...(hint && {hint}), ...(where && {where})}]}
  }
}
