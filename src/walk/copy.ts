// A catalog in, a throwaway database in that state out: what a live database is proven on, since its rows are never copied.
import {attachedIn} from '../diff/attached.ts'
import {compare} from '../diff/compare.ts'
import type {Catalog, Change, ObjectId} from '../diff/model.ts'
import {plan} from '../diff/plan.ts'
import {read} from '../diff/read.ts'
import {relabel} from '../diff/relabel.ts'
import {EVERYTHING, type Scope, scope} from '../diff/scope.ts'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {runSteps} from '../prove/run.ts'
import type {Shadow, ShadowDatabase} from '../shadow/model.ts'
import {makeNamed, type Names, namesIn} from './named.ts'
import {makeMighty, roleIn, type Target} from './target.ts'

export interface Copy {
  readonly database: ShadowDatabase
  /** as the shadow's server prints it */
  readonly catalog: Catalog
}

export interface Around {
  /** what others own: not copied, but made by `load` */
  readonly external: Scope['external']
  load(db: Db): Promise<void>
}

/** A throwaway database that stands already. */
export interface Standing {
  readonly database: ShadowDatabase
  /** what is in it, its maker's role named as the target's is */
  readonly catalog: Catalog
}

/**
 * @param sameServer both are printed by one server, so the copy must read back equal
 * @param near where most is already as it is to be: that is copied then, and changed
 */
export async function copy(
  whole: Catalog,
  shadow: Shadow,
  sameServer: boolean,
  around: Around,
  target?: Target,
  near?: Standing,
): Promise<Copy> {
  const made = near && sameServer && (await nearby(whole, shadow, around, near, target))
  if (made) return made
  const wanted = wantedOf(whole, around, sameServer, target)
  return fill(await shadow.create(), wanted, async (db) => {
    await around.load(db)
    return wanted.mine(await read(db))
  })
}

/**
 * undefined: it has to be made from nothing.
 * @param maker by whom it is all made, as the catalog names that role
 */
export async function nearby(
  whole: Catalog,
  shadow: Shadow,
  around: Around,
  near: Standing,
  target?: Target,
  maker = whole.server.user,
): Promise<Copy | undefined> {
  const wanted = {...wantedOf(whole, around, true, target), maker}
  const there = wanted.mine(near.catalog)
  if (near.database.shadow !== shadow || !isNear(there, wanted)) return undefined
  const work = async () =>
    fill(await near.database.clone(), wanted, async (db) => {
      if (await isUsed(db)) throw inexact([])
      return relabel(there, wanted.maker, db.server.user)
    })
  // whatever it is: what is made from nothing says it, or does not meet it
  return work().catch(() => undefined)
}

function wantedOf(whole: Catalog, {external}: Around, sameServer: boolean, target?: Target): Wanted {
  const counted = new Set([...whole.objects.values()].flatMap((o) => (o.kind === 'extension' && o.body.version ? o.name : [])))
  const hangs = attachedIn(whole, external.schemas)
  const mine = (one: Catalog) => scope(one, one, {...EVERYTHING, versions: counted, external, attached: hangs}).current
  const isBeside = (id: ObjectId) => isSetting(id) || hangs.has(id)
  return {catalog: mine(whole), maker: whole.server.user, mine, isBeside, sameServer, target}
}

interface Wanted {
  readonly catalog: Catalog
  readonly maker: string
  readonly target: Target | undefined
  readonly sameServer: boolean
  mine(one: Catalog): Catalog
  /** of no matter for most plans */
  isBeside(id: ObjectId): boolean
}

/** One object in so many may differ. */
const NEAR = 8

/** What pgext does not compare, or may not see, would be there unseen. */
function isNear(there: Catalog, {catalog}: Wanted): boolean {
  if (there.unmodelled.length > 0 || catalog.denied.length > 0) return false
  return compare(there, catalog).length * NEAR < catalog.objects.size
}

/** Rows in tables, or sequences that have counted. */
const USED = `
  select exists (select from pg_catalog.pg_class c where c.relkind = 'r' and c.oid >= 16384 and pg_catalog.pg_relation_size(c.oid) > 0
      and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'))
    or exists (select from pg_catalog.pg_sequence s where pg_catalog.pg_sequence_last_value(s.seqrelid) is not null) as used`

/** It holds more than its catalogs say. */
export async function isUsed(db: Db): Promise<boolean> {
  const [row] = await db.query(USED)
  return row!.used
}

async function fill(database: ShadowDatabase, wanted: Wanted, begin: (db: Db) => Promise<Catalog>): Promise<Copy> {
  const {catalog, maker, target, mine, isBeside} = wanted
  const db = await connectMighty(database, target, namesIn(catalog))
  try {
    const loaded = relabel(catalog, maker, db.server.user)
    const {steps} = plan(await begin(db), loaded, {server: db.server})
    await runSteps(
      db,
      steps.filter(({object}) => !isBeside(object)),
      async () => false,
    )
    // one that only the live server knows, or that needs more of others than external.sql has, is no matter here, unless a plan changes it
    for (const {sql} of steps.filter(({object}) => isBeside(object))) await db.script(sql).catch(() => {})
    const made = mine(relabel(await read(db), db.server.user, maker))
    if (wanted.sameServer) {
      const unseen = new Set(catalog.denied.map(({kind}) => kind))
      const of = (change: Change) => (change.verb === 'drop' ? change.from : change.to)
      const left = compare(made, catalog).filter((change) => !unseen.has(of(change).kind) && !isBeside(of(change).id))
      if (left.length > 0) throw inexact(left.map((change) => (change.verb === 'drop' ? change.from.id : change.to.id)))
    }
    await db.close()
    return {database, catalog: made}
  } catch (error) {
    await db.close()
    await database.drop()
    throw error
  }
}

const isSetting = (id: string): boolean => id.startsWith('database setting ')

/** A session that may do everything, under the name of the target's role where the cluster is ours. */
export async function connectMighty(database: ShadowDatabase, target: Target | undefined, names: Names): Promise<Db> {
  const role = roleIn(database, target)
  const own = await database.connect()
  try {
    await makeNamed(own, names, database.shadow)
  } catch (error) {
    await database.drop()
    throw error
  }
  if (database.shadow.engine === 'server') return own
  if (!role) return own
  await makeMighty(own, role)
  await own.close()
  return database.connect({role})
}

function inexact(ids: readonly string[]): PgextError {
  const shown = ids.slice(0, 10).map((id) => `  ${id}`)
  return new PgextError(
    'proof-failed',
    `the current state can't be copied exactly, so nothing can be proven on it; these objects come out different:\n${shown.join('\n')}`,
    {
      hint: '--no-prove plans without a proof',
    },
  )
}
