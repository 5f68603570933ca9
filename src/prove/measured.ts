// A clone in the state in which a plan begins and its steps in; what PostgreSQL was seen to lock, write anew and read for each of them out.
import {measure} from '../cost/measure.ts'
import {measurePhases} from '../cost/phases.ts'
import type {Seen} from '../cost/seen.ts'
import type {Step} from '../diff/model.ts'
import {inside} from '../diff/step.ts'
import type {Db} from '../postgres/db.ts'
import type {ShadowDatabase} from '../shadow/model.ts'
import {runBare} from './run.ts'

export interface Measurement {
  readonly seen: ReadonlyMap<Step, Seen>
  readonly unseen: readonly Unseen[]
}

interface Unseen {
  readonly step: Step
  readonly why: string
}

/** Each step in a transaction of its own, since those that share one share its locks. */
export async function measureSteps(clone: ShadowDatabase, steps: readonly Step[], role?: string): Promise<Measurement> {
  const runner = await clone.connect(role ? {role} : {})
  const seen = new Map<Step, Seen>()
  const unseen: Unseen[] = []
  try {
    // nobody but the plan itself uses what it makes
    const known = new Set<string>(JSON.parse((await runner.script(OIDS))[0]![0]!.found))
    for (const [at, step] of steps.entries()) {
      try {
        if (step.transaction !== 'alone') {
          seen.set(step, await measure(runner, inside(step), {known}))
          continue
        }
        const why = whyNot(clone)
        if (why) {
          await runBare(runner, step)
          unseen.push({step, why})
        } else seen.set(step, await measureAlone(clone, runner, step, known))
      } catch (error) {
        return {seen, unseen: [...unseen, ...leftFrom(steps, at, error)]}
      }
    }
    return {seen, unseen}
  } finally {
    await runner.close()
  }
}

/** In a plan, others may have to share its transaction. */
function leftFrom(steps: readonly Step[], at: number, error: unknown): Unseen[] {
  const why = `it could not be run by itself: ${error instanceof Error ? error.message : String(error)}`
  return steps.slice(at).map((step, n) => ({step, why: n === 0 ? why : 'a step before it could not be run by itself'}))
}

const OIDS = `select coalesce(json_agg(c.oid::text), '[]')::text as found from pg_catalog.pg_class c`

async function measureAlone(
  clone: ShadowDatabase,
  runner: Db,
  {sql, path, cost}: Step,
  known: ReadonlySet<string>,
): Promise<Seen> {
  const connect = () => clone.connect()
  const tables = [...(cost?.locks.keys() ?? [])]
  if (path !== undefined) await runner.script(`set search_path = ${path}`)
  try {
    return (await measurePhases(sql, {runner, connect, tables, known})).cost
  } finally {
    await runner.script("set search_path = ''")
  }
}

/** Only a superuser may hold the catalogs, and only another session can stop one that runs. */
function whyNot({shadow}: ShadowDatabase): string | undefined {
  if (shadow.engine === 'pglite') return 'PGlite has one session, and nobody can stop it there'
  return shadow.server.superuser ? undefined : 'only a superuser of the shadow could stop it at each of its phases'
}
