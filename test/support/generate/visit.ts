// Schemas in, a database in that state out, moved from there to another by pgext's plan and looked at by all observers.
import {compare} from '../../../src/diff/compare.ts'
import type {Catalog, Plan, Step} from '../../../src/diff/model.ts'
import {plan} from '../../../src/diff/plan.ts'
import {read} from '../../../src/diff/read.ts'
import type {Db} from '../../../src/postgres/db.ts'
import {prove} from '../../../src/prove/prove.ts'
import {runSteps} from '../../../src/prove/run.ts'
import {load} from '../../../src/shadow/load.ts'
import type {Shadow, ShadowDatabase} from '../../../src/shadow/model.ts'
import {disagreements, LONG_WAY, observe, type Sighting} from '../sighting.ts'

export interface State {
  /** the SQL of each */
  readonly schemas: readonly string[]
  readonly catalog: Catalog
  readonly sighting: Sighting
}

export interface Way {
  readonly from: State
  readonly to: State
  /** planted before the plan runs, looked for after */
  readonly withRows: boolean
  /** all tables are in use */
  readonly busy: boolean
}

/** A way that did not lead there. */
export interface Stuck {
  readonly way: Way
  readonly steps: readonly Step[]
  readonly error: unknown
}

/** Where walks go on: the first look of a session at the catalogs costs as much as the next three. */
export interface Place {
  readonly shadow: Shadow
  database: ShadowDatabase
  db: Db
}

export async function stateOf(shadow: Shadow, schemas: readonly string[]): Promise<State> {
  const {database, db} = await enter(shadow, schemas)
  try {
    const sighting = await observe(db, database)
    await sighting.picture?.()
    return {schemas, catalog: await read(db), sighting}
  } finally {
    await database.drop()
  }
}

export async function enter(shadow: Shadow, schemas: readonly string[]): Promise<Place> {
  const database = await shadow.create()
  const db = await database.connect()
  const files = schemas.map((text, at) => ({path: `${at}.sql`, text, holdsFunctions: false}))
  await load(db, files, {calls: [], rolesMayBeMade: true, isolated: false})
  return {shadow, database, db}
}

export async function leave({database}: Place): Promise<void> {
  await database.drop()
}

/** undefined: it is there. */
export async function move(place: Place, way: Way): Promise<Stuck | undefined> {
  const {to, withRows, busy} = way
  let whole: Plan | undefined
  try {
    // the long way round may have said a NOT NULL twice
    const from = busy ? {...way.from, catalog: await read(place.db)} : way.from
    whole = plan(from.catalog, to.catalog, {busy: () => busy})
    if (withRows) await proveOn(place, whole, from, to.catalog)
    else await runSteps(place.db, whole.steps, async () => false)
    const there = await read(place.db)
    const left = compare(there, to.catalog).map(
      (change) => `${change.verb} ${change.verb === 'drop' ? change.from.id : change.to.id}`,
    )
    if (left.length > 0) throw new Error(`does not arrive:\n${left.join('\n')}`)
    const lines = await disagreements(await observe(place.db, place.database), to.sighting)
    const seen = busy ? lines.filter((line) => !LONG_WAY.some((words) => line.includes(words))) : lines
    if (seen.length > 0) throw new Error(`other observers disagree:\n${seen.slice(0, 9).join('\n')}`)
    if (withRows) await empty(place.db)
    return undefined
  } catch (error) {
    return {way, steps: whole?.steps ?? [], error}
  }
}

/** No clone but the place itself; one more where rows had to give way. */
async function proveOn(place: Place, whole: Plan, from: State, desired: Catalog): Promise<void> {
  let isFirst = true
  const clone = async (): Promise<ShadowDatabase> => {
    if (!isFirst) {
      await leave(place)
      Object.assign(place, await enter(place.shadow, from.schemas))
    }
    isFirst = false
    const {database} = place
    return Object.assign(Object.create(database), {connect: database.connect.bind(database), drop: async () => {}})
  }
  await prove({clone, plan: whole, current: from.catalog, desired, read, compare})
}

const TABLES = `
  select string_agg(c.oid::regclass::text, ', ') as tables from pg_class c
  where c.relkind in ('r', 'p') and c.oid >= 16384 and c.relnamespace <> 'pg_toast'::regnamespace`

async function empty(db: Db): Promise<void> {
  const [row] = await db.query<{tables: string | null}>(TABLES)
  if (row?.tables) await db.script(`truncate ${row.tables}`)
}
