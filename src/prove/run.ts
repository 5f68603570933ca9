// A session and steps in, the steps run as they would be on the target; those that fail only on rows are told apart.
import {groups} from '../diff/groups.ts'
import type {Step} from '../diff/model.ts'
import {inside} from '../diff/step.ts'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {isLostInside} from '../postgres/error.ts'

/** How many statements travel together. */
const AT_ONCE = 100

/**
 * Makes a step pass that rows stand in the way of, by taking away rows; false: rows are not the reason.
 * Inside a transaction it is called where the step had failed and was rolled back, and leaves it to be run again.
 */
export type Yield = (step: Step, error: PgextError) => Promise<boolean>

export async function runSteps(db: Db, steps: readonly Step[], giveWay: Yield): Promise<void> {
  for (const group of groups(steps)) {
    if (group.alone) for (const step of group.steps) await runAlone(db, step, giveWay)
    else await runTogether(db, group.steps, giveWay)
  }
}

async function runAlone(db: Db, step: Step, giveWay: Yield): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await runBare(db, step)
      return
    } catch (error) {
      if (tries > 3 || !blamesRows(error) || !(await giveWay(step, error))) throw failed(step, error)
      if (step.cleanup) await db.script(step.cleanup)
    }
  }
}

/** A script of several statements would be a transaction. */
export async function runBare(db: Db, {sql, path}: Step): Promise<void> {
  if (path === undefined) return void (await db.script(sql))
  await db.script(`set search_path = ${path}`)
  try {
    await db.script(sql)
  } finally {
    await db.script("set search_path = ''")
  }
}

async function runTogether(db: Db, steps: readonly Step[], giveWay: Yield): Promise<void> {
  await db.script('begin')
  try {
    for (let at = 0; at < steps.length; at += AT_ONCE) {
      const some = steps.slice(at, at + AT_ONCE)
      // alone, as a statement that can't be parsed keeps all that travel with it from running
      await db.script('savepoint pgext_steps')
      try {
        await db.script(`${some.map(inside).join(';\n')};\nrelease savepoint pgext_steps`)
      } catch (error) {
        if (isGone(error)) throw error
        await db.script('rollback to savepoint pgext_steps; release savepoint pgext_steps')
        for (const step of some) await runOne(db, step, giveWay)
      }
    }
    await db.script('commit').catch((error) => {
      throw failed(steps.at(-1)!, error)
    })
  } catch (error) {
    if (!isGone(error)) await db.script('rollback').catch(() => {})
    throw error
  }
}

async function runOne(db: Db, step: Step, giveWay: Yield): Promise<void> {
  for (let tries = 0; ; tries++) {
    await db.script('savepoint pgext_step')
    try {
      await db.script(`${inside(step)};\nrelease savepoint pgext_step`)
      return
    } catch (error) {
      if (isGone(error)) throw error
      await db.script('rollback to savepoint pgext_step; release savepoint pgext_step')
      if (tries > 10 || !blamesRows(error) || !(await giveWay(step, error))) throw failed(step, error)
    }
  }
}

const isGone = (error: unknown): boolean => error instanceof PgextError && error.code === 'connection-lost'

/**
 * Classes 22 (a value does not fit) and 23 (a rule is broken), a key too long for its index, what a function raises, which may have met rows,
 * and what types call a syntax error in a value (tsquery, hstore, ltree).
 */
function blamesRows(error: unknown): error is PgextError {
  if (!(error instanceof PgextError) || !error.sqlstate) return false
  return /^(22|23|54000$|P0001$|42601$)/.test(error.sqlstate)
}

const LOST = 'qualify names in its body, or give it SET search_path'

const RIGHTS = 'it has run with the rights that the role of the database URL has there: connect as one that may do this'

/** Under which path the function looked; whatever that is, CREATE INDEX and the like have one of their own from 17 on. */
function lostUnder({path}: Step): string {
  const what = 'a function that this calls names things that are not found under'
  if (path === undefined) return `${what} an empty search_path`
  return `${what} search_path ${path} (from 17 on PostgreSQL builds indexes and materialized views under pg_catalog, pg_temp alone)`
}

function failed(step: Step, error: unknown): unknown {
  if (!(error instanceof PgextError) || isGone(error)) return error
  const adds = error.hint ? `PostgreSQL adds: ${error.hint}` : 'pgext diff --sql --no-prove prints the plan as it is'
  const hint = isLostInside(error) ? `${lostUnder(step)}: ${LOST}` : error.sqlstate === '42501' ? `${RIGHTS}; ${adds}` : adds
  return new PgextError('proof-failed', `the plan fails on a copy of the current state: ${error.message}\n${step.sql}`, {
    hint,
    cause: error,
    sqlstate: error.sqlstate,
  })
}
