// A project's database URL in; the database made or dropped through the server's maintenance database.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import type {Slot} from '../postgres/slot.ts'
import type {Project} from '../project/model.ts'
import {localUrl, noDatabase} from '../project/running.ts'
import {askText, askYes, canAsk} from './ask.ts'

/** A server's own. */
export const SYSTEM: ReadonlySet<string> = new Set(['postgres', 'template0', 'template1'])

export interface Target {
  readonly url: string
  readonly name: string
  /** without the password */
  readonly shown: string
}

export async function targetOf(project: Project): Promise<Target> {
  const {readUrl, showUrl} = await import('../postgres/url.ts')
  const url = project.databaseUrl
  if (!url) throw noDatabase(project)
  return {url, name: readUrl(url).database, shown: showUrl(url)}
}

/** Before anything long, and before a file is written: the database is there. */
export async function reachTarget({url}: Target): Promise<void> {
  const {connect} = await import('../postgres/native.ts')
  await (await connect(url)).close()
}

/** Before a database is dropped: it is no guarded one, and a person (or --yes) agrees. */
export async function agreeToDrop(project: Project, {name, shown, url}: Target, agreed: boolean): Promise<void> {
  if (SYSTEM.has(name) || project.settings.guarded.includes(name)) {
    throw new PgextError('not-allowed', `database ${name} is guarded`, {
      hint: SYSTEM.has(name)
        ? "it is the server's own; name another in DATABASE_URL"
        : 'take it out of "guarded" in pgext.json first',
    })
  }
  if (localUrl(project.folder).url === url)
    throw new PgextError('not-allowed', `pgext dev runs here, and ${name} is its database`, {
      hint: 'r in its terminal makes the database anew; or end it first: q',
    })
  if (agreed) return
  if (!canAsk())
    throw new PgextError('not-allowed', `dropping ${name} was not agreed to, and nobody is here to ask`, {hint: 'add --yes'})
  const answer = await askText(`everything in ${shown} will be gone; type ${name} to go on`)
  if (answer !== name) throw new PgextError('not-allowed', `the answer was not ${name}: nothing was dropped`)
}

/** Before rows are put into a guarded database: a person (or --yes) agrees. */
/** Seeds that ran before anybody wrote it down would make rows twice. */
export async function agreeToFill(filled: readonly string[], {name, shown}: Target): Promise<void> {
  if (filled.length === 0) return
  const has = `${filled.slice(0, 3).join(', ')}${filled.length > 3 ? ` and ${filled.length - 3} more` : ''} ${filled.length > 1 ? 'have' : 'has'} rows`
  if (!canAsk())
    throw new PgextError('not-allowed', `${has} in ${name}, and nothing says whether seeds made them: nothing was run`, {
      hint: 'if they have run there, pgext db:seed --ran writes that down; if not, --yes runs them',
    })
  if (!(await askYes(`${has} in ${shown}, and nothing says whether seeds made them; run the seeds?`)))
    throw new PgextError('not-allowed', 'the answer was no: nothing was run', {
      hint: 'pgext db:seed --ran writes down that they have run',
    })
}

export async function agreeToSeed(project: Project, {name, shown}: Target, agreed: boolean): Promise<void> {
  if (agreed || !project.settings.guarded.includes(name)) return
  if (!canAsk())
    throw new PgextError('not-allowed', `database ${name} is guarded, and nobody is here to ask`, {hint: 'add --yes'})
  if (!(await askYes(`${shown} is guarded; run seeds there?`)))
    throw new PgextError('not-allowed', 'the answer was no: nothing was run')
}

/** A session on the same server, in a database that is not the target. */
export async function onServer<T>({url, name}: Target, work: (db: Db) => Promise<T>): Promise<T> {
  const [{connect}, {withDatabase}] = await Promise.all([import('../postgres/native.ts'), import('../postgres/url.ts')])
  const first = name === 'postgres' ? 'template1' : 'postgres'
  const db = await connect(withDatabase(url, first)).catch((error) => {
    if (first === 'template1' || error.cause?.code !== '3D000') throw error
    return connect(withDatabase(url, 'template1'))
  })
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

/** False when it is there already. */
export async function createTarget(target: Target): Promise<boolean> {
  const {createDatabase, databaseExists} = await import('../postgres/admin.ts')
  return onServer(target, async (db) => {
    if (await databaseExists(db, target.name)) return false
    await createDatabase(db, target.name)
    return true
  })
}

/** False when it was not there. */
export async function dropTarget(target: Target, force: boolean): Promise<boolean> {
  const [{databaseExists, dropDatabase}, {slotsOf, withoutReaders}] = await Promise.all([
    import('../postgres/admin.ts'),
    import('../postgres/slot.ts'),
  ])
  return onServer(target, async (db) => {
    if (!(await databaseExists(db, target.name))) return false
    const slots = await slotsOf(db, target.name)
    if (!force) refuseOthersSlots(slots, target)
    const drop = () => dropDatabase(db, target.name, {force})
    await (force && slots.length > 0 ? withoutReaders(db, target.name, slots, drop) : drop()).catch((error) => {
      if (force || !isInUse(error)) throw error
      throw new PgextError('not-allowed', `others are connected to ${target.shown}`, {
        hint: '--force ends their sessions',
        cause: error,
      })
    })
    return true
  })
}

const isInUse = (error: unknown): error is PgextError => error instanceof PgextError && error.sqlstate === '55006'

/** PostgreSQL drops slots that nobody reads at the moment without a word, and whoever reads them would miss what is not read yet. */
function refuseOthersSlots(slots: readonly Slot[], {shown}: Target): void {
  const others = slots.filter(({isOwn}) => !isOwn)
  if (others.length === 0) return
  const names = others.map((slot) => slot.name + (slot.pid === null ? '' : ` (read by pid ${slot.pid})`)).join(', ')
  throw new PgextError('not-allowed', `somebody replicates ${shown} by ${others.length === 1 ? 'slot' : 'slots'} ${names}`, {
    hint: '--force ends their readers and drops them; or drop them first with pg_drop_replication_slot',
  })
}

/** Makes the roles that are missing, unable to log in; gives back the names of those made. */
export async function createRoles(target: Target, roles: readonly string[]): Promise<string[]> {
  const {quoteName} = await import('../postgres/quote.ts')
  return onServer(target, async (db) => {
    const made: string[] = []
    for (const role of new Set(roles)) {
      if ((await db.query('select 1 from pg_catalog.pg_roles where rolname = $1', [role])).length > 0) continue
      await db.query(`create role ${quoteName(role)} nologin`)
      made.push(role)
    }
    return made
  })
}
