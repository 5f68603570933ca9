// A session and steps in, the steps run as they would be on the target; those that fail only on rows are told apart.
import type {Step} from '../diff/model.ts'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'

/** How many statements travel together. */
const AT_ONCE = 100

/**
 * Makes a step pass that rows stand in the way of, by taking away rows; false: rows are not the reason.
 * Inside a transaction it is called where the step had failed and was rolled back, and leaves it to be run again.
 */
export type Yield = (step: Step, error: PgextError) => Promise<boolean>

export async function runSteps(db: Db, steps: readonly Step[], giveWay: Yield): Promise<void> {
  for (const group of groups(steps)) {
    if (group[0]!.transaction === 'alone') for (const step of group) await runAlone(db, step, giveWay)
    else await runTogether(db, group, giveWay)
  }
}

/** Steps that share a transaction; what follows a 'commit-after' step, unless it is one itself, finds it committed. */
function groups(steps: readonly Step[]): Step[][] {
  const made: Step[][] = []
  for (const step of steps) {
    const last = made.at(-1)?.at(-1)
    const closed = last?.transaction === 'commit-after' && step.transaction !== 'commit-after'
    if (last && !closed && (last.transaction === 'alone') === (step.transaction === 'alone')) made.at(-1)!.push(step)
    else made.push([step])
  }
  return made
}

async function runAlone(db: Db, step: Step, giveWay: Yield): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await db.script(step.sql)
      return
    } catch (error) {
      if (tries > 3 || !blamesRows(error) || !(await giveWay(step, error))) throw failed(step, error)
    }
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
        await db.script(`${some.map((step) => step.sql).join(';\n')};\nrelease savepoint pgext_steps`)
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
      await db.script(`${step.sql};\nrelease savepoint pgext_step`)
      return
    } catch (error) {
      if (isGone(error)) throw error
      await db.script('rollback to savepoint pgext_step; release savepoint pgext_step')
      if (tries > 10 || !blamesRows(error) || !(await giveWay(step, error))) throw failed(step, error)
    }
  }
}

const isGone = (error: unknown): boolean => error instanceof PgextError && error.code === 'connection-lost'

/** Classes 22 (a value does not fit) and 23 (a rule is broken), and a key too long for its index. */
export function blamesRows(error: unknown): error is PgextError {
  if (!(error instanceof PgextError) || !error.sqlstate) return false
  return error.sqlstate.startsWith('22') || error.sqlstate.startsWith('23') || error.sqlstate === '54000'
}

const LOST =
  'a function that this calls for each row names things without their schema, and plans run under an empty search_path: qualify them in its body, or give it SET search_path'

/** A name was not found while a function ran: PostgreSQL says in which. */
function isLostInside({sqlstate, cause}: PgextError): boolean {
  const isMissing = sqlstate === '42P01' || sqlstate === '42883' || sqlstate === '42704'
  return isMissing && /\bfunction\b/i.test((cause as {where?: string} | undefined)?.where ?? '')
}

function failed(step: Step, error: unknown): unknown {
  if (!(error instanceof PgextError) || isGone(error)) return error
  const adds = error.hint ? `PostgreSQL adds: ${error.hint}` : '--sql --no-prove prints the plan as it is'
  const hint = isLostInside(error) ? LOST : adds
  return new PgextError('proof-failed', `the plan fails on a copy of the current state: ${error.message}\n${step.sql}`, {
    hint,
    cause: error,
    sqlstate: error.sqlstate,
  })
}
