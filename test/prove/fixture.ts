// SQL of both states in, the proof of the plan between them out; on throwaway databases of one shadow.
import {compare} from '../../src/diff/compare.ts'
import type {Plan} from '../../src/diff/model.ts'
import {plan as planOf} from '../../src/diff/plan.ts'
import {read} from '../../src/diff/read.ts'
import type {Db} from '../../src/postgres/db.ts'
import {prove} from '../../src/prove/prove.ts'
import type {Shadow, ShadowDatabase} from '../../src/shadow/model.ts'

export async function databaseOf(shadow: Shadow, sql: string): Promise<{database: ShadowDatabase; db: Db}> {
  const database = await shadow.create()
  const db = await database.connect()
  await db.script(`set search_path = public; ${sql}; set search_path = ''`)
  return {database, db}
}

export interface Case {
  readonly current: string
  readonly desired: string
  /** the planner's steps in, others out */
  readonly bend?: (plan: Plan) => Plan
  readonly role?: string
}

export async function proveCase(shadow: Shadow, {current, desired, bend = (plan) => plan, role}: Case) {
  const [from, to] = [await databaseOf(shadow, current), await databaseOf(shadow, desired)]
  const [before, after] = [await read(from.db), await read(to.db)]
  const plan = bend(planOf(before, after))
  return prove({clone: () => from.database.clone(), plan, current: before, desired: after, read, compare, role})
}
