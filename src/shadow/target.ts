// The target's URL in, what a shadow must resemble out.
import {PgextError} from '../errors.ts'
import {type Locale, localeOf, tablespaceOf} from '../postgres/admin.ts'
import {connect} from '../postgres/native.ts'
import {isLoopback, withDatabase} from '../postgres/url.ts'

export interface Target {
  /** answers: a database on its server that can be connected to */
  readonly url: string
  readonly major: number
  readonly locale: Locale
  /** the database's own, where it is not pg_default */
  readonly tablespace?: string
  readonly isLoopback: boolean
}

/** undefined: there is no target, or it can't be reached now (whoever needs it will say so). */
export async function readTarget(url?: string): Promise<Target | undefined> {
  if (!url) return undefined
  try {
    return await look(url)
  } catch (error) {
    if (!(error instanceof PgextError) || error.code !== 'connection-failed') throw error
    // the database may have yet to be created: its server counts
    return error.sqlstate === '3D000' ? look(withDatabase(url, 'postgres')).catch(() => undefined) : undefined
  }
}

async function look(url: string): Promise<Target> {
  const db = await connect(url, {application: 'pgext'})
  try {
    const tablespace = await tablespaceOf(db)
    return {
      url,
      major: db.server.major,
      locale: await localeOf(db),
      ...(tablespace && {tablespace}),
      isLoopback: isLoopback(url),
    }
  } finally {
    await db.close()
  }
}
