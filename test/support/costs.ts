// A scenario and a shadow in; each step of its plans, there and back, with what it was said to cost and what PostgreSQL showed, out.
import {advance, costOf} from '../../src/cost/cost.ts'
import {measure} from '../../src/cost/measure.ts'
import {measurePhases} from '../../src/cost/phases.ts'
import {Standing} from '../../src/cost/standing.ts'
import {renameIn} from '../../src/diff/answer.ts'
import type {Catalog, Cost, Step} from '../../src/diff/model.ts'
import {type PlanOptions, plan} from '../../src/diff/plan.ts'
import {read} from '../../src/diff/read.ts'
import type {Db} from '../../src/postgres/db.ts'
import {splitStatements} from '../../src/postgres/statements.ts'
import {runSteps} from '../../src/prove/run.ts'
import {load} from '../../src/shadow/load.ts'
import type {Shadow, ShadowDatabase} from '../../src/shadow/model.ts'
import {hush, settle} from '../../src/walk/renames.ts'
import type {Scenario} from './scenario.ts'

export interface Compared {
  readonly step: Step
  readonly declared: string
  readonly seen: string
}

type Busy = Pick<PlanOptions, 'busy'>

export async function compareCosts(shadow: Shadow, scenario: Scenario, busy: Busy = {}): Promise<Compared[]> {
  const places: ShadowDatabase[] = []
  const sessions: Db[] = []
  const open = async (files: Scenario['current']) => {
    const place = await shadow.create()
    places.push(place)
    const db = await place.connect()
    sessions.push(db)
    await load(db, files, {calls: [], rolesMayBeMade: true, isolated: false})
    return {place, db, catalog: await read(db)}
  }
  try {
    const [current, desired] = [await open(scenario.current), await open(scenario.desired)]
    const {renames = {}, refuses = {}} = scenario.settings
    return [
      ...(refuses.there ? [] : await walk(current, desired.catalog, busy, renames.there)),
      ...(refuses.back ? [] : await walk(desired, current.catalog, busy, renames.back)),
    ]
  } finally {
    for (const db of sessions) await db.close()
    for (const place of places) await place.drop()
  }
}

interface Start {
  readonly place: ShadowDatabase
  readonly db: Db
  readonly catalog: Catalog
}

async function walk(
  {place, db, catalog: from}: Start,
  to: Catalog,
  busy: Busy,
  said: readonly string[] = [],
): Promise<Compared[]> {
  const settled = await settle(from, to, said.map(renameIn), async (some) => {
    await runSteps(db, some, async () => false)
    return read(db)
  })
  const quiet = hush({current: settled.catalog, desired: to})
  await runSteps(db, quiet.steps, async () => false)
  const standing = new Standing(quiet.current.objects.values(), to)
  const compared: Compared[] = []
  for (const step of plan(quiet.current, to, busy).steps) {
    const statement = (await splitStatements(step.sql, 'plan'))[0]!
    const declared = step.cost ?? costOf(statement, standing, db.server)
    const seen = step.transaction === 'alone' ? await outside(place, db, step, declared) : await inside(db, step)
    if (!declared.unknown) compared.push({step, declared: told(declared, from), seen: told(seen, from)})
    advance(statement, standing)
    standing.advance(step)
  }
  return compared
}

const inside = (db: Db, {sql, path}: Step): Promise<Cost> =>
  measure(db, path === undefined ? sql : `set local search_path = ${path};\n${sql}`)

async function outside(place: ShadowDatabase, db: Db, {sql, path}: Step, declared: Cost): Promise<Cost> {
  if (path !== undefined) await db.script(`set search_path = ${path}`)
  const stage = {runner: db, connect: () => place.connect(), tables: [...declared.locks.keys()]}
  const {cost} = await measurePhases(sql, stage).finally(() => db.script("set search_path = ''"))
  return cost
}

/** Nobody but the plan itself uses the tables that it makes. */
function told(cost: Cost, from: Catalog): string {
  const known = new Set([...from.objects.values()].map((o) => o.id.slice(o.id.indexOf(' ') + 1)))
  const own = (names: Iterable<string>) => [...names].filter((name) => known.has(name) || known.has(`view ${name}`)).sort()
  const locks = own(cost.locks.keys()).map((name) => `${cost.locks.get(name)} on ${name}`)
  return [
    ...locks,
    ...own(cost.rewrites).map((name) => `writes ${name} anew`),
    ...own(cost.scans).map((name) => `reads ${name}`),
  ].join(', ')
}
