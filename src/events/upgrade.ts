// A session on a database where pg_events stands in some version, and its SQL, in; the version of that SQL out, with all that was captured kept.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {quoteText} from '../postgres/quote.ts'
import type {SqlSource, Upgrade} from './source.ts'

/** In whatever transaction stands. Capturing functions are renewed by the sync that follows. */
export async function upgrade(db: Db, from: string, source: SqlSource): Promise<void> {
  const way = wayOf(from, source)
  if (way.length === 0) return
  const [extension] = await db.query(`select from pg_catalog.pg_extension where extname = 'pg_events'`)
  if (extension) await upgradeExtension(db, from, source.version)
  else await db.script([...way.map(({sql}) => sql), source.functions].join('\n'))
  await db.query('update pgext.events set version = $1', [source.version])
}

/**
 * The shortest one, as PostgreSQL takes for extensions; none where it is that version already.
 * @throws PgextError `not-supported` where this version is not known here
 */
export function wayOf(from: string, {version, upgrades}: SqlSource): readonly Upgrade[] {
  let ways: readonly (readonly Upgrade[])[] = [[]]
  const seen = new Set([from])
  while (ways.length > 0) {
    const done = ways.find((way) => (way.at(-1)?.to ?? from) === version)
    if (done) return done
    ways = ways.flatMap((way) =>
      upgrades.filter((one) => one.from === (way.at(-1)?.to ?? from) && !seen.has(one.to)).map((one) => [...way, one]),
    )
    for (const way of ways) seen.add(way.at(-1)!.to)
  }
  throw new PgextError('not-supported', `pg_events ${from} stands in this database, and this pgext knows it up to ${version}`, {
    hint: isNewer(from, version)
      ? 'use the pgext that installed it, or a newer one; nothing was changed'
      : 'no upgrade leads there: pgext events:uninstall, then pgext events:install',
  })
}

/** By numbers: 1.10 is newer than 1.9. */
function isNewer(a: string, b: string): boolean {
  return a.localeCompare(b, 'en', {numeric: true}) > 0
}

/** Its files are the server's, not pgext's. */
async function upgradeExtension(db: Db, from: string, to: string): Promise<void> {
  const [there] = await db.query(
    `select from pg_catalog.pg_available_extension_versions where name = 'pg_events' and version = $1`,
    [to],
  )
  if (!there)
    throw new PgextError(
      'extension-missing',
      `extension pg_events ${from} stands in this database, and the server has no files of ${to}`,
      {
        hint: `install pg_events ${to} on the server, then try again; nothing was changed`,
      },
    )
  await db.script(`alter extension pg_events update to ${quoteText(to)}`)
}
