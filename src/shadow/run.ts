// Prepared work in, all of it run out: in batches, what lacks something again and again until nothing more succeeds.
import {PgextError} from '../errors.ts'
import {type Db, SESSION} from '../postgres/db.ts'
import {firstCause, isHarmless, locate, mayWait} from './failure.ts'
import {subjectsOf} from './subject.ts'
import type {Setup, Work} from './work.ts'

/** Every file starts like this. check_function_bodies: a broken body is an error unless its file says otherwise. */
const BASE = `reset all; ${SESSION} set search_path = public; set check_function_bodies = on`
const EMPTY: Setup = {sets: []}
/** statements in one round trip, which is one transaction; large ones would exhaust the lock table */
const MOST = 256

export interface Run {
  /** the settings in force where a statement stands */
  readonly setups: ReadonlyMap<Work, Setup>
  enter(setup: Setup): Promise<void>
  readonly notes: readonly string[]
}

export async function run(db: Db, works: readonly Work[], external: ReadonlySet<string>): Promise<Run> {
  const setups = new Map<Work, Setup>()
  const lax = new Set<Work>()
  const notes: string[] = []
  let now: Setup | undefined
  let waiting: Work[] = []

  const enter = async (setup: Setup, from?: Setup) => {
    if (now === setup) return
    const script = now && now === from ? setup.sets.slice(-1) : [BASE, ...setup.sets]
    now = undefined
    await db.script(script.join('\n;\n'))
    now = setup
  }

  /** Runs works in order; gives back those that must wait, with the reason for each that was tried. */
  const attempt = async (list: readonly Work[], held = new Set<string>(), setupOf = (work: Work) => setups.get(work)!) => {
    const failed: [Work, PgextError | undefined][] = []
    let size = MOST
    const hold = (work: Work, error?: PgextError) => {
      failed.push([work, error])
      for (const subject of subjectsOf(work.statement)) held.add(subject)
    }
    for (let at = 0; at < list.length; ) {
      const first = list[at]!
      const isHeld = (work: Work) => subjectsOf(work.statement).some((subject) => held.has(subject))
      if (isHeld(first)) {
        hold(first)
        at++
        continue
      }
      const setup = setupOf(first)
      let end = at + 1
      while (end < list.length && end - at < size && !first.placement.alone && !list[end]!.placement.alone) {
        if (setupOf(list[end]!) !== setup || isHeld(list[end]!)) break
        end++
      }
      try {
        await enter(setup)
        await db.script(
          list
            .slice(at, end)
            .map((work) => work.statement.sql)
            .join('\n;\n'),
        )
        at = end
        size = Math.min(MOST, size * 2)
      } catch (error) {
        if (!(error instanceof PgextError) || error.code === 'connection-lost') throw error
        if (end - at > 1) {
          size = Math.max(1, (end - at) >> 2)
          continue
        }
        if (mayWait(first, error)) hold(first, locate(first, error))
        else if (!isHarmless(first, error, external)) throw locate(first, error)
        size = 1
        at++
      }
    }
    return failed
  }

  /** Tries what waits until a round succeeds with nothing. */
  const retry = async (): Promise<[Work, PgextError | undefined][]> => {
    for (;;) {
      const failed = await attempt(waiting)
      const stuck = failed.length === waiting.length
      waiting = failed.map(([work]) => work)
      if (stuck || waiting.length === 0) return failed
    }
  }

  let setup = EMPTY
  let queue: Work[] = []
  const flush = async () => {
    const held = new Set(waiting.flatMap((work) => subjectsOf(work.statement)))
    waiting.push(...(await attempt(queue, held)).map(([work]) => work))
    queue = []
  }
  for (const [at, work] of works.entries()) {
    if (work.source !== works[at - 1]?.source) setup = EMPTY
    setups.set(work, setup)
    if (work.placement.run === 'setting') {
      await flush()
      const next: Setup = {sets: [...setup.sets, work.statement.sql]}
      try {
        await enter(setup)
        await enter(next, setup)
        setup = next
      } catch (error) {
        // a setting that only a newer pg_dump's server knows
        if (!(error instanceof PgextError) || error.sqlstate !== '42704')
          throw error instanceof PgextError ? locate(work, error) : error
        notes.push(`${work.source.path}:${work.statement.line}: a SET was skipped: ${error.message}`)
      }
      continue
    }
    if (work.placement.run === 'place' && (waiting.length > 0 || queue.some((one) => one.placement.run !== 'place'))) {
      await flush()
      if (waiting.length > 0) await retry()
    }
    queue.push(work)
  }
  await flush()

  const wrong: [Work, PgextError][] = []
  while (waiting.length > 0) {
    const failed = await retry()
    if (waiting.length === 0) break
    const before = waiting.length
    // each held back by an earlier one about the same thing: order gives way
    const free = failed.filter(([, error]) => !error).map(([work]) => work)
    for (const work of free) {
      if ((await attempt([work])).length === 0) waiting = waiting.filter((one) => one !== work)
    }
    if (waiting.length < before) continue
    // functions that call one another: made without a look at their bodies, which are looked at in the end
    const bodies = waiting.filter(
      (work) => work.statement.kind === 'CreateFunctionStmt' && !work.statement.node.sql_body && !lax.has(work),
    )
    for (const work of bodies) lax.add(work)
    const still = new Set((await attempt(bodies, new Set(), unchecked(setups))).map(([work]) => work))
    for (const work of still) lax.delete(work)
    waiting = waiting.filter((work) => !bodies.includes(work) || still.has(work))
    if (waiting.length < before) continue
    for (const [work, error] of failed) if (error) wrong.push([work, error])
    break
  }
  for (const work of lax) {
    await enter(setups.get(work)!)
    const {sql, node} = work.statement
    const or = node.replace ? '' : ' OR REPLACE'
    try {
      await db.script(sql.slice(0, 'CREATE'.length) + or + sql.slice('CREATE'.length))
    } catch (error) {
      if (!(error instanceof PgextError)) throw error
      wrong.push([work, locate(work, error, or.length)])
    }
  }
  if (wrong.length > 0) throw firstCause(wrong.sort(([a], [b]) => a.order - b.order))
  return {setups, enter, notes}
}

function unchecked(setups: ReadonlyMap<Work, Setup>): (work: Work) => Setup {
  const made = new Map<Setup, Setup>()
  return (work) => {
    const setup = setups.get(work)!
    const off = made.get(setup) ?? {sets: [...setup.sets, 'set check_function_bodies = off']}
    made.set(setup, off)
    return off
  }
}
